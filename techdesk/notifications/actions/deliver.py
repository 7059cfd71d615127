"""Sending what waits: claim with a lease, commit, send, record.

A crash between the server's "250 OK" and the record is the one window in which a mail can go out twice; both copies
then carry the same Message-ID, by which a mail program and our tests recognise them. Therefore what travels in a mail
is settled when it is claimed for the first time, and never changes afterwards.
"""

from __future__ import annotations

import datetime as dt
import random
import time

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from techdesk.base.clock import now
from techdesk.base.log import log
from techdesk.notifications.channels import Refused, Retry, Send, Unreachable, channel
from techdesk.notifications.choices import DeliveryState
from techdesk.notifications.models import Delivery

MAX_ATTEMPTS = 12
#: A mail server may be away for a long weekend; its mails wait for it.
GIVE_UP_AFTER = dt.timedelta(days=4)
CLAIM_LOCK = 0x7EC4_0020


def _claim(limit: int, name: str) -> list[Delivery]:
    """Up to `limit` due deliveries, ours for the lease, each with what travels in it.

    One worker claims at a time (for milliseconds), so that a conversation is never split between two.
    """
    moment = now()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CLAIM_LOCK])
        rows = list(Delivery.objects.due(moment, [name]).select_for_update(skip_locked=True, of=("self",))[:limit])
        rows = _collect(rows, name)
        Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(
            lease_until=moment + dt.timedelta(seconds=settings.LEASE_SECONDS)
        )
    wanted = {row.pk: place for place, row in enumerate(rows)}
    full = Delivery.objects.filter(pk__in=wanted).select_related(
        "notification", "recipient", "resend_of__notification", "target"
    )
    return sorted(full, key=lambda row: wanted[row.pk])


def _collect(rows: list[Delivery], name: str) -> list[Delivery]:
    """Put what was held back about a conversation into the first mail of it that goes out now; return the mails.

    Only into a mail that nobody has tried yet: two copies of one mail must not differ.
    """
    fresh = [row for row in rows if row.thread and not row.turn and not row.attempts and row.lease_until is None]
    if not fresh:
        return rows
    held = Delivery.objects.never_tried().held().filter(
        channel=name,
        turn=0,
        recipient__in={row.recipient_id for row in fresh},
        thread__in={row.thread for row in fresh},
    )  # fmt: skip
    waiting = list(held.select_for_update(skip_locked=True, of=("self",)).order_by("id"))
    carriers: dict[tuple[int, str], Delivery] = {}
    for row in fresh:
        carriers.setdefault((row.recipient_id, row.thread), row)
    gone = set()
    for carrier in carriers.values():
        about = (carrier.recipient_id, carrier.thread)
        carried = [row.pk for row in waiting if (row.recipient_id, row.thread) == about and row.pk != carrier.pk]
        if carried:
            Delivery.objects.filter(pk__in=carried).update(carrier=carrier)
            gone.update(carried)
    return [row for row in rows if row.pk not in gone]


def _settle(delivery: Delivery, *, error: str = "", final: bool = False) -> None:
    """Record what became of one try. `final`: it will not get better. Else it is tried for GIVE_UP_AFTER at least.

    What travels in it shares its end. What another worker has settled meanwhile stays as that one said.
    """
    attempts = delivery.attempts + 1
    changes: dict[str, object] = {"attempts": attempts, "lease_until": None, "last_error": error}
    if not error:
        changes |= {"state": DeliveryState.SENT, "sent_at": now()}
    elif final or (attempts >= MAX_ATTEMPTS and now() - delivery.created_at > GIVE_UP_AFTER):
        changes |= {"state": DeliveryState.DEAD}
    else:
        seconds = min(10 * 2 ** (attempts - 1), 3600) * random.uniform(0.75, 1.25)  # noqa: S311
        changes |= {"available_at": now() + dt.timedelta(seconds=seconds)}
    with transaction.atomic():
        settled = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.WAITING).update(**changes)
        if settled and "state" in changes:
            ending = {name: changes[name] for name in ("state", "sent_at", "last_error") if name in changes}
            waits = Q(state=DeliveryState.WAITING) | Q(state=DeliveryState.DIGEST)
            Delivery.objects.filter(waits, carrier=delivery.pk).update(**ending)


def _give_back(deliveries: list[Delivery]) -> None:
    """Let go of what was claimed and not tried, so that nobody waits for the lease to end."""
    Delivery.objects.filter(pk__in=[row.pk for row in deliveries]).update(lease_until=None)


def _try(delivery: Delivery, send: Send) -> bool:
    """Try one and record what came of it; was it sent? Raises Unreachable, with the try recorded."""
    try:
        send(delivery)
    except Refused as error:
        _settle(delivery, error=str(error), final=True)
    except Retry as error:
        _settle(delivery, error=str(error))
    except Unreachable as error:
        _settle(delivery, error=str(error))
        raise
    except Exception as error:  # one that cannot be composed must not stop the others
        log.exception("delivery cannot be composed", delivery=delivery.public_key)
        _settle(delivery, error=f"{type(error).__name__}: {error}"[:500])
    else:
        _settle(delivery)
        return True
    return False


def deliver_due(*, seconds: float = 20.0, batch: int = 20, by: str = "email") -> int:
    """Send what is due by one channel until nothing is left or `seconds` have passed; return how many were sent.

    A server that cannot be reached ends the round: the rows wait with back-off, nothing is lost. With a slow one, what
    was claimed is given back long before the lease ends, so that no other worker sends it, too.
    """
    until = time.monotonic() + seconds
    sent = 0
    while time.monotonic() < until:
        claimed_until = time.monotonic() + settings.LEASE_SECONDS / 2
        rows = _claim(batch, by)
        if not rows:
            break
        tried = False
        try:
            with channel(by)() as send:
                tried = True
                while rows and time.monotonic() < min(until, claimed_until):
                    sent += _try(rows.pop(0), send)
        except Unreachable as error:
            log.warning("nothing goes out", channel=by, error=str(error).partition(":")[0])
            if not tried:
                for row in rows:
                    _settle(row, error=str(error))
                rows = []
            break
        finally:
            _give_back(rows)
    return sent

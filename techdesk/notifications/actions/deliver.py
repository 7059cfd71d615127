"""Sending what waits: claim with a lease, commit, send, record.

A crash between the server's "250 OK" and the record is the one window in which a mail can go out twice; both copies
then carry the same Message-ID, by which a mail program and our tests recognise them.
"""

from __future__ import annotations

import datetime as dt
import random
import smtplib
import time
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import override

from techdesk.base.clock import now
from techdesk.base.log import log
from techdesk.notifications.choices import DeliveryState
from techdesk.notifications.hooks import opens_an_account, path_in_mail
from techdesk.notifications.models import Delivery

MAX_ATTEMPTS = 12
#: A mail server may be away for a long weekend; its mails wait for it.
GIVE_UP_AFTER = dt.timedelta(days=4)


def _claim(limit: int) -> list[Delivery]:
    moment = now()
    with transaction.atomic():
        rows = list(Delivery.objects.due(moment).select_for_update(skip_locked=True)[:limit])
        Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(
            lease_until=moment + dt.timedelta(seconds=settings.LEASE_SECONDS)
        )
    wanted = {row.pk: place for place, row in enumerate(rows)}
    full = list(Delivery.objects.filter(pk__in=wanted).select_related("notification", "notification__recipient"))
    return sorted(full, key=lambda row: wanted[row.pk])


def message_id(delivery: Delivery) -> str:
    """The Message-ID of a delivery: the same for every try."""
    return f"<{delivery.key}@{settings.HOST}>"


def compose(delivery: Delivery) -> EmailMultiAlternatives:
    """The mail of one delivery, in the recipient's language, plain and HTML."""
    notification = delivery.notification
    path = path_in_mail(notification)
    link = f"{settings.BASE_URL}{path}" if path else ""
    with override(notification.recipient.language or "en"):
        context = {"notification": notification, "link": link, "base_url": settings.BASE_URL}
        text = render_to_string("notifications/mail.txt", context)
        html = render_to_string("notifications/mail.html", context)
    headers = {
        "Message-ID": message_id(delivery),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    if notification.thread:
        headers["References"] = f"<{notification.thread}@{settings.HOST}>"
    mail = EmailMultiAlternatives(subject=notification.title, body=text, to=[delivery.address], headers=headers)
    mail.attach_alternative(html, "text/html")
    return mail


def _settle(delivery: Delivery, *, error: str = "", final: bool = False) -> None:
    """Record what became of one try. `final`: it will not get better. Else it is tried for GIVE_UP_AFTER at least.

    What another worker has settled meanwhile stays as that one said.
    """
    attempts = delivery.attempts + 1
    changes: dict[str, object] = {"attempts": attempts, "lease_until": None, "last_error": error}
    if not error:
        changes |= {"state": DeliveryState.SENT, "sent_at": now()}
    elif final or (attempts >= MAX_ATTEMPTS and now() - delivery.notification.created_at > GIVE_UP_AFTER):
        changes |= {"state": DeliveryState.DEAD}
    else:
        seconds = min(10 * 2 ** (attempts - 1), 3600) * random.uniform(0.75, 1.25)  # noqa: S311
        changes |= {"available_at": now() + dt.timedelta(seconds=seconds)}
    Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.WAITING).update(**changes)


def _give_back(deliveries: list[Delivery]) -> None:
    """Let go of what was claimed and not tried, so that nobody waits for the lease to end."""
    Delivery.objects.filter(pk__in=[row.pk for row in deliveries]).update(lease_until=None)


def _refused_for_good(error: smtplib.SMTPException) -> bool:
    """A 5xx answer about this very address or mail: trying again would only annoy the other side.

    A refused sender is a matter of our own settings: every mail waits until somebody has mended them.
    """
    if isinstance(error, smtplib.SMTPSenderRefused):
        return False
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in error.recipients.values())
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500


def _unsendable(delivery: Delivery) -> str:
    """Why a mail must not go out at all; empty when it may."""
    if not parseaddr(delivery.address)[1]:
        return "not an address"
    if opens_an_account(delivery.notification) and delivery.address != delivery.notification.recipient.email:
        # The link is made now: sent to the address of then, it would open the account to somebody else.
        return "the address was changed"
    return ""


def _send(delivery: Delivery, connection: Any) -> bool:
    """Try one mail and record what came of it; was it sent? Raises what says that the server is gone."""
    if obstacle := _unsendable(delivery):
        _settle(delivery, error=obstacle, final=True)
        return False
    try:
        mail = compose(delivery)
        mail.connection = connection
        mail.send()
    except smtplib.SMTPServerDisconnected as error:
        _settle(delivery, error=f"{type(error).__name__}: {error}"[:500])
        connection.close()
        connection.open()
    except smtplib.SMTPException as error:
        _settle(delivery, error=f"{type(error).__name__}: {error}"[:500], final=_refused_for_good(error))
    except OSError as error:
        _settle(delivery, error=f"{type(error).__name__}: {error}"[:500])
        raise
    except Exception as error:  # one mail that cannot be composed must not stop the others
        log.exception("mail cannot be composed", delivery=delivery.public_key)
        _settle(delivery, error=f"{type(error).__name__}: {error}"[:500])
    else:
        _settle(delivery)
        return True
    return False


def deliver_due(*, seconds: float = 20.0, batch: int = 20) -> int:
    """Send what is due until nothing is left or `seconds` have passed; return how many were sent.

    A server that cannot be reached ends the round: the rows wait with back-off, nothing is lost. With a slow one, what
    was claimed is given back long before the lease ends, so that no other worker sends it, too.
    """
    until = time.monotonic() + seconds
    sent = 0
    while time.monotonic() < until:
        claimed_until = time.monotonic() + settings.LEASE_SECONDS / 2
        rows = _claim(batch)
        if not rows:
            break
        connection = get_connection()
        try:
            connection.open()
        except (OSError, smtplib.SMTPException) as error:
            log.warning("mail server cannot be reached", error=type(error).__name__)
            for row in rows:
                _settle(row, error=f"{type(error).__name__}: {error}"[:500])
            break
        try:
            while rows and time.monotonic() < min(until, claimed_until):
                sent += _send(rows.pop(0), connection)
        except (OSError, smtplib.SMTPException) as error:
            log.warning("mail server went away", error=type(error).__name__)
            break
        finally:
            _give_back(rows)
            connection.close()
    return sent

"""The daily mail: what somebody chose to be told once a day, and has not read by then."""

from __future__ import annotations

import time

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction

from techdesk.base.clock import now
from techdesk.notifications.actions.plan import times_of
from techdesk.notifications.choices import DeliveryState, Reason
from techdesk.notifications.hooks import rhythms_of
from techdesk.notifications.kinds import DIGEST_KIND
from techdesk.notifications.models import Delivery, MailTimes


def write_digests(*, seconds: float = 20.0, batch: int = 50) -> int:
    """Write the daily mails whose hour has come; return how many. `deliver_due` sends them.

    One a day and person, however often this runs and on however many workers: the database holds (recipient, day)
    unique. What comes too late for a day's mail goes into the next. Nothing unread: no mail.
    """
    until = time.monotonic() + seconds
    written = 0
    while time.monotonic() < until:
        rows = Delivery.objects.for_digest(now()).order_by("recipient_id").values_list("recipient_id", flat=True)
        people = list(rows.distinct()[:batch])
        moved = [_write_digest(person) for person in people]
        written += sum(wrote for _settled, wrote in moved)
        if not any(settled for settled, _wrote in moved):
            break
    return written


@transaction.atomic
def _write_digest(person_id: int) -> tuple[bool, bool]:
    """Settle what belongs into one person's daily mail: was there anything, and was a mail written?"""
    moment = now()
    rows = list(
        Delivery.objects.for_digest(moment)
        .filter(recipient=person_id)
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("notification")
        .order_by("id")
    )
    if not rows:
        return False, False
    person = get_user_model()._default_manager.get(pk=person_id)
    ids = [row.pk for row in rows]
    reason = "" if person.is_active else Reason.INACTIVE
    if not reason and not person.email:
        reason = Reason.NO_ADDRESS
    if reason:
        _leave_out(ids, reason)
        return True, False
    unread = [row.pk for row in rows if row.notification is not None and row.notification.read_at is None]
    _leave_out([pk for pk in ids if pk not in set(unread)], Reason.READ)
    if not unread:
        return True, False
    rhythm = rhythms_of([person])[person.pk]
    try:
        with transaction.atomic():
            mail = Delivery.objects.create(
                recipient=person,
                kind=DIGEST_KIND,
                address=person.email,
                digest_on=moment.astimezone(rhythm.zone).date(),
            )
    except IntegrityError:  # today's has gone out already
        clock = times_of([person]).get(person.pk, MailTimes()).digest_at
        Delivery.objects.filter(pk__in=unread).update(available_at=rhythm.next_digest(moment, clock))
        return True, False
    Delivery.objects.filter(pk__in=unread).update(carrier=mail)
    return True, True


def _leave_out(ids: list[int], reason: str) -> None:
    Delivery.objects.filter(pk__in=ids).update(state=DeliveryState.NOT_SENT, reason=reason)

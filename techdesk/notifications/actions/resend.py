"""Sending a mail once more, because somebody asks for it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from techdesk.audit.actions import record
from techdesk.base.clock import now
from techdesk.base.errors import NotPossible
from techdesk.notifications.choices import DeliveryState
from techdesk.notifications.letter import notices_of
from techdesk.notifications.models import Delivery

#: A mail that was sent a moment ago is probably just under way.
UNDER_WAY = dt.timedelta(minutes=10)


def resend_obstacle(delivery: Delivery) -> str:
    """Why `delivery` cannot be sent again, as a code; empty when it can. Asks the database nothing."""
    if delivery.channel != "email" or delivery.carrier_id is not None:
        return "not_a_mail"
    if delivery.state == DeliveryState.SENT:
        fresh = delivery.sent_at is not None and delivery.sent_at > now() - UNDER_WAY
        return "just_sent" if fresh else ""
    return "" if delivery.state == DeliveryState.DEAD else "not_sent_yet"


OBSTACLES: dict[str, Any] = {
    "not_a_mail": _("This is no mail of its own. Send the one again that it went out with."),
    "just_sent": _("It was sent only a few minutes ago. Give it ten minutes, and look in the junk folder."),
    "not_sent_yet": _("It has not been sent yet, so there is nothing to repeat."),
    "already_resent": _("It is being sent again already."),
    "person_inactive": _("This account is off."),
    "no_address": _("There is no email address to send it to."),
    "forgotten": _("What it said is no longer kept."),
}


@transaction.atomic
def resend(*, actor: Any, delivery: Delivery) -> Delivery:
    """Send a mail once more, to the address the person has now, at once; return the new delivery.

    The record of the first stays as it is. Two clicks send one: while a repetition waits, or a moment ago was sent,
    there is no other. Raises NotPossible with one of the codes of OBSTACLES.
    """
    person = get_user_model()._default_manager.select_for_update(of=("self",)).get(pk=delivery.recipient_id)
    kept = Delivery.objects.select_for_update(of=("self",)).select_related("resend_of").get(pk=delivery.pk)
    obstacle = resend_obstacle(kept)
    root = kept.resend_of or kept
    latest = Delivery.objects.filter(resend_of=root).order_by("turn").last()
    if not obstacle and latest is not None and latest.pk != kept.pk and resend_obstacle(latest):
        obstacle = "already_resent"
    if not obstacle and not person.is_active:
        obstacle = "person_inactive"
    if not obstacle and not person.email:
        obstacle = "no_address"
    if not obstacle and not notices_of(kept):
        obstacle = "forgotten"
    if obstacle:
        raise NotPossible(OBSTACLES[obstacle], code=obstacle)
    again = Delivery.objects.create(
        notification_id=root.notification_id,
        recipient=person,
        kind=root.kind,
        thread=root.thread,
        address=person.email,
        digest_on=root.digest_on,
        resend_of=root,
        turn=(latest.turn if latest is not None else root.turn) + 1,
    )
    person.write()
    record(actor=actor, verb="resend_mail", thing=person, facts={"delivery": root.public_key, "kind": root.kind})
    return again

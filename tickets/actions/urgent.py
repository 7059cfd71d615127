"""A stopped lesson: one person after the other is told until somebody is on it."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from techdesk.audit.actions import record
from techdesk.base.clock import now
from techdesk.base.errors import NotPossible
from techdesk.base.policy import may
from techdesk.directory.actions import service_person
from techdesk.notifications.actions import make_link, notify, revoke_links, tell_targets
from techdesk.notifications.choices import DeliveryState
from techdesk.notifications.models import Delivery
from tickets.actions.locks import lock_ticket
from tickets.actions.tell import mail_subject
from tickets.actions.transitions import assign_ticket
from tickets.models import Ticket, UrgentAlert, UrgentCall
from tickets.queries import order_of_call

#: How long one person has before the next is told.
MINUTES = 3
ACKNOWLEDGE = "urgent.acknowledge"
#: A link in a mail about a stopped lesson is of no use the day after.
LINK_HOURS = 12


def raise_alert(*, ticket: Ticket, actor: Any) -> None:
    """Begin to call for help about a ticket that has just been opened and told of. Whoever opened it is not called."""
    people = [person for person in order_of_call(ticket.school) if person.pk != actor.pk]
    if not people:
        return
    alert = UrgentAlert.objects.create(ticket=ticket)
    UrgentCall.objects.bulk_create(
        [UrgentCall(alert=alert, person=person, place=place) for place, person in enumerate(people)]
    )
    _call_next(alert, ticket)


def _call_next(alert: UrgentAlert, ticket: Ticket) -> Any:
    """Tell the next person who is still here and may see the ticket; return them, or None when there is nobody left."""
    calls = list(alert.calls.select_related("person").filter(told_at__isnull=True).order_by("place"))
    call = next((one for one in calls if may(one.person, "tickets.view", ticket)), None)
    if call is None:
        alert.next_at = None
        alert.save(update_fields=["next_at"])
        return None
    call.told_at = now()
    call.save(update_fields=["told_at"])
    alert.next_at = call.told_at + dt.timedelta(minutes=MINUTES)
    alert.save(update_fields=["next_at"])
    _tell(ticket, call.person)
    return call.person


def _tell(ticket: Ticket, person: Any) -> None:
    """Mail with a button, and the chat rooms. The first one called has the mail of the new ticket already."""
    make_link(
        purpose=ACKNOWLEDGE,
        object_type=Ticket.resource,
        object_key=ticket.public_key,
        person=person,
        expires_at=now() + dt.timedelta(hours=LINK_HOURS),
    )
    first = not UrgentCall.objects.filter(alert__ticket=ticket, told_at__isnull=False).exclude(person=person).exists()
    once = f"ticket:{ticket.number}:opened"
    mailed = Delivery.objects.filter(notification__once=f"{once}:{person.pk}", channel="email")
    # A notice is no mail: whoever chose to read of new tickets in the app alone is mailed about this one all the same.
    if not (first and mailed.exclude(state=DeliveryState.NOT_SENT).exists()):
        once = f"ticket:{ticket.number}:urgent"
        words = _("Nobody has answered yet: {subject}")
        notify(
            recipients=[person],
            kind="tickets.urgent",
            once=once,
            title=format_lazy(words, subject=mail_subject(ticket)),
            body=format_lazy(
                _("A lesson has stopped at {school}. Press “I am on it” when you go, and nobody else is told."),
                school=ticket.school.name,
            ),
            button=_("Open the ticket"),
            path=ticket.get_absolute_url(),
            thread=ticket.thread,
            is_urgent=True,
        )
    tell_targets(notice_once=once, recipient=person, school=ticket.school)


def escalate_due(*, seconds: float = 20.0) -> int:
    """Tell the next person of each alert whose time has come; return how many were told.

    Two workers at once tell one: the second finds, under the lock of the ticket, that it is not due any more.
    """
    until = time.monotonic() + seconds
    due = list(UrgentAlert.objects.due(now()).values_list("ticket_id", flat=True)[:100])
    told = 0
    for ticket_id in due:
        if time.monotonic() > until:
            break
        told += _escalate(ticket_id)
    return told


@transaction.atomic
def _escalate(ticket_id: int) -> int:
    ticket = lock_ticket(Ticket(pk=ticket_id))
    alert = UrgentAlert.objects.of_ticket(ticket)
    if alert is None or alert.next_at is None or alert.next_at > now():
        return 0
    if ticket.assignee_id is not None or not ticket.is_active:
        alert.next_at = None
        alert.save(update_fields=["next_at"])
        return 0
    person = _call_next(alert, ticket)
    if person is None:
        return 0
    ticket.write()
    facts = {"to": person.public_key, "minutes": MINUTES}
    record(actor=service_person("urgent"), verb="escalate", thing=ticket, facts=facts)
    return 1


@transaction.atomic
def acknowledge(*, actor: Any, ticket: Ticket) -> Ticket:
    """Say that the actor is on it: nobody else is told, and an unassigned ticket becomes theirs if they work on
    tickets. Whoever was first stands in the record; return the ticket as it is now.

    Raises NotPossible `no_alert` for a ticket that calls nobody, `cannot_acknowledge` for one that is settled.
    """
    if not may(actor, "tickets.acknowledge", ticket):
        raise PermissionDenied("tickets.acknowledge")
    ticket = lock_ticket(ticket)
    alert = UrgentAlert.objects.of_ticket(ticket)
    if alert is None:
        raise NotPossible(gettext("%(ticket)s calls nobody.") % {"ticket": ticket}, code="no_alert")
    if alert.acknowledged_at is not None:
        return ticket
    if not ticket.is_active:
        words = gettext("%(ticket)s is settled. Nobody needs to go.")
        raise NotPossible(words % {"ticket": ticket}, code="cannot_acknowledge")
    alert.acknowledged_by, alert.acknowledged_at, alert.next_at = actor, now(), None
    alert.save(update_fields=["acknowledged_by", "acknowledged_at", "next_at"])
    ticket.write()
    record(actor=actor, verb="acknowledge", thing=ticket)
    revoke_links(object_type=Ticket.resource, object_key=ticket.public_key, purposes=[ACKNOWLEDGE])
    if ticket.assignee_id is None and may(actor, "tickets.resolve", school_id=ticket.school_id):
        ticket = assign_ticket(actor=actor, ticket=ticket, assignee=actor)
    return ticket

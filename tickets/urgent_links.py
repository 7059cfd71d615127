"""“I am on it”, said from a mail without signing in."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from techdesk.base.policy import may
from techdesk.notifications.hooks import Button, LinkPage
from techdesk.notifications.models import Notification, SignedLink
from techdesk.notifications.queries import link_path
from tickets.actions.urgent import ACKNOWLEDGE, acknowledge
from tickets.models import Ticket


def _ticket(link: SignedLink) -> Ticket:
    ticket: Ticket = Ticket.objects.for_page().get(number=int(link.object_key))
    if not may(link.person, "tickets.acknowledge", ticket):
        raise PermissionDenied("tickets.acknowledge")
    return ticket


def show(link: SignedLink) -> LinkPage:
    """Where a lesson has stopped, for whoever may see the ticket."""
    ticket = _ticket(link)
    place = f"{ticket.school.name}, {ticket.room}" if ticket.room else ticket.school.name
    return LinkPage(
        title=_("Are you on it?"),
        text=_("Then nobody else is told, and the ticket becomes yours if you work on tickets."),
        submit=_("I am on it"),
        details=[(_("Ticket"), f"{ticket}: {ticket.subject}"), (_("Place"), place)],
    )


def act(link: SignedLink, given: dict[str, Any]) -> Any:
    """Say it as the person the link was made for."""
    ticket = acknowledge(actor=link.person, ticket=_ticket(link))
    return _("Thank you. %(ticket)s: nobody else is told.") % {"ticket": ticket}


def button_in_mail(notice: Notification) -> list[Button]:
    """The button of a mail about a stopped lesson, as long as nobody has answered."""
    number = notice.thread.removeprefix("ticket-")
    path = link_path(purpose=ACKNOWLEDGE, object_type=Ticket.resource, object_key=number, person=notice.recipient)
    return [Button(_("I am on it"), path)] if path else []

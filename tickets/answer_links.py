"""The two answers to "it is solved", given from the mail without signing in: yes, or still broken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from techdesk.base.policy import may
from techdesk.notifications.hooks import Button, LinkPage
from techdesk.notifications.models import Notification, SignedLink
from techdesk.notifications.queries import link_path
from tickets.actions.tell import ANSWERS
from tickets.actions.transitions import close_ticket, reopen_ticket
from tickets.choices import LONGEST_TEXT
from tickets.models import Ticket

CONFIRM_PURPOSE, STILL_PURPOSE = ANSWERS


class StillBrokenForm(forms.Form):
    """What is still wrong, in as many words as somebody has."""

    reason = forms.CharField(
        label=gettext_lazy("What is still wrong?"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy("A few words help the technician. You can also leave it empty."),
    )


@dataclass(frozen=True)
class Answer:
    """One answer: what its page shows, and what it does."""

    show: Any
    act: Any


def _ticket(link: SignedLink, action: str) -> Ticket:
    """The ticket of `link`, whose person may still do `action` with it (else PermissionDenied)."""
    ticket: Ticket = Ticket.objects.for_page().get(number=int(link.object_key))
    if not may(link.person, action, ticket):
        raise PermissionDenied(action)
    return ticket


def _details(ticket: Ticket) -> list[tuple[Any, Any]]:
    return [(_("Ticket"), f"{ticket}: {ticket.subject}"), (_("What was done"), ticket.resolution)]


def _show_confirm(link: SignedLink) -> LinkPage:
    ticket = _ticket(link, "tickets.close")
    return LinkPage(
        title=_("Is it solved?"),
        text=_("Then we close this ticket. If the trouble comes back, you can open it again within two weeks."),
        submit=_("Yes, close it"),
        details=_details(ticket),
    )


def _confirm(link: SignedLink, given: dict[str, Any]) -> Any:
    ticket = close_ticket(actor=link.person, ticket=_ticket(link, "tickets.close"))
    return _("Good to hear. %(ticket)s is closed.") % {"ticket": ticket}


def _show_still(link: SignedLink) -> LinkPage:
    ticket = _ticket(link, "tickets.reopen")
    return LinkPage(
        title=_("Is it still broken?"),
        text=_("Then we open this ticket again, and the technician is told at once."),
        submit=_("Yes, still broken"),
        form=StillBrokenForm,
        details=_details(ticket),
    )


def _still(link: SignedLink, given: dict[str, Any]) -> Any:
    reason = given.get("reason") or _("Still broken.")
    ticket = reopen_ticket(actor=link.person, ticket=_ticket(link, "tickets.reopen"), reason=reason)
    return _("%(ticket)s is open again. The technician was told.") % {"ticket": ticket}


CONFIRM_SOLVED = Answer(show=_show_confirm, act=_confirm)
STILL_BROKEN = Answer(show=_show_still, act=_still)


def answers_by_mail(notice: Notification) -> list[Button]:
    """The buttons of the mail that says a ticket is solved, as long as their links are good."""
    number = notice.thread.removeprefix("ticket-")
    labels = {CONFIRM_PURPOSE: _("Yes, close it"), STILL_PURPOSE: _("No, still broken")}
    buttons = []
    for purpose, label in labels.items():
        path = link_path(purpose=purpose, object_type=Ticket.resource, object_key=number, person=notice.meant_for)
        if path:
            buttons.append(Button(label, path))
    return buttons

"""Taking a ticket for writing, and refusing what its state does not allow."""

from __future__ import annotations

from django.utils.translation import gettext as _

from techdesk.base.errors import NotPossible, Stale
from tickets.choices import TRANSITIONS, TicketStatus
from tickets.models import Ticket


def lock_ticket(ticket: Ticket, *, version: int | None = None) -> Ticket:
    """The ticket as it is now, its row locked until the end of the transaction.

    `FOR NO KEY UPDATE`: rows that only refer to it do not wait. Raises Stale when `version` is given and another
    one stands.
    """
    locked = (
        Ticket.objects.select_for_update(of=("self",), no_key=True)
        .select_related("school", "room", "requester", "affected", "entered_by", "assignee", "issue_type")
        .get(pk=ticket.pk)
    )
    check_version(locked, version)
    return locked


def check_version(ticket: Ticket, version: int | None) -> None:
    """Raise Stale when the caller read another version than this one; None asks nothing."""
    if version is not None and version != ticket.version:
        words = _("%(ticket)s was changed in the meantime. Look at what is new, then try again.")
        raise Stale(words % {"ticket": ticket})


def target_of(verb: str, ticket: Ticket) -> TicketStatus:
    """The state `verb` leads to. Raises NotPossible `cannot_<verb>` when it may not start from the present one."""
    transition = TRANSITIONS[verb]
    if ticket.state in transition.sources:
        return transition.target
    facts = {"ticket": str(ticket), "state": str(ticket.state.label).lower()}
    if verb == "reopen":
        text = _("%(ticket)s is not finished, so there is nothing to reopen. Write a reply instead.")
    elif verb == "close":
        text = _("%(ticket)s is %(state)s. Only a resolved ticket can be closed: resolve it first.")
    elif verb == "resume":
        text = _("%(ticket)s is not waiting for anything. Nothing needs to be done.")
    elif ticket.state is transition.target:
        text = _("%(ticket)s is already %(state)s. Look at the ticket to see what was done.")
    elif ticket.is_active:
        text = _("%(ticket)s is %(state)s, so this is not possible now.")
    else:
        text = _("%(ticket)s is already %(state)s. If the problem is back, reopen it first.")
    raise NotPossible(text % facts, code=f"cannot_{verb}", status=ticket.status)

"""Moving a ticket: give, wait, resume, resolve, reopen, close, withdraw. Each locks, asks the table, writes, tells."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from techdesk.audit.actions import record
from techdesk.base.clock import now
from techdesk.base.errors import BadInput
from techdesk.base.policy import may
from tickets.actions.locks import lock_ticket, target_of
from tickets.actions.message import check_recent
from tickets.actions.tell import tell_assigned, tell_cancelled, tell_reopened, tell_resolved, tell_waiting
from tickets.actions.words import checked_text
from tickets.choices import WaitingFor
from tickets.models import Message, Ticket


@transaction.atomic
def assign_ticket(*, actor: Any, ticket: Ticket, assignee: Any, version: int | None = None) -> Ticket:
    """Give the ticket to `assignee`, or to nobody (None); return it as it is now. Giving it again changes nothing.

    Raises BadInput `not_a_technician` for somebody who does not work on tickets of this school; NotPossible
    `cannot_assign`; Stale.
    """
    ticket = lock_ticket(ticket, version=version)
    target = target_of("assign", ticket)
    if assignee is not None and not may(assignee, "tickets.resolve", school_id=ticket.school_id):
        words = _("%(person)s does not work on tickets of %(school)s. Choose somebody else.") % {
            "person": assignee.name,
            "school": ticket.school,
        }
        raise BadInput(words, code="not_a_technician", errors={"assignee": [words]})
    before = ticket.assignee
    if (before and before.pk) == (assignee and assignee.pk):
        return ticket
    facts = {
        "from": before.public_key if before else None,
        "to": assignee.public_key if assignee else None,
    }
    ticket.assignee = assignee
    if assignee is None:
        ticket.write("assignee")
        record(actor=actor, verb="unassign", thing=ticket, facts=facts)
        return ticket
    ticket.status, ticket.waiting_for = target, ""
    ticket.write("assignee", "status", "waiting_for")
    record(actor=actor, verb="assign", thing=ticket, facts=facts)
    tell_assigned(ticket, actor=actor)
    return ticket


@transaction.atomic
def wait_ticket(*, actor: Any, ticket: Ticket, waiting_for: str, version: int | None = None) -> Ticket:
    """Let the ticket wait for somebody or something (a value of WaitingFor); the requester is told.

    Raises BadInput `unknown_reason`; NotPossible `cannot_wait`; Stale.
    """
    if waiting_for not in WaitingFor.values:
        words = _("Say what the ticket waits for.")
        raise BadInput(words, code="unknown_reason", errors={"waiting_for": [words]})
    ticket = lock_ticket(ticket, version=version)
    target = target_of("wait", ticket)
    if ticket.status == target and ticket.waiting_for == waiting_for:
        return ticket
    ticket.status, ticket.waiting_for = target, waiting_for
    ticket.write("status", "waiting_for")
    record(actor=actor, verb="wait", thing=ticket, facts={"for": waiting_for})
    tell_waiting(ticket, actor=actor)
    return ticket


@transaction.atomic
def resume_ticket(*, actor: Any, ticket: Ticket, version: int | None = None) -> Ticket:
    """Take a waiting ticket up again. Raises NotPossible `cannot_resume`; Stale."""
    ticket = lock_ticket(ticket, version=version)
    ticket.status, ticket.waiting_for = target_of("resume", ticket), ""
    ticket.write("status", "waiting_for")
    record(actor=actor, verb="resume", thing=ticket)
    return ticket


@transaction.atomic
def resolve_ticket(*, actor: Any, ticket: Ticket, resolution: str, version: int | None = None) -> Ticket:
    """Say that it is solved, and how; the requester is told and may come back.

    `resolution` also stands among the messages, so that it is still there after a reopening. An unassigned ticket
    becomes the actor's. Raises BadInput: empty_text, too_long; NotPossible `cannot_resolve`; Stale.
    """
    text = checked_text(resolution, name="resolution")
    ticket = lock_ticket(ticket, version=version)
    ticket.status = target_of("resolve", ticket)
    ticket.resolution, ticket.resolved_at, ticket.waiting_for = text, now(), ""
    if ticket.assignee is None and may(actor, "tickets.resolve", school_id=ticket.school_id):
        ticket.assignee = actor
    message = Message.objects.create(ticket=ticket, author=actor, body=text)
    ticket.write("status", "resolution", "resolved_at", "waiting_for", "assignee")
    record(actor=actor, verb="resolve", thing=ticket, facts={"message": message.public_key})
    tell_resolved(ticket, actor=actor)
    return ticket


@transaction.atomic
def reopen_ticket(*, actor: Any, ticket: Ticket, reason: str, version: int | None = None) -> Ticket:
    """Take up a resolved, closed or withdrawn ticket again; `reason` becomes a public message.

    Raises BadInput: empty_text, too_long; NotPossible: cannot_reopen, too_old_to_reopen; Stale.
    """
    text = checked_text(reason, name="reason")
    ticket = lock_ticket(ticket, version=version)
    target = target_of("reopen", ticket)
    check_recent(ticket)
    before = ticket.status
    ticket.status = target
    ticket.resolved_at = ticket.closed_at = None
    message = Message.objects.create(ticket=ticket, author=actor, body=text)
    ticket.write("status", "resolved_at", "closed_at")
    record(actor=actor, verb="reopen", thing=ticket, facts={"from": before, "message": message.public_key})
    tell_reopened(ticket, actor=actor, reason=text)
    return ticket


@transaction.atomic
def close_ticket(*, actor: Any, ticket: Ticket, version: int | None = None) -> Ticket:
    """Confirm that a resolved ticket is really done. Raises NotPossible `cannot_close`; Stale."""
    ticket = lock_ticket(ticket, version=version)
    ticket.status, ticket.closed_at = target_of("close", ticket), now()
    ticket.write("status", "closed_at")
    record(actor=actor, verb="close", thing=ticket)
    return ticket


@transaction.atomic
def cancel_ticket(*, actor: Any, ticket: Ticket, reason: str = "", version: int | None = None) -> Ticket:
    """Withdraw a ticket that needs no work any more; a `reason` becomes a public message.

    Raises BadInput `too_long`; NotPossible `cannot_cancel`; Stale.
    """
    text = checked_text(reason, name="reason", required=False)
    ticket = lock_ticket(ticket, version=version)
    ticket.status, ticket.closed_at, ticket.waiting_for = target_of("cancel", ticket), now(), ""
    facts = {}
    if text:
        facts["message"] = Message.objects.create(ticket=ticket, author=actor, body=text).public_key
    ticket.write("status", "closed_at", "waiting_for")
    record(actor=actor, verb="cancel", thing=ticket, facts=facts)
    tell_cancelled(ticket, actor=actor, reason=text)
    return ticket

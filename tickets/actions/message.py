"""Writing on a ticket."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from techdesk.audit.actions import Deed, record_many
from techdesk.base.clock import now
from techdesk.base.errors import BadInput, NotPossible
from techdesk.jobs.models import StoredFile
from tickets.actions.locks import check_version, lock_ticket, target_of
from tickets.actions.pictures import attach
from tickets.actions.tell import tell_note, tell_reopened, tell_reply
from tickets.actions.words import checked_text
from tickets.choices import ACTIVE, REOPEN_WITHIN, TRANSITIONS, TicketStatus, WaitingFor
from tickets.models import Message, Ticket


@transaction.atomic
def add_message(
    *,
    actor: Any,
    ticket: Ticket,
    body: str,
    is_internal: bool = False,
    pictures: Sequence[StoredFile] = (),
    submission: uuid.UUID | None = None,
    waiting_for: str = "",
    version: int | None = None,
) -> Message:
    """Add a public reply, or an internal note, and tell the other side.

    `waiting_for` (a value of WaitingFor) lets the ticket wait from this public reply on, without a second mail.

    The requester's reply to a waiting ticket puts it back to work; to a settled one it reopens it, within
    REOPEN_WITHIN. The same `submission` gives the message it gave before.
    Raises BadInput: empty_text, too_long, unknown_reason, submission_used and those of pictures; NotPossible:
    too_old_to_reopen, cannot_reply (a withdrawn ticket), cannot_wait; Stale.
    """
    text = checked_text(body, name="body")
    ticket = lock_ticket(ticket)
    # A second press of the button carries the version of the first, so this question comes before that one.
    if submission is not None and (before := _written_before(submission, actor, ticket)):
        return before
    check_version(ticket, version)
    if waiting_for and waiting_for not in WaitingFor.values:
        words = _("Say what the ticket waits for.")
        raise BadInput(words, code="unknown_reason", errors={"waiting_for": [words]})
    back_to_work = not is_internal and actor.pk == ticket.requester_id and _answers(ticket)
    message = Message(ticket=ticket, author=actor, body=text, is_internal=is_internal, submission=submission)
    try:
        with transaction.atomic():
            message.save()
    except IntegrityError:
        if submission is None or not (before := _written_before(submission, actor, ticket)):
            raise
        return before
    attach(actor=actor, ticket=ticket, message=message, pictures=pictures)
    settled = not ticket.is_active
    deeds = [Deed(verb="note" if is_internal else "reply", thing=ticket, facts={"message": message.public_key})]
    if back_to_work:
        verb = "reopen" if settled else "resume"
        deeds.append(Deed(verb=verb, thing=ticket, facts={"from": ticket.status}))
        ticket.status = TRANSITIONS[verb].target
        ticket.waiting_for = ""
        ticket.resolved_at = ticket.closed_at = None
    elif waiting_for and not is_internal:
        ticket.status, ticket.waiting_for = target_of("wait", ticket), waiting_for
        deeds.append(Deed(verb="wait", thing=ticket, facts={"for": waiting_for}))
    ticket.write("status", "waiting_for", "resolved_at", "closed_at")
    record_many(actor=actor, deeds=deeds)
    if is_internal:
        tell_note(ticket, message)
    elif back_to_work and settled:
        tell_reopened(ticket, actor=actor, reason=text)
    else:
        tell_reply(ticket, message)
    return message


def _answers(ticket: Ticket) -> bool:
    """Does the requester's reply put the ticket back to work? Raises NotPossible where it comes too late."""
    if ticket.state is TicketStatus.CANCELLED:
        words = _("%(ticket)s was withdrawn. Ask for help again; it takes a minute.") % {"ticket": ticket}
        raise NotPossible(words, code="cannot_reply", status=ticket.status)
    if ticket.status in ACTIVE:
        return ticket.state is TicketStatus.WAITING
    check_recent(ticket)
    return True


def check_recent(ticket: Ticket) -> None:
    """Raise NotPossible `too_old_to_reopen` when a settled ticket was settled too long ago."""
    settled_at = ticket.closed_at or ticket.resolved_at
    if settled_at is not None and now() - settled_at > REOPEN_WITHIN:
        raise NotPossible(
            _(
                "%(ticket)s was finished more than %(days)d days ago. Ask for help again and mention %(ticket)s, so"
                " that the new problem gets its own place."
            )
            % {"ticket": ticket, "days": REOPEN_WITHIN.days},
            code="too_old_to_reopen",
            status=ticket.status,
        )


def _written_before(submission: uuid.UUID, actor: Any, ticket: Ticket) -> Message | None:
    """The message this form wrote already. A form of somebody else, or for another ticket, is refused."""
    before = Message.objects.with_submission(submission)
    if before is not None and (before.author_id != actor.pk or before.ticket_id != ticket.pk):
        raise BadInput(_("This form was used before. Open a new one."), code="submission_used")
    return before

"""Who is told what about a ticket. Never the person who did it, save that a request has arrived; internal notes never
the requester."""

from __future__ import annotations

from typing import Any

from django.utils.functional import lazystr
from django.utils.text import format_lazy
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from techdesk.base.clock import now
from techdesk.base.policy import may
from techdesk.directory.models import Person
from techdesk.notifications.actions import make_link, notify, revoke_links
from techdesk.ui.moments import worded
from tickets.choices import REOPEN_WITHIN, Priority, WaitingFor
from tickets.models import Message, Ticket
from tickets.queries import names_of_students_taught_by, technicians_of
from tickets.words import names_anybody

#: What the buttons of the mail about a solution do (`tickets.answer_links`).
ANSWERS = ("tickets.confirm_solved", "tickets.still_broken")


def mail_subject(ticket: Ticket) -> Any:
    """ "T-1042: Board stays dark": the requester's own words, or the kind of problem where they name a student."""
    about = [
        (person.given_name, person.family_name)
        for person in (ticket.affected, ticket.requester)
        if person is not None and person.is_student
    ]
    if names_anybody(ticket.subject, anyone=about, exactly=names_of_students_taught_by(ticket.requester)):
        words: Any = lazystr(ticket.issue_type) if ticket.issue_type else _("Help request")
    else:
        words = ticket.subject
    return format_lazy("T-{number}: {words}", number=ticket.number, words=words)


def public_name(person: Any) -> Any:
    """How a mail calls somebody: staff by name, a student only as such."""
    return _("A student") if person.is_student else person.name


def _tell(
    ticket: Ticket, kind: str, event: str, recipients: list[Any], *, but: Any, body: Any, title: Any = None, **more: Any
) -> None:
    """`event` makes it unique within the ticket; `but` did it and knows already; `more` as for notify()."""
    told = [person for person in recipients if person is not None and person.pk != but.pk]
    if not told:
        return
    notify(
        recipients=told,
        kind=f"tickets.{kind}",
        once=f"ticket:{ticket.number}:{event}",
        title=title or mail_subject(ticket),
        body=body,
        button=_("Open the ticket"),
        path=ticket.get_absolute_url(),
        thread=ticket.thread,
        **more,
    )


def tell_opened(ticket: Ticket, *, actor: Any, devices: list[Any]) -> None:
    """The technicians of the school, and the requester: that it arrived, or that somebody asked for them."""
    if ticket.room:
        place: Any = format_lazy("{school}, {room}", school=ticket.school.name, room=lazystr(ticket.room))
    else:
        place = ticket.school.name
    lines: list[Any] = [
        format_lazy(_("{who} asks for help at {place}."), who=public_name(ticket.requester), place=place)
    ]
    if ticket.affected and ticket.affected.is_student and ticket.affected_id != ticket.requester_id:
        lines.append(_("It is about a student."))
    facts = [(_("Device"), ", ".join(device.asset_tag for device in devices))] if devices else []
    title, text = mail_subject(ticket), ticket.description or ticket.subject
    is_urgent = ticket.priority == Priority.URGENT
    if is_urgent:
        title = format_lazy(_("Lesson stopped: {subject}"), subject=title)
    _tell(
        ticket,
        "opened",
        "opened",
        technicians_of(ticket.school),
        but=actor,
        title=title,
        body=_joined("\n", lines),
        quote=text,
        facts=facts,
        is_urgent=is_urgent,
    )
    if ticket.requester_id != actor.pk:
        body = format_lazy(
            _("{who} asked for help for you. You get a mail when there is news."), who=public_name(actor)
        )
        _tell(ticket, "opened_for_you", "opened_for_you", [ticket.requester], but=actor, body=body, quote=text)
    else:
        # The one mail about one's own doing: its thread is where the answers will come.
        notify(
            recipients=[ticket.requester],
            kind="tickets.received",
            once=f"ticket:{ticket.number}:received",
            title=mail_subject(ticket),
            body=_("Your request has arrived. You get a mail when there is news."),
            quote=text,
            button=_("Open the ticket"),
            path=ticket.get_absolute_url(),
            thread=ticket.thread,
        )


def _joined(glue: str, parts: list[Any]) -> Any:
    return format_lazy(glue.join("{}" for _part in parts), *parts)


def tell_reply(ticket: Ticket, message: Message) -> None:
    """A public reply: to the requester; the requester's own goes to whoever works on it."""
    author = message.author
    if author.pk == ticket.requester_id:
        recipients = [ticket.assignee] if ticket.assignee else technicians_of(ticket.school)
    else:
        recipients = [ticket.requester]
    body = format_lazy(_("{who} wrote:"), who=public_name(author))
    _tell(ticket, "reply", f"reply:{message.key}", recipients, but=author, body=body, quote=message.body)


def tell_note(ticket: Ticket, message: Message) -> None:
    """An internal note: to the assignee and to those who wrote notes before, as far as they may still read them."""
    earlier = Person.objects.filter(pk__in=Message.objects.filter(ticket=ticket, is_internal=True).values("author_id"))
    recipients = {person.pk: person for person in [*earlier, ticket.assignee] if person is not None}
    recipients.pop(ticket.requester_id, None)
    allowed = [person for person in recipients.values() if may(person, "tickets.view_internal", ticket)]
    body = format_lazy(_("{who} left a note that only technicians see:"), who=message.author.name)
    _tell(ticket, "note", f"note:{message.key}", allowed, but=message.author, body=body, quote=message.body)


def tell_assigned(ticket: Ticket, *, actor: Any) -> None:
    text = ticket.description or ticket.subject
    body = format_lazy(_("{who} gave this ticket to you."), who=actor.name)
    _tell(ticket, "assigned", f"assigned:{ticket.version}", [ticket.assignee], but=actor, body=body, quote=text)


def tell_waiting(ticket: Ticket, *, actor: Any) -> None:
    """The requester, when it is their answer that is missing or the repair will take longer."""
    texts = {
        WaitingFor.REQUESTER: _("We need an answer from you before we can go on. Open the ticket and reply."),
        WaitingFor.PARTS: _("We are waiting for parts. We go on as soon as they are here."),
        WaitingFor.VENDOR: _("We are waiting for the manufacturer. We go on as soon as they answer."),
    }
    text = texts[WaitingFor(ticket.waiting_for)]
    _tell(ticket, "waiting", f"waiting:{ticket.version}", [ticket.requester], but=actor, body=text)


def tell_resolved(ticket: Ticket, *, actor: Any) -> None:
    """The requester: what was done, and how to come back: by the buttons of the mail, or on the ticket's page."""
    expires_at = now() + REOPEN_WITHIN
    last_day = localtime(expires_at, ticket.school.zone).date()
    revoke_links(object_type=Ticket.resource, object_key=ticket.public_key, purposes=ANSWERS)
    if ticket.requester_id != actor.pk and ticket.requester.is_active:
        for purpose in ANSWERS:
            make_link(
                purpose=purpose,
                object_type=Ticket.resource,
                object_key=ticket.public_key,
                person=ticket.requester,
                expires_at=expires_at,
            )
    body = format_lazy(
        _(
            "{who} says this is solved:\n\nDoes it work now? Then nothing needs to be done. If not, choose"
            " “Still broken” before {day}; the technician is told at once."
        ),
        who=public_name(actor),
        day=lazystr(_Day(last_day)),
    )
    _tell(
        ticket,
        "resolved",
        f"resolved:{ticket.version}",
        [ticket.requester],
        but=actor,
        body=body,
        quote=ticket.resolution,
    )


class _Day:
    """A date that is written in the language of whoever reads it."""

    def __init__(self, day: Any) -> None:
        self.day = day

    def __str__(self) -> str:
        return worded(self.day, "F j")


def tell_reopened(ticket: Ticket, *, actor: Any, reason: str) -> None:
    """Whoever works on it; the requester too when somebody else reopened it."""
    body = format_lazy(_("{who} reopened this ticket."), who=public_name(actor))
    told = [*([ticket.assignee] if ticket.assignee else technicians_of(ticket.school)), ticket.requester]
    _tell(ticket, "reopened", f"reopened:{ticket.version}", told, but=actor, body=body, quote=reason)


def tell_cancelled(ticket: Ticket, *, actor: Any, reason: str) -> None:
    """The other side: the requester, or whoever works on it."""
    body = format_lazy(_("{who} withdrew this ticket."), who=public_name(actor))
    recipients = [ticket.assignee, ticket.requester]
    _tell(ticket, "cancelled", f"cancelled:{ticket.version}", recipients, but=actor, body=body, quote=reason)

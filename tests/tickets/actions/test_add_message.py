"""Replies and notes: who is told, what a reply does to the state, what is refused, what happens twice."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.utils import timezone

from techdesk.base.errors import BadInput, NotPossible, Stale
from techdesk.notifications.models import Notification
from tests.factories import grant, person_with
from tests.threads import at_once
from tests.tickets.actions.told import told_about, verbs
from tickets.actions import (
    add_message,
    assign_ticket,
    cancel_ticket,
    close_ticket,
    resolve_ticket,
    wait_ticket,
)
from tickets.models import Message, Ticket


def test_a_technicians_reply_reaches_the_requester_only(world: Any) -> None:
    ticket = world.ticket(affected=world.students[0])
    message = add_message(actor=world.technician, ticket=ticket, body="I am on my way.\r\nTen minutes.")
    assert (message.body, message.is_internal, message.author) == (
        "I am on my way.\nTen minutes.", False, world.technician,
    )  # fmt: skip
    assert told_about("reply") == {"Ana Diaz": "Sam Lee wrote:\n\nI am on my way.\nTen minutes."}
    assert Ticket.objects.get().version == 2 and verbs(ticket) == ["open", "reply"]
    notice = Notification.objects.get(kind="tickets.reply")
    assert notice.title == f"T-{ticket.number}: Board stays dark" and notice.thread == ticket.thread


def test_the_requesters_answer_reaches_the_assignee_or_all_technicians(world: Any) -> None:
    person_with("technician", world.school, given_name="Lou", family_name="Berg")
    ticket = world.ticket()
    add_message(actor=world.teacher, ticket=ticket, body="It hums, too.")
    assert set(told_about("reply")) == {"Sam Lee", "Lou Berg"}
    assign_ticket(actor=world.technician, ticket=ticket, assignee=world.technician)
    add_message(actor=world.teacher, ticket=ticket, body="Second answer")
    told = [n.recipient for n in Notification.objects.filter(kind="tickets.reply", quote="Second answer")]
    assert told == [world.technician]


def test_a_note_reaches_the_assignee_and_earlier_authors_never_the_requester(world: Any) -> None:
    lou = person_with("technician", world.school, given_name="Lou", family_name="Berg")
    kim = person_with("technician", world.school, given_name="Kim", family_name="Ito")
    ticket = world.ticket()
    assign_ticket(actor=kim, ticket=ticket, assignee=world.technician)
    add_message(actor=lou, ticket=ticket, body="The lamp is out of warranty", is_internal=True)
    assert set(told_about("note")) == {"Sam Lee"}
    Notification.objects.filter(kind="tickets.note").update(kind="earlier")
    add_message(actor=kim, ticket=ticket, body="I order one", is_internal=True)
    assert set(told_about("note")) == {"Sam Lee", "Lou Berg"}
    assert not Notification.objects.filter(recipient=world.teacher, kind__in=["earlier", "tickets.note"]).exists()


def test_a_requester_who_is_a_technician_gets_no_mail_with_a_note(world: Any) -> None:
    lou = person_with("technician", world.school)
    ticket = world.ticket(actor=lou)
    assign_ticket(actor=world.technician, ticket=ticket, assignee=lou)
    add_message(actor=world.technician, ticket=ticket, body="Again the same", is_internal=True)
    assert told_about("note") == {}


def test_somebody_who_lost_the_role_is_told_no_more_notes(world: Any) -> None:
    lou = person_with("technician", world.school)
    ticket = world.ticket()
    add_message(actor=lou, ticket=ticket, body="first", is_internal=True)
    lou.role_assignments.update(ended_at=timezone.now())
    add_message(actor=world.technician, ticket=ticket, body="second", is_internal=True)
    assert told_about("note") == {}


def test_internal_messages_are_not_visible_to_the_requester(world: Any) -> None:
    ticket = world.ticket()
    public = add_message(actor=world.technician, ticket=ticket, body="public")
    note = add_message(actor=world.technician, ticket=ticket, body="secret", is_internal=True)
    assert list(Message.objects.visible_to(world.teacher)) == [public]
    assert set(Message.objects.visible_to(world.technician)) == {public, note}
    for nobody in (world.stranger, world.foreign_technician, world.students[0]):
        assert not Message.objects.visible_to(nobody).exists()


def test_an_answer_puts_a_waiting_ticket_back_to_work(world: Any) -> None:
    ticket = world.ticket()
    wait_ticket(actor=world.technician, ticket=ticket, waiting_for="requester")
    add_message(actor=world.technician, ticket=ticket, body="Which one?")
    assert Ticket.objects.get().status == "waiting"
    add_message(actor=world.teacher, ticket=ticket, body="The left one")
    kept = Ticket.objects.get()
    assert (kept.status, kept.waiting_for) == ("open", "")
    assert verbs(ticket) == ["open", "wait", "reply", "reply", "resume"]


def test_a_reply_may_let_the_ticket_wait_with_one_mail(world: Any) -> None:
    ticket = world.ticket()
    add_message(actor=world.technician, ticket=ticket, body="Which one?", waiting_for="requester")
    kept = Ticket.objects.get()
    assert (kept.status, kept.waiting_for, kept.version) == ("waiting", "requester", 2)
    assert Notification.objects.filter(recipient=world.teacher).exclude(kind="tickets.received").count() == 1
    with pytest.raises(BadInput):
        add_message(actor=world.technician, ticket=ticket, body="x", waiting_for="godot")


@pytest.mark.parametrize("closed", [False, True])
def test_still_broken_reopens_within_two_weeks(world: Any, closed: bool) -> None:
    ticket = world.ticket()
    resolve_ticket(actor=world.technician, ticket=ticket, resolution="New lamp")
    if closed:
        close_ticket(actor=world.teacher, ticket=ticket)
    add_message(actor=world.teacher, ticket=ticket, body="Dark again")
    kept = Ticket.objects.get()
    assert (kept.status, kept.resolved_at, kept.closed_at) == ("open", None, None)
    assert set(told_about("reopened")) == {"Sam Lee"} and "Dark again" in told_about("reopened")["Sam Lee"]
    assert told_about("reply") == {}


def test_after_two_weeks_it_says_what_to_do_instead(world: Any) -> None:
    ticket = world.ticket()
    resolve_ticket(actor=world.technician, ticket=ticket, resolution="New lamp")
    Ticket.objects.update(resolved_at=timezone.now() - dt.timedelta(days=15))
    with pytest.raises(NotPossible) as refusal:
        add_message(actor=world.teacher, ticket=ticket, body="Dark again")
    assert refusal.value.code == "too_old_to_reopen" and "Ask for help again" in str(refusal.value)
    assert Ticket.objects.get().status == "resolved" and Message.objects.count() == 1
    # A technician may still add something.
    add_message(actor=world.technician, ticket=ticket, body="The lamp came from Acme", is_internal=True)


def test_a_withdrawn_ticket_takes_no_answer(world: Any) -> None:
    ticket = world.ticket()
    cancel_ticket(actor=world.teacher, ticket=ticket)
    with pytest.raises(NotPossible) as refusal:
        add_message(actor=world.teacher, ticket=ticket, body="Hello?")
    assert refusal.value.code == "cannot_reply"


@pytest.mark.parametrize(
    ("body", "code"), [("  \n", "empty_text"), ("x" * 10_001, "too_long"), ("x" * 1_000_000, "too_long")]
)
def test_bad_text_is_refused(world: Any, body: str, code: str) -> None:
    ticket = world.ticket()
    with pytest.raises(BadInput) as refusal:
        add_message(actor=world.teacher, ticket=ticket, body=body)
    assert refusal.value.code == code and "body" in refusal.value.errors
    assert not Message.objects.exists()


def test_a_stale_page_writes_nothing(world: Any) -> None:
    ticket = world.ticket()
    add_message(actor=world.technician, ticket=ticket, body="One", version=1)
    with pytest.raises(Stale):
        add_message(actor=world.teacher, ticket=ticket, body="Two", version=1)
    assert Message.objects.count() == 1


def test_the_same_form_twice_is_one_message(world: Any) -> None:
    ticket, form = world.ticket(), uuid.uuid4()
    first = add_message(actor=world.teacher, ticket=ticket, body="One", submission=form, version=1)
    assert add_message(actor=world.teacher, ticket=ticket, body="One", submission=form, version=1) == first
    assert Message.objects.count() == 1 and len(told_about("reply")) == 1
    for other in ({"actor": world.technician, "ticket": ticket}, {"actor": world.teacher, "ticket": world.ticket()}):
        with pytest.raises(BadInput) as refusal:
            add_message(body="One", submission=form, **other)
        assert refusal.value.code == "submission_used"


@pytest.mark.django_db(transaction=True)
def test_the_same_form_at_the_same_moment_is_one_message(world: Any) -> None:
    ticket, form = world.ticket(), uuid.uuid4()
    results = at_once(
        6, lambda n: add_message(actor=world.teacher, ticket=ticket, body="One", submission=form, version=1).pk
    )
    assert len(set(results)) == 1, results
    assert Message.objects.count() == 1 and Ticket.objects.get().version == 2


def test_an_inactive_requester_is_not_told(world: Any) -> None:
    ticket = world.ticket()
    grant(world.technician, "technician")
    world.teacher.is_active = False
    world.teacher.save()
    add_message(actor=world.technician, ticket=ticket, body="Hello")
    assert told_about("reply") == {}

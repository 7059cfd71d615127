"""Giving, waiting, resolving, reopening, closing, withdrawing: legality, notices, history, two at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from techdesk.audit.models import AuditEntry
from techdesk.base.errors import BadInput, DomainError, NotPossible, Stale
from techdesk.notifications.models import Notification
from tests.factories import person_with
from tests.threads import at_once
from tests.tickets.actions.told import told_about, verbs
from tickets.actions import (
    assign_ticket,
    cancel_ticket,
    close_ticket,
    reopen_ticket,
    resolve_ticket,
    resume_ticket,
    wait_ticket,
)
from tickets.choices import TRANSITIONS, TicketStatus
from tickets.models import Message, Ticket

ACTS: dict[str, Callable[[Any, Any], Any]] = {
    "assign": lambda who, ticket: assign_ticket(actor=who, ticket=ticket, assignee=who),
    "wait": lambda who, ticket: wait_ticket(actor=who, ticket=ticket, waiting_for="parts"),
    "resume": lambda who, ticket: resume_ticket(actor=who, ticket=ticket),
    "resolve": lambda who, ticket: resolve_ticket(actor=who, ticket=ticket, resolution="New lamp"),
    "reopen": lambda who, ticket: reopen_ticket(actor=who, ticket=ticket, reason="Dark again"),
    "close": lambda who, ticket: close_ticket(actor=who, ticket=ticket),
    "cancel": lambda who, ticket: cancel_ticket(actor=who, ticket=ticket),
}
#: How to reach each state from a new ticket.
WAYS = {
    "new": [], "open": ["assign"], "waiting": ["wait"], "resolved": ["resolve"], "closed": ["resolve", "close"],
    "cancelled": ["cancel"],
}  # fmt: skip


@pytest.mark.parametrize("state", TicketStatus.values)
@pytest.mark.parametrize("verb", ACTS)
def test_each_verb_from_each_state_as_the_table_says(world: Any, verb: str, state: str) -> None:
    ticket = world.ticket()
    for step in WAYS[state]:
        ACTS[step](world.technician, ticket)
    before = Ticket.objects.get()
    assert before.status == state
    entries = AuditEntry.objects.count()
    if state in TRANSITIONS[verb].sources:
        after = ACTS[verb](world.technician, ticket)
        assert after.status == TRANSITIONS[verb].target == Ticket.objects.get().status
        return
    with pytest.raises(NotPossible) as refusal:
        ACTS[verb](world.technician, ticket)
    assert refusal.value.code == f"cannot_{verb}" and refusal.value.facts["status"] == state
    assert str(refusal.value).startswith(f"T-{ticket.number} is ")
    assert Ticket.objects.get().version == before.version and AuditEntry.objects.count() == entries


@pytest.mark.parametrize("verb", ACTS)
def test_a_stale_page_changes_nothing(world: Any, verb: str) -> None:
    ticket = world.ticket()
    act = {
        "assign": lambda: assign_ticket(actor=world.technician, ticket=ticket, assignee=None, version=7),
        "wait": lambda: wait_ticket(actor=world.technician, ticket=ticket, waiting_for="parts", version=7),
        "resume": lambda: resume_ticket(actor=world.technician, ticket=ticket, version=7),
        "resolve": lambda: resolve_ticket(actor=world.technician, ticket=ticket, resolution="x", version=7),
        "reopen": lambda: reopen_ticket(actor=world.technician, ticket=ticket, reason="x", version=7),
        "close": lambda: close_ticket(actor=world.technician, ticket=ticket, version=7),
        "cancel": lambda: cancel_ticket(actor=world.technician, ticket=ticket, version=7),
    }[verb]
    with pytest.raises(Stale):
        act()
    assert Ticket.objects.get().version == 1


def test_the_one_it_is_given_to_is_told_unless_they_took_it(world: Any) -> None:
    lou = person_with("technician", world.school, given_name="Lou", family_name="Berg")
    ticket = world.ticket()
    taken = assign_ticket(actor=world.technician, ticket=ticket, assignee=world.technician, version=1)
    assert (taken.assignee, taken.status, taken.version) == (world.technician, "open", 2)
    assert told_about("assigned") == {}
    assign_ticket(actor=world.technician, ticket=ticket, assignee=lou)
    assert list(told_about("assigned")) == ["Lou Berg"]
    given = AuditEntry.objects.filter(verb="assign").last()
    assert given.facts == {"from": world.technician.public_key, "to": lou.public_key}


def test_giving_it_again_changes_nothing(world: Any) -> None:
    ticket = world.ticket()
    assign_ticket(actor=world.technician, ticket=ticket, assignee=world.technician)
    assign_ticket(actor=world.technician, ticket=ticket, assignee=world.technician)
    assert Ticket.objects.get().version == 2 and verbs(ticket) == ["open", "assign"]


def test_it_can_be_given_to_nobody(world: Any) -> None:
    ticket = world.ticket()
    assign_ticket(actor=world.technician, ticket=ticket, assignee=world.technician)
    free = assign_ticket(actor=world.technician, ticket=ticket, assignee=None)
    assert (free.assignee, free.status) == (None, "open") and verbs(ticket)[-1] == "unassign"


def test_it_is_not_given_to_somebody_who_cannot_work_on_it(world: Any) -> None:
    ticket = world.ticket()
    for person in (world.teacher, world.foreign_technician, world.students[0]):
        with pytest.raises(BadInput) as refusal:
            assign_ticket(actor=world.technician, ticket=ticket, assignee=person)
        assert refusal.value.code == "not_a_technician"
    kim = person_with("district_technician")
    assert assign_ticket(actor=world.technician, ticket=ticket, assignee=kim).assignee == kim


def test_resolving_tells_the_requester_what_was_done_and_how_to_come_back(world: Any) -> None:
    ticket = world.ticket()
    solved = resolve_ticket(actor=world.technician, ticket=ticket, resolution="New lamp, <b>tested</b>")
    assert (solved.status, solved.resolution, solved.assignee) == (
        "resolved", "New lamp, <b>tested</b>", world.technician,
    )  # fmt: skip
    body = told_about("resolved")["Ana Diaz"]
    assert "New lamp" in body and "Still broken" in body
    assert Message.objects.get().body == "New lamp, <b>tested</b>"
    # The story stays when it is reopened.
    reopen_ticket(actor=world.teacher, ticket=ticket, reason="Dark again")
    assert [m.body for m in Message.objects.oldest_first()] == ["New lamp, <b>tested</b>", "Dark again"]


def test_reopening_tells_whoever_works_on_it(world: Any) -> None:
    ticket = world.ticket()
    resolve_ticket(actor=world.technician, ticket=ticket, resolution="New lamp")
    again = reopen_ticket(actor=world.teacher, ticket=ticket, reason="Dark again")
    assert (again.status, again.resolved_at) == ("open", None)
    assert set(told_about("reopened")) == {"Sam Lee"}


def test_reopening_has_an_end(world: Any) -> None:
    ticket = world.ticket()
    cancel_ticket(actor=world.teacher, ticket=ticket)
    Ticket.objects.update(closed_at=timezone.now() - dt.timedelta(days=15))
    with pytest.raises(NotPossible) as refusal:
        reopen_ticket(actor=world.teacher, ticket=ticket, reason="Dark again")
    assert refusal.value.code == "too_old_to_reopen"


def test_withdrawing_tells_the_other_side(world: Any) -> None:
    ticket = world.ticket()
    assign_ticket(actor=world.technician, ticket=ticket, assignee=world.technician)
    cancel_ticket(actor=world.teacher, ticket=ticket, reason="It works again")
    assert list(told_about("cancelled")) == ["Sam Lee"] and "It works again" in told_about("cancelled")["Sam Lee"]
    other = world.ticket()
    cancel_ticket(actor=world.technician, ticket=other)
    assert set(told_about("cancelled")) == {"Sam Lee", "Ana Diaz"}


def test_waiting_says_for_what(world: Any) -> None:
    ticket = world.ticket()
    waits = wait_ticket(actor=world.technician, ticket=ticket, waiting_for="parts")
    assert (waits.status, waits.waiting_for) == ("waiting", "parts")
    assert "waiting for parts" in told_about("waiting")["Ana Diaz"]
    wait_ticket(actor=world.technician, ticket=ticket, waiting_for="parts")
    assert Ticket.objects.get().version == 2
    with pytest.raises(BadInput):
        wait_ticket(actor=world.technician, ticket=ticket, waiting_for="godot")


@pytest.mark.parametrize("text", ["", " \n", "x" * 1_000_000])
def test_a_solution_without_words_or_with_too_many_is_refused(world: Any, text: str) -> None:
    ticket = world.ticket()
    with pytest.raises(BadInput) as refusal:
        resolve_ticket(actor=world.technician, ticket=ticket, resolution=text)
    assert "resolution" in refusal.value.errors and Ticket.objects.get().status == "new"


@pytest.mark.django_db(transaction=True)
def test_two_technicians_resolve_at_once_and_one_is_told_that_it_is_done(world: Any) -> None:
    ticket = world.ticket()
    pair = [world.technician, person_with("technician", world.school)]
    results = at_once(2, lambda n: resolve_ticket(actor=pair[n], ticket=ticket, resolution=f"By {n}").pk)
    refusals = [r for r in results if isinstance(r, DomainError)]
    assert len(refusals) == 1 and refusals[0].code == "cannot_resolve", results
    assert Notification.objects.filter(kind="tickets.resolved").count() == 1
    assert verbs(ticket) == ["open", "resolve"] and Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_technicians_take_it_with_the_same_page_and_one_is_told_it_changed(world: Any) -> None:
    ticket = world.ticket()
    pair = [world.technician, person_with("technician", world.school)]
    results = at_once(2, lambda n: assign_ticket(actor=pair[n], ticket=ticket, assignee=pair[n], version=1).pk)
    assert sorted(type(r).__name__ for r in results) == ["Stale", "int"]

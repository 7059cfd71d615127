"""A stopped lesson: who is told, in which order, until somebody is on it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from techdesk.audit.models import AuditEntry
from techdesk.base.clock import now
from techdesk.base.errors import NotPossible
from techdesk.notifications.actions import add_target
from techdesk.notifications.models import Delivery, Notification, SignedLink
from tests.factories import person_with
from tests.threads import at_once
from tickets.actions import acknowledge, assign_ticket, cancel_ticket, escalate_due, resolve_ticket
from tickets.models import Ticket, UrgentAlert
from tickets.story import story_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(world: Any) -> list[Any]:
    """Sam Lee comes first by name, then Zed Young, the district's Dora, the principal."""
    second = person_with("technician", world.school, given_name="Zed", family_name="Young")
    district = person_with("district_technician", given_name="Dora", family_name="Abel")
    principal = person_with("school_admin", world.school, given_name="Pat", family_name="Abbot")
    return [world.technician, second, district, principal]


def told() -> list[str]:
    calls = UrgentAlert.objects.get().calls.filter(told_at__isnull=False).order_by("place")
    return [call.person.given_name for call in calls.select_related("person")]


def three_minutes_pass() -> None:
    UrgentAlert.objects.filter(next_at__isnull=False).update(next_at=now() - dt.timedelta(seconds=1))


def test_one_after_the_other_each_once(world: Any, order: list[Any]) -> None:
    world.ticket(priority="urgent")
    assert told() == ["Sam"]
    assert escalate_due() == 0  # the three minutes are not over
    for names in (["Sam", "Zed"], ["Sam", "Zed", "Dora"], ["Sam", "Zed", "Dora", "Pat"]):
        three_minutes_pass()
        assert escalate_due() == 1
        assert escalate_due() == 0
        assert told() == names
    three_minutes_pass()
    assert escalate_due() == 0
    assert UrgentAlert.objects.get().next_at is None
    mailed = Notification.objects.filter(kind="tickets.urgent").order_by("id")
    assert [row.recipient.given_name for row in mailed] == ["Zed", "Dora", "Pat"]
    assert {row.state for row in Delivery.objects.filter(kind="tickets.urgent")} == {"waiting"}


def test_the_wait_is_three_minutes(world: Any, order: list[Any]) -> None:
    world.ticket(priority="urgent")
    alert = UrgentAlert.objects.get()
    assert alert.next_at is not None
    assert alert.next_at - alert.calls.get(place=0).told_at == dt.timedelta(minutes=3)


def test_a_usual_ticket_calls_nobody(world: Any, order: list[Any]) -> None:
    ticket = world.ticket()
    assert not UrgentAlert.objects.exists()
    with pytest.raises(NotPossible):
        acknowledge(actor=world.technician, ticket=ticket)


def test_who_says_they_are_on_it_ends_it_and_gets_the_ticket(world: Any, order: list[Any]) -> None:
    ticket = world.ticket(priority="urgent")
    three_minutes_pass()
    escalate_due()
    kept = acknowledge(actor=order[1], ticket=ticket)
    assert kept.assignee == order[1]
    again = acknowledge(actor=order[0], ticket=ticket)
    assert again.assignee == order[1]
    alert = UrgentAlert.objects.get()
    assert (alert.acknowledged_by, alert.next_at) == (order[1], None)
    assert escalate_due() == 0
    assert not SignedLink.objects.unused().exists()
    assert AuditEntry.objects.filter(verb="acknowledge").count() == 1


def test_the_principal_is_on_it_without_getting_the_ticket(world: Any, order: list[Any]) -> None:
    ticket = acknowledge(actor=order[3], ticket=world.ticket(priority="urgent"))
    assert ticket.assignee is None
    assert UrgentAlert.objects.get().acknowledged_by == order[3]


@pytest.mark.parametrize("step", ["assign", "resolve", "cancel"])
def test_a_ticket_in_somebodys_hands_calls_nobody_else(world: Any, order: list[Any], step: str) -> None:
    ticket = world.ticket(priority="urgent")
    if step == "assign":
        assign_ticket(actor=order[2], ticket=ticket, assignee=order[2])
    elif step == "resolve":
        resolve_ticket(actor=order[0], ticket=ticket, resolution="Plugged in.")
    else:
        cancel_ticket(actor=world.teacher, ticket=ticket)
    three_minutes_pass()
    assert escalate_due() == 0
    assert told() == ["Sam"]
    assert UrgentAlert.objects.get().next_at is None


def test_who_left_meanwhile_is_passed_over(world: Any, order: list[Any]) -> None:
    world.ticket(priority="urgent")
    order[1].is_active = False
    order[1].save(update_fields=["is_active"])
    three_minutes_pass()
    escalate_due()
    assert told() == ["Sam", "Dora"]


def test_whoever_opened_it_is_not_called(world: Any, order: list[Any]) -> None:
    world.ticket(priority="urgent", actor=world.technician)
    assert told() == ["Zed"]


def test_others_may_not_answer(world: Any, order: list[Any]) -> None:
    ticket = world.ticket(priority="urgent")
    for person in (world.teacher, world.students[0], world.foreign_technician):
        with pytest.raises(PermissionDenied):
            acknowledge(actor=person, ticket=ticket)


def test_the_story_says_so(world: Any, order: list[Any]) -> None:
    ticket = world.ticket(priority="urgent")
    three_minutes_pass()
    escalate_due()
    ticket = Ticket.objects.for_page().get(pk=ticket.pk)
    lines = [entry.text for entry in story_of(ticket, world.technician, internal=True).entries]
    assert "Nobody answered for 3 minutes: told Zed Young too" in lines
    lines = [entry.text for entry in story_of(ticket, world.teacher, internal=False).entries]
    assert not any("Nobody answered" in line for line in lines)
    acknowledge(actor=order[1], ticket=ticket)
    lines = [entry.text for entry in story_of(ticket, world.teacher, internal=False).entries]
    assert "is on it" in lines


def test_chat_rooms_hear_it_without_the_student(world: Any, order: list[Any]) -> None:
    add_target(actor=order[3], school=world.school, name="Techs", kind="google_chat", url="https://chat.example/x")
    student = world.students[0]
    world.ticket("Mateo cannot see the board", priority="urgent", affected=student, description="Mateo cries")
    three_minutes_pass()
    escalate_due()
    rows = Delivery.objects.filter(channel="webhook").select_related("notification").order_by("id")
    titles = [row.notification.title for row in rows if row.notification is not None]
    assert len(titles) == 2
    assert titles[0].startswith("Lesson stopped: T-") and titles[1].startswith("Nobody has answered yet: T-")
    assert not any("Mateo" in title for title in titles)


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_tell_one(world: Any, order: list[Any]) -> None:
    world.ticket(priority="urgent")
    three_minutes_pass()
    assert sum(at_once(3, lambda n: escalate_due())) == 1
    assert told() == ["Sam", "Zed"]
    assert Notification.objects.filter(kind="tickets.urgent").count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_answer_and_the_beat_at_once_do_not_contradict(world: Any, order: list[Any]) -> None:
    ticket = world.ticket(priority="urgent")
    three_minutes_pass()
    answers = at_once(2, lambda n: escalate_due() if n else acknowledge(actor=order[0], ticket=ticket))
    assert not any(isinstance(answer, BaseException) for answer in answers), answers
    alert = UrgentAlert.objects.get()
    assert (alert.next_at, alert.acknowledged_by) == (None, order[0])

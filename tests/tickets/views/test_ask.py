"""The first page of a teacher, the number page, and the list of what they asked."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from techdesk.base import clock
from tests.factories import PersonFactory, grant
from tests.tickets.views.pages import EVIL, text_of
from tickets.actions import close_ticket, resolve_ticket


def test_it_greets_and_offers_seven_choices_and_a_stopped_lesson(world: Any, signed_in: Any) -> None:
    answer = signed_in(world.teacher).get("/tickets/new/")
    words = text_of(answer)
    assert answer.status_code == 200 and "Ana Diaz. What do you need?" in words
    assert "Lincoln Elementary" in words and "Room 12" in words
    assert len(answer.context["choices"]) == 7
    for choice in ("Chromebook or tablet", "Printing", "Login, password", "My lesson is stopped"):
        assert choice in words
    assert 'href="/tickets/new/lesson-stopped/"' in answer.content.decode()


@pytest.mark.parametrize(
    ("hour_utc", "words"), [(13, "Good morning"), (19, "Good afternoon"), (1, "Good evening"), (8, "Good evening")]
)
def test_the_greeting_follows_the_clock_of_the_school(
    world: Any, signed_in: Any, monkeypatch: Any, hour_utc: int, words: str
) -> None:
    # Chicago in November is six hours behind; only the source of the present moment is moved.
    moment = dt.datetime(2026, 11, 23, hour_utc, 30, tzinfo=dt.UTC)
    client = signed_in(world.teacher)
    monkeypatch.setattr("tickets.views.ask.now", lambda: moment)
    assert clock.now() != moment
    assert words in text_of(client.get("/tickets/new/"))


def test_it_speaks_spanish_to_who_reads_spanish(world: Any, signed_in: Any) -> None:
    type(world.teacher).objects.filter(pk=world.teacher.pk).update(language="es")
    answer = signed_in(world.teacher).get("/tickets/new/", headers={"accept-language": "en"})
    assert "Impresión" in text_of(answer)


def test_the_newest_requests_stand_below_and_a_resolved_one_asks(world: Any, signed_in: Any) -> None:
    solved = world.ticket("Board dark")
    resolve_ticket(actor=world.technician, ticket=solved, resolution="New lamp")
    world.ticket("Somebody else's", actor=world.technician)
    answer = signed_in(world.teacher).get("/tickets/new/")
    words = text_of(answer)
    assert "Board dark" in words and "Does it work now?" in words and "Somebody else's" not in words
    assert f'action="/tickets/{solved.number}/close/"' in answer.content.decode()


def test_somebody_at_two_schools_chooses(world: Any, signed_in: Any) -> None:
    grant(world.teacher, "teacher", world.elsewhere)
    client = signed_in(world.teacher)
    assert client.get("/tickets/new/").context["school"] == world.school
    there = client.get(f"/tickets/new/?school={world.elsewhere.code}")
    assert there.context["school"] == world.elsewhere
    assert f"/tickets/new/device/?school={world.elsewhere.code}" in there.content.decode()
    assert client.get("/tickets/new/?school=NOWHERE").context["school"] == world.school


def test_somebody_without_a_school_is_told_what_to_do(db: None, signed_in: Any) -> None:
    for path in ("/tickets/new/", "/tickets/new/device/"):
        assert "does not belong to a school yet" in text_of(signed_in(PersonFactory()).get(path))


def test_strangers_are_asked_to_sign_in(db: None) -> None:
    for path in (
        "/tickets/new/",
        "/tickets/new/device/",
        "/tickets/mine/",
        "/tickets/",
        "/tickets/1/",
        "/tickets/news/",
    ):
        answer = Client().get(path)
        assert answer.status_code == 302 and answer["Location"].startswith("/accounts/login/?next="), path


def test_the_number_page_says_what_happens_next(world: Any, signed_in: Any) -> None:
    ticket = world.ticket(EVIL, priority="urgent")
    answer = signed_in(world.teacher).get(f"/tickets/{ticket.number}/asked/")
    words = text_of(answer)
    assert f"T-{ticket.number}" in words and "Sam Lee" in words and world.teacher.email in words
    assert "your lesson is stopped" in words
    assert "<script>alert" not in answer.content.decode() and "49" not in words.replace(str(ticket.number), "")
    for other in (world.stranger, world.foreign_technician, world.students[0]):
        assert signed_in(other).get(f"/tickets/{ticket.number}/asked/").status_code == 404


@pytest.mark.parametrize("count", [0, 1, 3, 30])
def test_the_list_of_ones_own_costs_the_same_for_any_length(
    world: Any, signed_in: Any, django_assert_num_queries: Any, count: int
) -> None:
    for _n in range(count):
        world.ticket()
    client = signed_in(world.teacher)
    client.get("/tickets/mine/")
    with django_assert_num_queries(6 if count else 5):
        answer = client.get("/tickets/mine/")
    assert len(answer.context["page"].rows) == count


def test_the_list_of_ones_own_pages_and_keeps_others_out(world: Any, signed_in: Any) -> None:
    for n in range(31):
        ticket = world.ticket(f"Number {n}")
    world.ticket("Not mine", actor=world.technician)
    resolve_ticket(actor=world.technician, ticket=ticket, resolution="Done")
    close_ticket(actor=world.teacher, ticket=ticket)
    client = signed_in(world.teacher)
    first = client.get("/tickets/mine/")
    assert [row.subject for row in first.context["page"].rows][:2] == ["Number 30", "Number 29"]
    second = client.get(f"/tickets/mine/?cursor={first.context['page'].next_cursor}")
    assert [row.subject for row in second.context["page"].rows] == ["Number 0"]
    assert client.get("/tickets/mine/?cursor=broken").status_code == 400
    assert "Not mine" not in text_of(first) + text_of(second)


def test_a_student_may_ask_too(world: Any, signed_in: Any) -> None:
    client = signed_in(world.students[0])
    assert client.get("/tickets/new/").status_code == 200
    form = client.get("/tickets/new/device/").context["form"]
    assert "affected" not in form.fields and "requester" not in form.fields

"""The page of one ticket: who sees which side of it, and what is on it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from techdesk.audit.models import Disclosure
from techdesk.jobs.actions import store_picture
from techdesk.notifications.models import Notification
from tests.factories import DeviceFactory, person_with
from tests.jobs.pictures import photo_of_a_phone, upload
from tests.tickets.views.pages import EVIL, text_of
from tickets.actions import add_message, assign_ticket, close_ticket, resolve_ticket, wait_ticket
from tickets.models import Ticket


def page(signed_in: Any, person: Any, ticket: Any) -> Any:
    return signed_in(person).get(f"/tickets/{ticket.number}/")


def test_who_sees_a_ticket(world: Any, signed_in: Any) -> None:
    ticket = world.ticket(affected=world.students[0])
    people = {
        world.teacher: 200, world.technician: 200, world.stranger: 404, world.foreign_technician: 404,
        world.students[0]: 404, person_with("teacher", world.school): 404,
        person_with("school_admin", world.school): 200, person_with("auditor", world.school): 200,
        person_with("librarian", world.school): 404,
        person_with("district_technician"): 200, person_with("school_admin", world.elsewhere): 404,
    }  # fmt: skip
    for person, status in people.items():
        assert page(signed_in, person, ticket).status_code == status, person.access.roles
    client = signed_in(world.technician)
    assert client.get("/tickets/99999999/").status_code == 404
    assert client.get(f"/tickets/{'9' * 40}/").status_code == 404
    assert client.post(f"/tickets/{ticket.number}/").status_code == 405


def test_the_requester_reads_plain_words_and_never_a_note(world: Any, signed_in: Any) -> None:
    ticket = world.ticket(description="It stays dark")
    assign_ticket(actor=world.technician, ticket=ticket, assignee=world.technician)
    picture = store_picture(actor=world.technician, upload=upload(photo_of_a_phone()))
    add_message(actor=world.technician, ticket=ticket, body="SECRET-NOTE", is_internal=True, pictures=[picture])
    add_message(actor=world.technician, ticket=ticket, body="I am on my way")
    assign_ticket(actor=world.technician, ticket=ticket, assignee=None)
    answer = page(signed_in, world.teacher, ticket)
    html, words = answer.content.decode(), " ".join(text_of(answer).split())
    assert "I am on my way" in words and "Sam Lee took this on" in words
    for hidden in ("SECRET-NOTE", "Internal note", str(picture.key), "gave it back", "/assign/", "/resolve/", "/note/"):
        assert hidden not in html, hidden
    for reader in (world.technician, person_with("school_admin", world.school)):
        seen = text_of(page(signed_in, reader, ticket))
        assert "SECRET-NOTE" in seen and "Internal note" in seen


def test_the_worker_finds_facts_story_and_every_step(world: Any, signed_in: Any) -> None:
    device = DeviceFactory(school=world.school, asset_tag="C 04/12")
    ticket = world.ticket(room=world.room, devices=[device], issue_type=world.issue("device"), priority="urgent")
    answer = page(signed_in, world.technician, ticket)
    words = " ".join(text_of(answer).split())
    for fact in (
        "Ana Diaz",
        "Lincoln Elementary",
        "Room 12",
        "C 04/12",
        "Chromebook or tablet",
        "Lesson stopped",
        "nobody yet",
    ):
        assert fact in words
    assert device.get_absolute_url() in answer.content.decode()
    assert answer.context["can"] == {"reply", "note", "assign", "wait", "resolve", "cancel"}
    assert "Only technicians see this" in words
    for key in ('data-key="r"', 'data-key="i"', 'data-key="a"', 'data-key="e"'):
        assert key in answer.content.decode()


def test_a_reader_reads_and_does_nothing(world: Any, signed_in: Any) -> None:
    ticket = world.ticket()
    answer = page(signed_in, person_with("auditor", world.school), ticket)
    assert answer.context["can"] == set() and b"<textarea" not in answer.content


@pytest.mark.parametrize(
    ("step", "teacher", "technician"),
    [
        ("new", {"reply", "cancel"}, {"reply", "note", "assign", "wait", "resolve", "cancel"}),
        ("waiting", {"reply", "cancel"}, {"reply", "note", "assign", "resume", "resolve", "cancel"}),
        ("resolved", {"reply", "reopen", "close"}, {"reply", "note", "reopen", "close"}),
        ("closed", {"reply", "reopen"}, {"reply", "note", "reopen"}),
        ("long closed", set(), {"reply", "note"}),
    ],
)
def test_what_can_be_done_depends_on_state_and_role(
    world: Any, signed_in: Any, step: str, teacher: set[str], technician: set[str]
) -> None:
    ticket = world.ticket()
    if step == "waiting":
        wait_ticket(actor=world.technician, ticket=ticket, waiting_for="requester")
    if step in ("resolved", "closed", "long closed"):
        resolve_ticket(actor=world.technician, ticket=ticket, resolution="New lamp")
    if step in ("closed", "long closed"):
        close_ticket(actor=world.teacher, ticket=ticket)
    if step == "long closed":
        Ticket.objects.update(closed_at=timezone.now() - dt.timedelta(days=20))
    own = page(signed_in, world.teacher, ticket)
    assert own.context["can"] == teacher
    assert page(signed_in, world.technician, ticket).context["can"] == technician
    words = text_of(own)
    if step == "resolved":
        assert "It works now" in words and "Still broken" in words and "New lamp" in words
    if step == "waiting":
        assert "We need an answer from you" in words
    if step == "long closed":
        assert "Ask for help" in words


def test_a_student_is_named_where_needed_and_the_look_is_logged(world: Any, signed_in: Any) -> None:
    ticket = world.ticket(affected=world.students[0])
    assert "Mateo García-Núñez" in text_of(page(signed_in, world.technician, ticket))
    seen = Disclosure.objects.get()
    assert (seen.viewer, seen.channel, seen.purpose, seen.students) == (
        world.technician, "page", "ticket page", [world.students[0].pk],
    )  # fmt: skip
    assert "Mateo García-Núñez" in text_of(page(signed_in, world.teacher, ticket))
    assert Disclosure.objects.count() == 2


def test_a_requester_who_no_longer_teaches_the_student_reads_no_name(world: Any, signed_in: Any) -> None:
    ticket = world.ticket(affected=world.students[0])
    world.section.enrolments.filter(person=world.teacher).update(is_active=False)
    words = text_of(page(signed_in, world.teacher, ticket))
    assert "Mateo" not in words and "a student" in words
    assert not Disclosure.objects.exists()


def test_a_student_sees_the_own_request_without_a_log(world: Any, signed_in: Any) -> None:
    ticket = world.ticket(actor=world.students[0])
    assert page(signed_in, world.students[0], ticket).status_code == 200
    assert not Disclosure.objects.exists()
    assert page(signed_in, world.students[1], ticket).status_code == 404


def test_what_people_wrote_is_only_text_and_addresses_become_links(world: Any, signed_in: Any) -> None:
    ticket = world.ticket(EVIL, description=f"{EVIL}\nsee https://padlet.com/x?a=1&b=2 and javascript:alert(3)")
    add_message(actor=world.technician, ticket=ticket, body=EVIL)
    add_message(actor=world.technician, ticket=ticket, body=EVIL, is_internal=True)
    resolve_ticket(actor=world.technician, ticket=ticket, resolution=EVIL)
    for person in (world.teacher, world.technician):
        html = page(signed_in, person, ticket).content.decode()
        assert "<script>alert" not in html and "<img src=x" not in html and 'href="javascript' not in html
        assert 'href="https://padlet.com/x?a=1&amp;b=2" rel="nofollow"' in html


@pytest.mark.parametrize("count", [1, 3, 30])
def test_the_page_costs_the_same_for_any_story(
    world: Any, signed_in: Any, django_assert_num_queries: Any, count: int
) -> None:
    ticket = world.ticket(devices=[DeviceFactory(school=world.school)], affected=world.students[0])
    for n in range(count):
        picture = store_picture(actor=world.technician, upload=upload(photo_of_a_phone()))
        add_message(actor=world.technician, ticket=ticket, body=f"{n}", pictures=[picture], is_internal=bool(n % 2))
        assign_ticket(actor=world.technician, ticket=ticket, assignee=None if n % 2 else world.technician)
    for person, queries in ((world.technician, 17), (world.teacher, 19)):
        client = signed_in(person)
        client.get(f"/tickets/{ticket.number}/")
        with django_assert_num_queries(queries):
            client.get(f"/tickets/{ticket.number}/")


def test_who_opens_a_ticket_has_read_what_was_told_of_it(world: Any, signed_in: Any) -> None:
    ticket, other = world.ticket(), world.ticket()
    told = Notification.objects.for_person(world.technician).unread()
    assert set(told.values_list("path", flat=True)) == {ticket.get_absolute_url(), other.get_absolute_url()}
    page(signed_in, world.technician, ticket)
    assert [notice.path for notice in told] == [other.get_absolute_url()]
    page(signed_in, world.teacher, other)
    assert told.count() == 1, "somebody else's notices stay as they are"


def test_the_device_page_lists_its_tickets_as_far_as_the_reader_may(world: Any, signed_in: Any) -> None:
    device = DeviceFactory(school=world.school, assigned_to=world.students[0])
    ticket = world.ticket("Cracked screen", devices=[device], affected=world.students[0])
    answer = signed_in(world.technician).get(device.get_absolute_url())
    assert answer.status_code == 200 and "Cracked screen" in text_of(answer)
    assert ticket.get_absolute_url() in answer.content.decode()
    colleague = person_with("librarian", world.school)
    shown = signed_in(colleague).get(device.get_absolute_url())
    assert shown.status_code == 200 and "Cracked screen" not in text_of(shown)

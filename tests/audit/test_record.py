"""History: what an entry holds, that it belongs to the change's transaction, and that both ends are tied together."""

from __future__ import annotations

from typing import Any

import pghistory
import pytest
from django.apps import apps
from django.db import transaction
from django.urls import reverse

from techdesk.audit.actions import Deed, disclose, record, record_many
from techdesk.audit.models import AuditEntry, ChangeEvent, Disclosure
from techdesk.base.log import request_id
from techdesk.directory.models import Person
from tests.factories import PersonFactory, RoomFactory, SchoolFactory, StudentFactory, person_with

pytestmark = pytest.mark.django_db


def test_an_entry_and_an_event_say_the_same() -> None:
    actor, room = PersonFactory(), RoomFactory()
    token = request_id.set("request-0001")
    try:
        record(actor=actor, verb="change", thing=room, facts={"fields": ["name"]})
    finally:
        request_id.reset(token)

    entry, event = AuditEntry.objects.get(), ChangeEvent.objects.get()
    assert (entry.actor_id, entry.verb, entry.facts) == (actor.pk, "change", {"fields": ["name"]})
    assert (entry.object_type, entry.object_key) == (event.object_type, event.object_key) == ("rooms", room.public_key)
    assert (entry.school_id, entry.request_id) == (room.school_id, "request-0001")
    assert (event.verb, event.version, event.number) == ("change", 1, None)
    assert event.school_before_id == event.school_after_id == room.school_id


def test_a_move_between_schools_keeps_both() -> None:
    before, room = SchoolFactory(), RoomFactory()
    record(actor=PersonFactory(), verb="move", thing=room, school_before=before.pk)
    event = ChangeEvent.objects.get()
    assert (event.school_before_id, event.school_after_id) == (before.pk, room.school_id)


@pytest.mark.parametrize("many", [1, 3])
def test_many_are_two_queries_and_for_people_one_more(many: int, django_assert_num_queries: Any) -> None:
    actor, rooms = PersonFactory(), RoomFactory.create_batch(many)
    with django_assert_num_queries(2):
        record_many(actor=actor, deeds=[Deed(verb="change", thing=room) for room in rooms])
    people = PersonFactory.create_batch(many)
    AuditEntry.objects.all().delete()
    ChangeEvent.objects.all().delete()
    # Where people are known is asked, once for all of them.
    with django_assert_num_queries(3):
        record_many(actor=actor, deeds=[Deed(verb="change", thing=person) for person in people])
    assert AuditEntry.objects.count() == ChangeEvent.objects.count() == many


def test_history_of_one_object_is_in_order_and_asks_once(django_assert_num_queries: Any) -> None:
    room = RoomFactory()
    for verb in ("create", "change", "close"):
        record(actor=PersonFactory(), verb=verb, thing=room)
    record(actor=PersonFactory(), verb="create", thing=RoomFactory())
    with django_assert_num_queries(1):
        assert [(e.verb, bool(e.actor.name)) for e in AuditEntry.objects.about(room)] == [
            ("create", True),
            ("change", True),
            ("close", True),
        ]


def test_row_versions_and_entry_share_their_context() -> None:
    """The version that a trigger writes and the line that the action writes name the same context."""
    from techdesk.directory.actions import change_person

    person = PersonFactory()
    with pghistory.context(command="test"):
        change_person(actor=person, person=person, phone="555 0100")

    event = apps.get_model("directory", "PersonEvent").objects.filter(pgh_obj=person).latest("pgh_id")
    assert event.phone == "555 0100"
    assert event.pgh_context_id == AuditEntry.objects.about(person).get().history_context
    assert not hasattr(event, "password")


def test_a_page_that_writes_names_its_person_and_request(school: Any, signed_in: Any) -> None:
    teacher = person_with("teacher", school)
    signed_in(teacher).post(
        reverse("directory:settings"),
        {"theme": "dark", "language": "en", "default_room": ""},
        headers={"X-Request-ID": "from-the-browser-1"},
    )

    entry = AuditEntry.objects.about(teacher).get()
    assert entry.request_id == "from-the-browser-1"
    context = pghistory.models.Context.objects.get(pk=entry.history_context)
    assert context.metadata == {"person": teacher.pk, "request_id": "from-the-browser-1"}


@pytest.fixture
def school() -> Any:
    return SchoolFactory()


# --- who looked at whom ---------------------------------------------------------------------------------


def test_one_row_holds_the_whole_set() -> None:
    viewer, students = PersonFactory(), StudentFactory.create_batch(3)
    ids = [student.pk for student in students]

    disclose(viewer=viewer, channel="page", purpose="class list", students=[*ids, *ids, None])

    row = Disclosure.objects.get()
    assert (row.viewer_id, row.channel, row.purpose, row.students) == (viewer.pk, "page", "class list", sorted(ids))
    assert list(Disclosure.objects.of_student(students[1])) == [row]
    assert not Disclosure.objects.of_student(viewer).exists()


def test_nobody_and_oneself_are_no_disclosure(django_assert_num_queries: Any) -> None:
    student = StudentFactory()
    with django_assert_num_queries(0):
        disclose(viewer=student, channel="page", purpose="x", students=[])
        disclose(viewer=student, channel="page", purpose="x", students=[student.pk])


def test_what_cannot_be_logged_is_not_shown(school: Any, signed_in: Any, monkeypatch: Any) -> None:
    """The page fails when the row cannot be written: here because the purpose is too long for its column."""
    from techdesk.directory.views import people

    student = person_with("student", school)
    client = signed_in(person_with("technician", school))
    client.raise_request_exception = False
    honest = people.disclose
    monkeypatch.setattr(people, "disclose", lambda **facts: honest(**{**facts, "purpose": "x" * 100}))

    with transaction.atomic():
        answer = client.get(student.get_absolute_url())
        transaction.set_rollback(True)

    assert answer.status_code == 500
    assert Person.objects.get(pk=student.pk).family_name not in answer.content.decode()

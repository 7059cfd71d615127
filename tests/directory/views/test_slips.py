"""Slips by homeroom: who sees whose, printing, and marking them once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from techdesk.audit.models import AuditEntry, Disclosure
from techdesk.notifications.actions import notify
from techdesk.notifications.models import Delivery
from tests.factories import RoomFactory, SchoolFactory, SectionFactory, enrol, person_with

pytestmark = pytest.mark.django_db
SLIPS = reverse("directory:slips")
PRINT = reverse("directory:slips-print")
PRINTED = reverse("directory:slips-printed")


@dataclass
class Town:
    """Lincoln: Ms. Diaz has Ana and Ben in 4A, Mr. Lee has Cy in 4B; Dee has no homeroom. Eve is at Roosevelt."""

    teacher: Any
    other_teacher: Any
    office: Any
    stranger: Any
    section: Any
    students: list[Any]


@pytest.fixture
def town(db: None) -> Town:
    lincoln, roosevelt = SchoolFactory(name="Lincoln"), SchoolFactory(name="Roosevelt")
    names = ("Ana", "Ben", "Cy", "Dee")
    students = [person_with("student", lincoln, given_name=name, grade="04") for name in names]
    students.append(person_with("student", roosevelt, given_name="Eve", grade="04"))
    room = RoomFactory(school=lincoln, code="12")
    section = SectionFactory(school=lincoln, title="4A", kind="homeroom", room=room)
    teacher = person_with("teacher", lincoln, given_name="Rosa", family_name="Diaz")
    other = person_with("teacher", lincoln, given_name="Tom", family_name="Lee")
    enrol(section, teacher=teacher, students=students[:2])
    enrol(SectionFactory(school=lincoln, title="4B", kind="homeroom"), teacher=other, students=[students[2]])
    # Whoever teaches them something else does not hand out their slips.
    enrol(SectionFactory(school=lincoln, title="Art", kind="scheduled"), teacher=other, students=students[:2])
    with transaction.atomic():
        title = "Your device is ready"
        notify(recipients=students, kind="tickets.resolved", once="told", title=title, body="Fetch it.")
    return Town(
        teacher, other, person_with("school_admin", lincoln), person_with("technician", roosevelt), section, students
    )


def names_on(client: Client, person: Any, url: str = PRINT) -> set[str]:
    client.force_login(person)
    said = client.get(url).content.decode()
    return {name for name in ("Ana", "Ben", "Cy", "Dee", "Eve") if f"<h3>{name} " in said}


def test_each_sees_the_slips_they_hand_out(client: Client, town: Town) -> None:
    assert names_on(client, town.teacher) == {"Ana", "Ben"}
    assert names_on(client, town.other_teacher) == {"Cy"}
    assert names_on(client, town.office) == {"Ana", "Ben", "Cy", "Dee"}
    assert names_on(client, town.stranger) == {"Eve"}
    client.force_login(town.students[0])
    assert client.get(SLIPS).status_code == 403


def test_they_stand_by_homeroom(client: Client, town: Town) -> None:
    client.force_login(town.office)
    said = client.get(SLIPS).content.decode()
    for words in ("4A, Lincoln", "2 slips", "Rosa Diaz", "4B, Lincoln", "Without a homeroom"):
        assert words in said
    assert "Fetch it." not in said
    assert names_on(client, town.office, f"{PRINT}?homeroom={town.section.key}") == {"Ana", "Ben"}
    assert names_on(client, town.office, f"{PRINT}?homeroom=none") == {"Dee"}


def test_printing_them_is_a_disclosure(client: Client, town: Town) -> None:
    names_on(client, town.teacher)
    shown = Disclosure.objects.get(viewer=town.teacher, purpose="printed slips")
    assert shown.students == sorted(person.pk for person in town.students[:2])


def test_marked_once_and_printed_again(client: Client, town: Town) -> None:
    keys = [row.public_key for row in Delivery.objects.filter(channel="slip", recipient__in=town.students[:3])]
    client.force_login(town.teacher)
    answer = client.post(PRINTED, {"slip": [*keys, "nonsense"]}, follow=True)
    assert "2 slips are marked as printed." in answer.content.decode()
    rows = Delivery.objects.filter(channel="slip", state="sent")
    assert {row.recipient for row in rows} == set(town.students[:2])  # not the homeroom of somebody else
    assert {row.printed_by for row in rows} == {town.teacher}
    at = {row.pk: row.sent_at for row in rows}
    client.force_login(town.office)
    client.post(PRINTED, {"slip": keys[:2]})
    assert {row.pk: (row.sent_at, row.printed_by) for row in rows.all()} == {
        pk: (moment, town.teacher) for pk, moment in at.items()
    }
    assert AuditEntry.objects.filter(verb="print_slips").count() == 2
    assert names_on(client, town.teacher) == set()
    assert names_on(client, town.teacher, f"{PRINT}?printed=1") == {"Ana", "Ben"}
    assert "printed by Rosa Diaz" in client.get(f"{PRINT}?printed=1").content.decode()


def test_who_left_gets_no_slip(client: Client, town: Town) -> None:
    ana = town.students[0]
    ana.is_active = False
    ana.save(update_fields=["is_active"])
    assert names_on(client, town.teacher) == {"Ben"}

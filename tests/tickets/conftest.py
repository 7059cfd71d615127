"""A school with its people, as most tests of tickets need them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.factories import RoomFactory, SchoolFactory, SectionFactory, enrol, person_with
from tickets.actions import open_ticket
from tickets.models import IssueType


@dataclass
class World:
    """Lincoln: Ana Diaz teaches Mateo and Zoë in room 12; Sam is the technician. Roosevelt has its own people."""

    school: Any
    room: Any
    teacher: Any
    technician: Any
    students: list[Any]
    section: Any
    elsewhere: Any
    stranger: Any
    foreign_technician: Any

    def ticket(self, subject: str = "Board stays dark", **facts: Any) -> Any:
        """A ticket the teacher opened."""
        actor = facts.pop("actor", self.teacher)
        return open_ticket(actor=actor, school=facts.pop("school", self.school), subject=subject, **facts)

    def issue(self, slug: str) -> Any:
        return IssueType.objects.get(slug=slug)


@pytest.fixture
def world(db: None) -> World:
    school = SchoolFactory(name="Lincoln Elementary")
    room = RoomFactory(school=school, code="12")
    teacher = person_with("teacher", school, given_name="Ana", family_name="Diaz", default_room=room)
    technician = person_with("technician", school, given_name="Sam", family_name="Lee")
    students = [
        person_with("student", school, given_name="Mateo", family_name="García-Núñez"),
        person_with("student", school, given_name="Zoë", family_name="Müller"),
    ]
    section = SectionFactory(school=school, room=room, title="5B", kind="homeroom")
    enrol(section, teacher=teacher, students=students)
    elsewhere = SchoolFactory(name="Roosevelt Middle")
    return World(
        school=school,
        room=room,
        teacher=teacher,
        technician=technician,
        students=students,
        section=section,
        elsewhere=elsewhere,
        stranger=person_with("teacher", elsewhere),
        foreign_technician=person_with("technician", elsewhere),
    )

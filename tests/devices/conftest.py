from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.factories import (
    CartFactory,
    DeviceFactory,
    PersonFactory,
    RoomFactory,
    SchoolFactory,
    SectionFactory,
    StudentFactory,
    enrol,
    person_with,
)


def build_place() -> Any:
    """Lincoln with a technician, a teacher of one student, a room, a cart of 5 and a device; Roosevelt with its own."""
    school, other = SchoolFactory(name="Lincoln"), SchoolFactory(name="Roosevelt")
    room = RoomFactory(school=school, code="12", name="Room 12")
    teacher = person_with("teacher", school, given_name="Ana", family_name="Diaz", default_room=room)
    student = person_with("student", school, given_name="Mateo", family_name="Rivera")
    enrol(SectionFactory(school=school, title="5B"), teacher=teacher, students=[student])
    return SimpleNamespace(
        school=school,
        other=other,
        room=room,
        tech=person_with("technician", school, given_name="Sam", family_name="Lee"),
        other_tech=person_with("technician", other),
        teacher=teacher,
        student=student,
        stranger=StudentFactory(given_name="Nobody", family_name="Known"),
        nobody=PersonFactory(),
        cart=CartFactory(school=school, slot_count=5, asset_tag="CART-1"),
        device=DeviceFactory(school=school, asset_tag="LIN-0412"),
        foreign=DeviceFactory(school=other, asset_tag="R-0001"),
    )


@pytest.fixture
def place(db: Any) -> Any:
    return build_place()

"""The two questions of the door, "which ones" and "this one", never disagree; and a table of who reaches what."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import Model

from devices.models import Custody, Device
from techdesk.base.policy import DISTRICT_ROLES, ROLES, matrix, may, permitted
from techdesk.directory.models import Person, Room, School, Section
from tests.factories import (
    DeviceFactory,
    PersonFactory,
    RoomFactory,
    SchoolFactory,
    SectionFactory,
    StudentFactory,
    enrol,
    grant,
    person_with,
)

#: Which actions ask about rows of which model.
ACTIONS_OF: dict[type[Model], list[str]] = {
    School: ["directory.view_school"],
    Room: ["directory.view_room"],
    Person: ["directory.view_person", "directory.invite"],
    Section: ["directory.view_section"],
    Device: [a for a in matrix() if a.startswith("devices.") and a not in {"devices.view_custody", "devices.import"}],
    Custody: ["devices.view_custody"],
}


@pytest.fixture
def world(db: None) -> dict[str, Any]:
    """Two schools, each with a room, a teacher with a section of two students, and devices in several hands."""
    from techdesk.directory.models import Person as _Person  # noqa: F401

    made: dict[str, Any] = {"schools": [], "people": []}
    for _n in range(2):
        school = SchoolFactory()
        room = RoomFactory(school=school)
        teacher = person_with("teacher", school, default_room=room)
        students = [person_with("student", school) for _ in range(2)]
        section = SectionFactory(school=school, room=room)
        enrol(section, teacher=teacher, students=students)
        DeviceFactory(school=school, home_room=room)
        DeviceFactory(school=school, assigned_to=students[0])
        DeviceFactory(school=school, responsible=teacher, slot_count=30)
        held = DeviceFactory(school=school, status="in_use")
        Custody.objects.create(device=held, school=school, holder_type="person", person=students[1], out_by=teacher)
        made["schools"].append(school)
        made["people"] += [teacher, *students]
    return made


def _viewers(world: dict[str, Any]) -> list[Any]:
    viewers = [*world["people"], PersonFactory(), PersonFactory(is_active=False), StudentFactory()]
    for role in ROLES:
        if role in DISTRICT_ROLES:
            viewers.append(person_with(role))
            continue
        viewers += [person_with(role, school) for school in world["schools"]]
    everywhere = person_with("technician")
    narrowed = Person.objects.get(pk=everywhere.pk)
    narrowed.narrow_to(world["schools"][0].pk)
    two_hats = person_with("teacher", world["schools"][0])
    grant(two_hats, "librarian", world["schools"][1])
    return [*viewers, everywhere, narrowed, two_hats]


def test_which_ones_and_this_one_agree_for_every_action_role_and_school(world: dict[str, Any]) -> None:
    compared = 0
    for viewer in _viewers(world):
        for model, actions in ACTIONS_OF.items():
            for action in actions:
                rows = {row.pk for row in permitted(viewer, action, model._default_manager.all())}
                for thing in model._default_manager.all():
                    assert may(viewer, action, thing) == (thing.pk in rows), (viewer, action, thing)
                    compared += 1
    assert compared > 1000


def test_somebody_without_a_role_sees_only_what_is_their_own(world: dict[str, Any]) -> None:
    stranger = PersonFactory()
    assert list(permitted(stranger, "directory.view_person", Person.objects.all())) == [stranger]
    for model in (School, Room, Section, Device, Custody):
        assert not model._default_manager.all().visible_to(stranger).exists()


def test_a_token_for_one_school_never_reaches_another(world: dict[str, Any]) -> None:
    first, second = world["schools"]
    admin = person_with("district_admin")
    assert Device.objects.visible_to(admin).count() == 8
    admin.narrow_to(second.pk)
    assert {device.school_id for device in Device.objects.visible_to(admin)} == {second.pk}
    assert may(admin, "devices.import", school_id=second.pk)
    assert not may(admin, "devices.import", school_id=first.pk)
    teacher = Person.objects.get(pk=world["people"][0].pk)
    teacher.narrow_to(second.pk)
    assert not Device.objects.visible_to(teacher).exists()


def test_a_teacher_reaches_the_devices_of_her_students_and_nobody_elses(world: dict[str, Any]) -> None:
    teacher = world["people"][0]
    seen = Device.objects.visible_to(teacher)
    assert seen.count() == 4
    assert {device.school_id for device in seen} == {world["schools"][0].pk}
    assert not may(teacher, "devices.check_out")

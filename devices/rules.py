"""Who may see, hand out, take back and import devices."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from devices.models import Custody, Device
from techdesk.base.policy import ANYONE, Reach, Scope, declare
from techdesk.base.sets import among
from techdesk.directory.choices import EnrolmentRole
from techdesk.directory.models import Enrolment

OWN, SECTION, SCHOOL, DISTRICT = Scope.OWN, Scope.SECTION, Scope.SCHOOL, Scope.DISTRICT

_TECHNICIANS = {"technician": SCHOOL, "district_technician": SCHOOL, "district_admin": SCHOOL}
_DESK = {**_TECHNICIANS, "librarian": SCHOOL, "library_aide": SCHOOL}

MATRIX: dict[str, dict[str, Scope]] = {
    "devices.view": {
        ANYONE: OWN,
        "teacher": SECTION,
        **_DESK,
        "testing_coordinator": SCHOOL,
        "school_admin": SCHOOL,
        "auditor": SCHOOL,
    },
    "devices.view_custody": {
        ANYONE: OWN,
        "teacher": SECTION,
        **_DESK,
        "testing_coordinator": SCHOOL,
        "school_admin": SCHOOL,
        "auditor": SCHOOL,
    },
    "devices.list": {**_DESK, "testing_coordinator": SCHOOL, "school_admin": SCHOOL, "auditor": SCHOOL},
    "devices.check_out": _DESK,
    "devices.check_in": _DESK,
    "devices.change": _TECHNICIANS,
    "devices.retire": _TECHNICIANS,
    "devices.import": {"technician": SCHOOL, "district_technician": SCHOOL, "district_admin": SCHOOL},
}


def my_students(person: Any) -> Any:
    """Ids of the students in the sections that `person` teaches, as a subquery."""
    mine = Enrolment.objects.in_force().filter(person=person, role=EnrolmentRole.TEACHER)
    theirs = Enrolment.objects.in_force().filter(section__in=mine.values("section_id"), role=EnrolmentRole.STUDENT)
    return theirs.values("person_id")


def _room_of(person: Any) -> int | None:
    """The room whose things are also mine: a teacher's, not a student's homeroom."""
    return None if person.is_student else person.default_room_id


def _carts_of(person: Any) -> Any:
    return Device.objects.answered_for_by(person).values("pk")


def _own_custodies(person: Any) -> Q:
    """What I have or had; what is or was in my room and in the carts I answer for."""
    mine = Q(person=person) | among("cart_id", _carts_of(person))
    if room_id := _room_of(person):
        mine |= Q(room_id=room_id)
    return mine


def _own_devices(person: Any) -> Q:
    """What I have, am assigned or answer for; what is in my carts and my room, or at home there."""
    held = Custody.objects.open().filter(_own_custodies(person)).values("device_id")
    mine = among("pk", held) | Q(assigned_to=person) | Q(responsible=person)
    mine |= among("home_cart_id", _carts_of(person))
    if room_id := _room_of(person):
        mine |= Q(home_room_id=room_id)
    return mine


def _devices_of_my_students(person: Any) -> Q:
    students = my_students(person)
    held = Custody.objects.open().filter(among("person_id", students)).values("device_id")
    return among("pk", held) | among("assigned_to_id", students)


declare(
    MATRIX,
    {
        Device: Reach(own=_own_devices, section=_devices_of_my_students),
        Custody: Reach(own=_own_custodies, section=lambda person: among("person_id", my_students(person))),
    },
)

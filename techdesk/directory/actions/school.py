"""Schools and their rooms."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from techdesk.audit.actions import record
from techdesk.base.errors import BadInput, Stale
from techdesk.directory.actions.fields import put, unless_taken
from techdesk.directory.actions.locks import lock_school
from techdesk.directory.choices import RoomKind
from techdesk.directory.models import Person, Room, School
from techdesk.directory.models.school import district_time_zone

CHANGEABLE = frozenset({"name", "time_zone", "is_active"})


def _code_taken(message: Any, code: str) -> BadInput:
    return BadInput(message, code=code, errors={"code": [message]})


@transaction.atomic
def create_school(*, actor: Person, code: str, name: str, time_zone: str | None = None) -> School:
    """Add a school. Its code is unique without case and never used again.

    Raises BadInput: `duplicate_code`, or `bad_input` with messages by field (an unknown time zone among them).
    """
    school = School()
    put(school, {"code": code, "name": name, "time_zone": time_zone or district_time_zone()})
    with unless_taken(
        "directory_school_code", _code_taken(_("Another school already has this code."), "duplicate_code")
    ):
        school.save()
    record(actor=actor, verb="create", thing=school, facts={"code": school.code})
    return school


@transaction.atomic
def change_school(*, actor: Person, school: School, version: int | None = None, **fields: Any) -> School:
    """Change name, time zone or whether the school is active. The same values again change nothing.

    Raises Stale when `version` is not the present one, BadInput by field, TypeError for another field.
    """
    if unknown := set(fields) - CHANGEABLE:
        raise TypeError(f"change_school() does not change {sorted(unknown)}")
    kept = lock_school(school)
    if version is not None and version != kept.version:
        raise Stale(_("Somebody else changed this school meanwhile. Look at it again, then save."))
    changed = put(kept, fields)
    if changed:
        kept.write(*changed)
        record(actor=actor, verb="change", thing=kept, facts={"fields": sorted(changed)})
    return kept


@transaction.atomic
def create_room(
    *,
    actor: Person,
    school: School,
    code: str,
    name: str = "",
    kind: str = RoomKind.CLASSROOM,
    building: str = "",
    floor: str = "",
) -> Room:
    """Add a room to a school. Its code is unique within the school without case; its sign code is made here.

    Raises BadInput: `duplicate_code`, or `bad_input` with messages by field.
    """
    room = Room(school=school)
    put(room, {"code": code, "name": name, "kind": kind, "building": building, "floor": floor})
    with unless_taken(
        "directory_room_code", _code_taken(_("The school already has a room of this code."), "duplicate_code")
    ):
        room.save()
    record(actor=actor, verb="create", thing=room, facts={"code": room.code})
    return room

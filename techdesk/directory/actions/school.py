"""Schools and their rooms."""

from __future__ import annotations

from copy import copy
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from techdesk.audit.actions import Deed, record, record_many
from techdesk.base.errors import BadInput, Stale
from techdesk.directory.actions.fields import put, unless_taken
from techdesk.directory.actions.locks import lock_room, lock_school
from techdesk.directory.choices import RoomKind
from techdesk.directory.models import Person, Room, School
from techdesk.directory.models.school import district_time_zone

CHANGEABLE = frozenset({"name", "time_zone", "is_active"})
CHANGEABLE_OF_ROOM = frozenset({"code", "name", "kind", "building", "floor", "is_active"})


def _code_taken(message: Any, code: str) -> BadInput:
    return BadInput(message, code=code, errors={"code": [message]})


def _room_code_taken() -> BadInput:
    return _code_taken(_("The school already has a room of this code."), "duplicate_code")


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
        text = _("Somebody else changed this school meanwhile. Look at it again, then save.")
        raise Stale(text, version=kept.version)
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

    Raises BadInput: `duplicate_code`, `unknown_school` (it is closed), or `bad_input` with messages by field.
    """
    kept = lock_school(school)
    if not kept.is_active:
        text = _("This school is closed.")
        raise BadInput(text, code="unknown_school", errors={"school": [text]})
    room = Room(school=kept)
    put(room, {"code": code, "name": name, "kind": kind, "building": building, "floor": floor})
    with unless_taken("directory_room_code", _room_code_taken()):
        room.save()
    record(actor=actor, verb="create", thing=room, facts={"code": room.code})
    return room


@transaction.atomic
def change_room(*, actor: Person, room: Room, version: int | None = None, **fields: Any) -> Room:
    """Change what CHANGEABLE_OF_ROOM names. The same values again change nothing; the sign code stays for ever.

    A room that is switched off is offered nowhere any more; what stands in it stays there until somebody moves it.
    With a new code the room has a new public name: whoever follows the old one is told that it is gone. Raises Stale
    when `version` is not the present one, BadInput as `create_room` does, TypeError for another field.
    """
    if unknown := set(fields) - CHANGEABLE_OF_ROOM:
        raise TypeError(f"change_room() does not change {sorted(unknown)}")
    kept = lock_room(room)
    if version is not None and version != kept.version:
        text = _("Somebody else changed this room meanwhile. Look at it again, then save.")
        raise Stale(text, version=kept.version)
    before = copy(kept)
    changed = put(kept, fields)
    if not changed:
        return kept
    with unless_taken("directory_room_code", _room_code_taken()):
        kept.write(*changed)
    deeds = [Deed("change", kept, {"fields": sorted(changed)})]
    if before.public_key != kept.public_key:
        before.version = kept.version
        deeds.append(Deed("rename", before, {"now": kept.public_key}))
    record_many(actor=actor, deeds=deeds)
    return kept

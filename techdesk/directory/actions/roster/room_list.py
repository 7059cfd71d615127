"""Rooms of a list of rooms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from techdesk.audit.actions import Deed, record_many
from techdesk.base.clock import now
from techdesk.directory.choices import RoomKind
from techdesk.directory.models import Person, Room
from techdesk.jobs.choices import Verdict
from techdesk.jobs.hooks import changed_facts, target
from techdesk.jobs.models import ImportRow, ImportRun

_FIELDS = ("name", "kind", "building", "floor")


def write_room_list(
    *, actor: Person, run: ImportRun, rows: Sequence[ImportRow], rooms: Mapping[int, Room], school_id: int
) -> None:
    """Create and change the rooms of one school. rooms: what the comparison locked, by id."""
    created: list[Room] = []
    changed: list[Room] = []
    deeds = []
    moment, facts = now(), {"import": run.public_key}
    for row in rows:
        if row.verdict == Verdict.CREATE:
            said = {name: row.data.get(name, "") for name in _FIELDS}
            room = Room(school_id=school_id, code=row.data["code"], **{**said, "kind": said["kind"] or _kind(row)})
            created.append(room)
            continue
        room = rooms[target(row)]
        for name in (fields := changed_facts(row)):
            setattr(room, name, row.data[name])
        room.version, room.updated_at = room.version + 1, moment
        changed.append(room)
        deeds.append(Deed("change", room, {**facts, "fields": sorted(fields)}))
    Room.objects.bulk_create(created)
    Room.objects.bulk_update(changed, [*_FIELDS, "version", "updated_at"])
    made = iter(created)
    for row in rows:
        if row.verdict == Verdict.CREATE:
            row.target_id = next(made).pk
    deeds += [Deed("create", room, {**facts, "code": room.code}) for room in created]
    record_many(actor=actor, deeds=deeds)


def _kind(row: ImportRow) -> str:
    return str(row.data.get("_kind") or RoomKind.CLASSROOM)

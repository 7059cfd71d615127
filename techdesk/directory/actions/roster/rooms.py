"""Rooms that a roster names, and the rooms of those who teach a homeroom there."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from techdesk.audit.actions import Deed, record_many
from techdesk.base.clock import now
from techdesk.directory.actions.locks import lock_people
from techdesk.directory.choices import EnrolmentRole, SectionKind
from techdesk.directory.models import Enrolment, Person, Room, School
from techdesk.jobs.models import ImportRow, ImportRun


def write_rooms(*, actor: Person, run: ImportRun, rows: Sequence[ImportRow]) -> None:
    """Create the rooms of `rows` (code, kind, code of the school)."""
    codes = {row.data["school"] for row in rows}
    schools = {school.code: school for school in School.objects.filter(code__in=codes)}
    rooms = [_room(row, schools[row.data["school"]]) for row in rows]
    Room.objects.bulk_create(rooms)
    for row, room in zip(rows, rooms, strict=True):
        row.target_id = room.pk
    facts = {"import": run.public_key}
    record_many(actor=actor, deeds=[Deed("create", room, {**facts, "code": room.code}) for room in rooms])


def _room(row: ImportRow, school: School) -> Room:
    code = row.data["code"]
    # "104" is called room 104, "Gym" is called by its name.
    name = "" if any(c.isdecimal() for c in code) else code
    return Room(school=school, code=code, name=name, kind=row.data["kind"])


def give_teachers_rooms(*, actor: Person, run: ImportRun, sections: Collection[int]) -> None:
    """Whoever teaches one of these homerooms, and has no room of their own, gets that of the homeroom."""
    found = Enrolment.objects.filter(  # also who begins in August
        is_active=True,
        section_id__in=sections,
        section__kind=SectionKind.HOMEROOM,
        section__room__isnull=False,
        role=EnrolmentRole.TEACHER,
        is_primary=True,
        person__default_room__isnull=True,
    )
    rooms = dict(found.order_by("-section_id").values_list("person_id", "section__room_id"))
    if not rooms:
        return
    moment = now()
    people = [p for p in lock_people(Person(pk=pk) for pk in rooms) if p.default_room_id is None]
    for person in people:
        person.default_room_id = rooms[person.pk]
        person.version, person.updated_at = person.version + 1, moment
    Person.objects.bulk_update(people, ["default_room", "version", "updated_at"])
    facts = {"fields": ["default_room"], "import": run.public_key}
    record_many(actor=actor, deeds=[Deed("change", person, facts) for person in people])

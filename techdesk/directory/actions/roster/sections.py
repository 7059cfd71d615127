"""Sections of a roster with their terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from techdesk.audit.actions import Deed, record_many
from techdesk.base.clock import now
from techdesk.directory.actions.links import write_links
from techdesk.directory.actions.roster.rooms import give_teachers_rooms
from techdesk.directory.models import Person, Room, Section
from techdesk.jobs.choices import Verdict
from techdesk.jobs.hooks import changed_facts, target
from techdesk.jobs.models import ImportRow, ImportRun

_SAME = ("title", "code", "kind", "course_title", "grades", "periods", "location")
_SAVED = (*_SAME, "school", "year", "room", "is_active", "version", "updated_at")


def write_sections(
    *,
    actor: Person,
    run: ImportRun,
    rows: Sequence[ImportRow],
    sections: Mapping[int, Section],
    school_ids: Mapping[str, int],
    year_ids: Mapping[str, int],
    term_ids: Mapping[str, int],
    rooms: Mapping[tuple[int, str], Room],
) -> None:
    """Create, change, end and reopen sections. Ids by school code and by the sourcedId of year and term."""
    created: list[Section] = []
    changed: list[Section] = []
    deeds = []
    moment = now()
    for row in rows:
        is_new = row.verdict == Verdict.CREATE
        section = Section() if is_new else sections[target(row)]
        before = section.school_id
        _put(section, row, school_ids, year_ids, rooms)
        if row.verdict == Verdict.DEACTIVATE:
            section.is_active = bool(row.before.get("_stays"))
        else:
            section.is_active = True
        (created if is_new else changed).append(section)
        if not is_new:
            section.version, section.updated_at = section.version + 1, moment
        verb = "create" if is_new else "deactivate" if row.verdict == Verdict.DEACTIVATE else "change"
        facts = {"fields": sorted(changed_facts(row)), "import": run.public_key}
        deeds.append(Deed(verb, section, facts, school_before=section.school_id if is_new else before))
    Section.objects.bulk_create(created)
    Section.objects.bulk_update(changed, _SAVED, batch_size=250)
    made = iter(created)
    for row in rows:
        if row.verdict == Verdict.CREATE:
            row.target_id = next(made).pk
    _write_terms(rows, term_ids)
    write_links(source=run.source, kind="section", rows=rows)
    record_many(actor=actor, deeds=deeds)
    moved = [section.pk for section in changed if section.room_id]
    if moved:
        give_teachers_rooms(actor=actor, run=run, sections=moved)


def _put(
    section: Section,
    row: ImportRow,
    school_ids: Mapping[str, int],
    year_ids: Mapping[str, int],
    rooms: Mapping[tuple[int, str], Room],
) -> None:
    for name in _SAME:
        if name in row.data:
            setattr(section, name, row.data[name])
    if "school" in row.data:
        section.school_id = school_ids[row.data["school"]]
        section.year_id = year_ids.get(row.data["year"])
    if "room" in row.data:
        section.room = rooms.get((section.school_id, row.data["room"]))


def _write_terms(rows: Sequence[ImportRow], term_ids: Mapping[str, int]) -> None:
    """The terms of each section, as the rows have them; one statement to take away, one to add."""
    through: Any = Section.terms.through
    touched = [row for row in rows if "terms" in row.data and row.before.get("terms", []) != row.data["terms"]]
    if not touched:
        return
    through.objects.filter(section_id__in=[target(row) for row in touched]).delete()
    through.objects.bulk_create(
        [
            through(section_id=target(row), term_id=term_ids[key])
            for row in touched
            for key in row.data["terms"]
            if key in term_ids
        ]
    )

"""Who is in which section, as the roster says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from techdesk.audit.actions import Deed, record_many
from techdesk.base.clock import district_today, now
from techdesk.directory.actions.links import write_links
from techdesk.directory.actions.roster.rooms import give_teachers_rooms
from techdesk.directory.choices import SectionKind
from techdesk.directory.models import Enrolment, Person, Section
from techdesk.jobs.choices import Verdict
from techdesk.jobs.hooks import target
from techdesk.jobs.models import ImportRow, ImportRun


def write_enrolments(
    *,
    actor: Person,
    run: ImportRun,
    rows: Sequence[ImportRow],
    enrolments: Mapping[int, Enrolment],
    sections: Mapping[int, Section],
    section_ids: Mapping[str, int],
    person_ids: Mapping[str, int],
) -> None:
    """Create, change and end enrolments. A section whose members change gets a new version and a line of history.

    enrolments, sections: what the comparison locked, by id. An enrolment that ends keeps its row; it ends today,
    unless it was over before.
    """
    created: list[Enrolment] = []
    changed: list[Enrolment] = []
    touched: set[int] = set()
    today = district_today()
    for row in rows:
        is_new = row.verdict == Verdict.CREATE
        enrolment = Enrolment() if is_new else enrolments[target(row)]
        if not is_new:
            touched.add(enrolment.section_id)
        if row.verdict == Verdict.DEACTIVATE:
            if not row.before.get("_stays"):
                enrolment.is_active = False
                enrolment.ends_on = min(enrolment.ends_on or today, today)
                changed.append(enrolment)
            continue
        enrolment.section_id = section_ids[row.data["section"]]
        enrolment.person_id = person_ids[row.data["person"]]
        enrolment.role = row.data["role"]
        enrolment.is_primary = row.data["is_primary"]
        enrolment.begins_on = _day(row.data["begins_on"])
        enrolment.ends_on = _day(row.data["ends_on"])
        enrolment.is_active = True
        touched.add(enrolment.section_id)
        (created if is_new else changed).append(enrolment)
    Enrolment.objects.bulk_create(created)
    Enrolment.objects.bulk_update(
        changed,
        ["section", "person", "role", "is_primary", "begins_on", "ends_on", "is_active"],
        batch_size=250,
    )
    made = iter(created)
    for row in rows:
        if row.verdict == Verdict.CREATE:
            row.target_id = next(made).pk
    write_links(source=run.source, kind="enrolment", rows=rows)
    with_room = [pk for pk in touched if sections[pk].room_id and sections[pk].kind == SectionKind.HOMEROOM]
    if with_room:
        give_teachers_rooms(actor=actor, run=run, sections=with_room)
    _tell_sections(actor, run, [sections[pk] for pk in sorted(touched)])


def _day(value: str | None) -> dt.date | None:
    return dt.date.fromisoformat(value) if value else None


def _tell_sections(actor: Person, run: ImportRun, sections: Sequence[Section]) -> None:
    moment = now()
    for section in sections:
        section.version, section.updated_at = section.version + 1, moment
    Section.objects.bulk_update(sections, ["version", "updated_at"])
    facts = {"fields": ["members"], "import": run.public_key}
    record_many(actor=actor, deeds=[Deed("change", section, facts) for section in sections])

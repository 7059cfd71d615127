"""The district's name and its schools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from techdesk.audit.actions import Deed, record_many
from techdesk.base.clock import now
from techdesk.directory.actions.links import write_links
from techdesk.directory.models import District, Person, School
from techdesk.jobs.choices import Verdict
from techdesk.jobs.hooks import changed_facts, target
from techdesk.jobs.models import ImportRow, ImportRun


def write_orgs(*, actor: Person, run: ImportRun, rows: Sequence[ImportRow], schools: Mapping[int, School]) -> None:
    """Create, change, close and reopen schools; name the district when it has no name yet."""
    districts = [row for row in rows if row.data["type"] == "district"]
    for row in districts:
        if row.target_id is None:
            row.target_id = District.objects.create(name=row.data["name"]).pk
        elif row.verdict == Verdict.UPDATE and "name" in row.before:
            District.objects.filter(pk=row.target_id).update(name=row.data["name"])
    write_links(source=run.source, kind="district", rows=districts)
    of_schools = [row for row in rows if row.data["type"] == "school"]
    made = _create([row for row in of_schools if row.verdict == Verdict.CREATE])
    deeds = [Deed("create", school, {"code": school.code, "import": run.public_key}) for school in made]
    deeds += _change([row for row in of_schools if row.verdict != Verdict.CREATE], schools, run)
    write_links(source=run.source, kind="school", rows=of_schools)
    record_many(actor=actor, deeds=deeds)


def _create(rows: Sequence[ImportRow]) -> list[School]:
    schools = [School(code=row.data["code"], name=row.data["name"]) for row in rows]
    School.objects.bulk_create(schools)
    for row, school in zip(rows, schools, strict=True):
        row.target_id = school.pk
    return schools


def _change(rows: Sequence[ImportRow], schools: Mapping[int, School], run: ImportRun) -> list[Deed]:
    deeds, touched, moment = [], [], now()
    for row in rows:
        school = schools[target(row)]
        fields = changed_facts(row)
        is_active = school.is_active
        if "listed" in fields:
            # Joining a school that people closed does not open it; coming back to the roster does.
            is_active = bool(row.data["listed"]) if row.verdict == Verdict.DEACTIVATE else True
        if "name" not in fields and is_active == school.is_active:
            continue
        school.name = row.data.get("name", school.name)
        school.is_active = is_active
        school.version, school.updated_at = school.version + 1, moment
        touched.append(school)
        deeds.append(Deed("change", school, {"fields": sorted(fields), "import": run.public_key}))
    School.objects.bulk_update(touched, ["name", "is_active", "version", "updated_at"])
    return deeds

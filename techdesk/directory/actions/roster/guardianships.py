"""Who looks after whom, as a file says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from techdesk.audit.actions import Deed, record_many
from techdesk.base.clock import now
from techdesk.directory.models import Guardianship, Person
from techdesk.jobs.choices import Verdict
from techdesk.jobs.hooks import target
from techdesk.jobs.models import ImportRow, ImportRun


def write_guardianships(
    *,
    actor: Person,
    run: ImportRun,
    rows: Sequence[ImportRow],
    held: Mapping[int, Guardianship],
    students: Mapping[int, Person],
    person_ids: Mapping[str, int],
) -> None:
    """Create, change and end guardianships; a student whose guardians change gets a new version.

    held, students: what the comparison locked, by id. person_ids: key of the file -> id.
    """
    created: list[Guardianship] = []
    changed: list[Guardianship] = []
    touched: set[int] = set()
    moment = now()
    for row in rows:
        if row.verdict == Verdict.CREATE:
            one = Guardianship(
                student_id=person_ids[row.data["student"]],
                guardian_id=person_ids[row.data["guardian"]],
                relationship=row.data.get("relationship", ""),
                is_primary=row.data["is_primary"],
                source=run.source,
                begins_at=moment,
            )
            created.append(one)
        else:
            one = held[target(row)]
            if row.verdict == Verdict.DEACTIVATE:
                one.ended_at = moment
            else:
                one.relationship = row.data.get("relationship", one.relationship)
            changed.append(one)
        touched.add(one.student_id)
    Guardianship.objects.bulk_create(created)
    Guardianship.objects.bulk_update(changed, ["relationship", "ended_at"])
    made = iter(created)
    for row in rows:
        if row.verdict == Verdict.CREATE:
            row.target_id = next(made).pk
    people = [students[pk] for pk in sorted(touched)]
    for student in people:
        student.version, student.updated_at = student.version + 1, moment
    Person.objects.bulk_update(people, ["version", "updated_at"])
    facts = {"fields": ["guardians"], "import": run.public_key}
    record_many(actor=actor, deeds=[Deed("change", student, facts) for student in people])

"""School years and terms. There are a handful, so they are written one by one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from techdesk.audit.actions import Deed, record_many
from techdesk.base.clock import now
from techdesk.directory.actions.links import write_links
from techdesk.directory.actions.locks import lock_schools
from techdesk.directory.choices import TermKind
from techdesk.directory.models import ExternalId, Person, School, SchoolYear, Term
from techdesk.jobs.hooks import changed_facts
from techdesk.jobs.models import ImportRow, ImportRun


def write_sessions(*, actor: Person, run: ImportRun, rows: Sequence[ImportRow]) -> None:
    """Create and correct school years and terms. A new calendar is a change of every school."""
    schools = lock_schools(School.objects.all())
    years = [row for row in rows if row.data["type"] == TermKind.YEAR]
    terms = [row for row in rows if row.data["type"] != TermKind.YEAR]
    for row in years:
        year = SchoolYear.objects.filter(pk=row.target_id).first() if row.target_id else SchoolYear()
        row.target_id = _save(year, row)
    write_links(source=run.source, kind="year", rows=years)
    year_ids = dict(ExternalId.objects.filter(source=run.source, kind="year").values_list("value", "target_id"))
    for row in terms:
        term = Term.objects.filter(pk=row.target_id).first() if row.target_id else Term(kind=row.data["type"])
        if term is not None and row.data["listed"]:
            term.year_id = year_ids[row.data["year"]]
        row.target_id = _save(term, row)
    write_links(source=run.source, kind="term", rows=terms)
    moment = now()
    for school in schools:
        school.version, school.updated_at = school.version + 1, moment
    School.objects.bulk_update(schools, ["version", "updated_at"])
    facts = {"fields": sorted({name for row in rows for name in changed_facts(row)}), "import": run.public_key}
    record_many(actor=actor, deeds=[Deed("import_calendar", school, facts) for school in schools])


def _save(session: Any, row: ImportRow) -> int:
    if row.data["listed"]:
        session.name = row.data["name"]
        session.starts_on = dt.date.fromisoformat(row.data["starts_on"])
        session.ends_on = dt.date.fromisoformat(row.data["ends_on"])
        session.save()
    pk: int = session.pk
    return pk

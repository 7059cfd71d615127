"""The rows of academicSessions.csv put in order: school years first, and every term with its year."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from techdesk.directory.choices import TermKind
from techdesk.jobs.hooks import refuse
from techdesk.jobs.models import ImportRow

_DEEPEST = 20


def session_rows(rows: Sequence[ImportRow], *, complete: bool) -> Iterator[ImportRow]:
    """Years, then terms with "year" (the year's key). Some systems list no school years: then, in a complete file,
    one is made of the terms that end in the same schoolYear, under the key "year:<schoolYear>".

    A term whose year cannot be found keeps `_parent`: in a delta the directory may know it.
    """
    good = {row.key: row for row in rows if not row.verdict and row.data.get("listed")}
    years = {key: row for key, row in good.items() if row.data["type"] == TermKind.YEAR}
    by_end = {row.data["_school_year"] or row.data["ends_on"][:4]: key for key, row in years.items()}
    made: dict[str, ImportRow] = {}
    for row in good.values():
        if row.key in years:
            continue
        year = _year_above(row, good) or by_end.get(row.data["_school_year"])
        if year is None and complete and row.data["_school_year"].isdecimal():
            year = _make_year(row, made)
        row.data["year"] = year or ""
    yield from made.values()
    yield from years.values()
    yield from (row for row in rows if row.key not in years or row is not years[row.key])


def _year_above(row: ImportRow, good: dict[str, ImportRow]) -> str | None:
    above = good.get(row.data["_parent"])
    for _step in range(_DEEPEST):
        if above is None:
            return None
        if above.data["type"] == TermKind.YEAR:
            return above.key
        above = good.get(above.data["_parent"])
    return None


def _make_year(row: ImportRow, made: dict[str, ImportRow]) -> str | None:
    ends = int(row.data["_school_year"])
    if not 1900 < ends < 2200:
        return None
    key = f"year:{ends}"
    if key not in made:
        facts = {"type": TermKind.YEAR.value, "name": f"{ends - 1}-{ends}", "listed": True}
        facts |= {"starts_on": row.data["starts_on"], "ends_on": row.data["ends_on"]}
        made[key] = ImportRow(part=row.part, file=row.file, number=row.number, key=key, data=facts)
    year = made[key].data
    year["starts_on"] = min(year["starts_on"], row.data["starts_on"])
    year["ends_on"] = max(year["ends_on"], row.data["ends_on"])
    return key


def unknown_year(row: ImportRow) -> None:
    """Refuse a term whose school year is nowhere."""
    message = _("Its school year is not in the file. Export the school years too (type schoolYear).")
    refuse(row, "unknown_school_year", message)

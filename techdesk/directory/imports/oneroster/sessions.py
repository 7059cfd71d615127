"""School years and terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from techdesk.directory.actions.roster import write_sessions
from techdesk.directory.choices import TermKind
from techdesk.directory.imports.oneroster.sessions_file import unknown_year
from techdesk.directory.models import SchoolYear, Term
from techdesk.directory.queries.links import all_links
from techdesk.jobs.choices import Verdict
from techdesk.jobs.hooks import Part, Scope, plain, refuse
from techdesk.jobs.models import ImportRow


class SessionsPart(Part):
    """Years and terms are added and corrected, never taken away: last year's calendar stays true."""

    name = "academicSessions"
    tables = ("directory_schoolyear", "directory_term")
    label = gettext_lazy("School years and terms")
    telling = ("starts_on", "ends_on")
    fields = {
        "name": gettext_lazy("Name"),
        "starts_on": gettext_lazy("Starts"),
        "ends_on": gettext_lazy("Ends"),
        "year": gettext_lazy("School year"),
        "listed": gettext_lazy("In the roster"),
    }

    def compare(self, rows: Sequence[ImportRow], scope: Scope) -> None:
        source = scope.run.source
        years, terms = all_links(source, "year"), all_links(source, "term")
        year_rows = {year.pk: year for year in SchoolYear.objects.all()}
        term_rows = {term.pk: term for term in Term.objects.all()}
        year_keys = {link.target_id: key for key, link in years.items()}
        brought: dict[str, int | None] = scope.cache.setdefault("year_rows", {})
        for row in rows:
            if "type" not in row.data:
                row.data["type"] = TermKind.YEAR.value if row.key in years else TermKind.TERM.value
            if row.data["type"] == TermKind.YEAR:
                link = years.get(row.key)
                year = year_rows.get(link.target_id) if link else _same_year(row, year_rows.values())
                if year is not None:
                    row.target_id = year.pk
                    row.before = _dates(year) | {"listed": link is not None and link.present}
                    if _clashes(row, year, year_rows.values()):
                        message = _("Another school year has this name and these dates already.")
                        refuse(row, "duplicate_school_year", message)
                if row.verdict != Verdict.REFUSE and row.data["listed"]:
                    brought[row.key] = row.target_id
                continue
            link = terms.get(row.key)
            self._find_year(row, years, brought)
            if row.verdict == Verdict.REFUSE:
                continue
            year = row.data.get("year", "")
            year_id = years[year].target_id if year in years else brought.get(year)
            term = term_rows.get(link.target_id) if link else _same_term(row, year_id, term_rows.values())
            if term is not None:
                row.target_id = term.pk
                row.before = _dates(term) | {
                    "year": year if year_id == term.year_id else year_keys.get(term.year_id, f"#{term.year_id}"),
                    "listed": link is not None and link.present,
                }
        if not scope.applying:
            _remember(rows, scope)

    def _find_year(self, row: ImportRow, years: dict[str, Any], brought: dict[str, int | None]) -> None:
        """The year of a term is one of this file, or (in a delta) one the directory knows from before."""
        if not row.data["listed"]:
            return
        year = row.data.get("year") or ""
        if year not in brought and year not in years:
            year = row.data.get("_parent", "")
        if year not in brought and year not in years:
            unknown_year(row)
            return
        row.data["year"] = year

    def write(self, rows: Sequence[ImportRow], *, actor: Any, scope: Scope) -> None:
        write_sessions(actor=actor, run=scope.run, rows=rows)

    def table_of(self, row: ImportRow) -> str:
        return "directory_schoolyear" if row.data["type"] == TermKind.YEAR else "directory_term"

    def titles(self, rows: Sequence[ImportRow]) -> list[str]:
        return [row.data.get("name") or row.before.get("name") or row.key for row in rows]


def _dates(found: SchoolYear | Term) -> dict[str, Any]:
    return {"name": found.name, "starts_on": plain(found.starts_on), "ends_on": plain(found.ends_on)}


def _facts(row: ImportRow) -> tuple[Any, ...]:
    return tuple(row.data.get(name) for name in ("name", "starts_on", "ends_on"))


def _same_year(row: ImportRow, years: Any) -> SchoolYear | None:
    return next((year for year in years if tuple(_dates(year).values()) == _facts(row)), None)


def _clashes(row: ImportRow, year: SchoolYear, years: Any) -> bool:
    same = _same_year(row, years)
    return same is not None and same.pk != year.pk


def _same_term(row: ImportRow, year_id: int | None, terms: Any) -> Term | None:
    found = (t for t in terms if t.year_id == year_id and t.kind == row.data["type"])
    return next((term for term in found if tuple(_dates(term).values()) == _facts(row)), None)


def _remember(rows: Sequence[ImportRow], scope: Scope) -> None:
    known = scope.cache.setdefault("file_sessions", {})
    for row in rows:
        if row.verdict != Verdict.REFUSE and row.data["listed"]:
            is_year = row.data["type"] == TermKind.YEAR
            known[row.key] = row.key if is_year else row.data["year"]


@dataclass
class Sessions:
    """Years and terms by sourcedId, for sections that refer to them. `years`: session -> its year (a year: itself)."""

    years: dict[str, str] = field(default_factory=dict)
    is_year: set[str] = field(default_factory=set)
    year_ids: dict[str, int] = field(default_factory=dict)
    term_ids: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, scope: Scope) -> Sessions:
        if "sessions" in scope.cache:
            kept: Sessions = scope.cache["sessions"]
            return kept
        found = cls()
        years, terms = all_links(scope.run.source, "year"), all_links(scope.run.source, "term")
        found.year_ids = {key: link.target_id for key, link in years.items()}
        found.term_ids = {key: link.target_id for key, link in terms.items()}
        keys = {pk: key for key, pk in found.year_ids.items()}
        of_term = dict(Term.objects.filter(pk__in=found.term_ids.values()).values_list("pk", "year_id"))
        found.years = {key: keys[of_term[pk]] for key, pk in found.term_ids.items() if of_term.get(pk) in keys}
        found.years |= {key: key for key in found.year_ids}
        found.years |= scope.cache.get("file_sessions", {})
        found.is_year = {key for key, year in found.years.items() if key == year}
        scope.cache["sessions"] = found
        return found

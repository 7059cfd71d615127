"""The district and its schools."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from techdesk.directory.actions.roster import write_orgs
from techdesk.directory.imports.oneroster.columns import WHOLE_DISTRICT
from techdesk.directory.imports.oneroster.links import gone_rows, listed_count
from techdesk.directory.models import District, School
from techdesk.directory.queries.links import all_links
from techdesk.jobs.choices import Verdict
from techdesk.jobs.hooks import Part, Scope, note, refuse
from techdesk.jobs.models import ImportRow


class OrgsPart(Part):
    name = "orgs"
    tables = ("directory_school", "directory_district")
    label = gettext_lazy("Schools")
    telling = ("code",)
    fields = {"name": gettext_lazy("Name"), "code": gettext_lazy("Code"), "listed": gettext_lazy("In the roster")}

    def compare(self, rows: Sequence[ImportRow], scope: Scope) -> None:
        source = scope.run.source
        links, district_links = all_links(source, "school"), all_links(source, "district")
        for row in rows:
            if "type" not in row.data:  # no longer listed: what was it?
                row.data["type"] = "district" if row.key in district_links and row.key not in links else "school"
        codes = [row.data["code"].lower() for row in rows if "code" in row.data]
        schools = {school.pk: school for school in _schools([link.target_id for link in links.values()], codes, scope)}
        by_code = {school.code.lower(): school for school in schools.values()}
        district = District.objects.first()
        for row in rows:
            if row.data["type"] == "district":
                self._district(row, district, district_links, scope)
            else:
                self._school(row, schools, by_code, links, scope)
        scope.cache["schools"] = schools
        if not scope.applying:
            self._remember(rows, scope)

    def _district(self, row: ImportRow, district: District | None, links: dict[str, Any], scope: Scope) -> None:
        link = links.get(row.key)
        if row.data["listed"] and scope.claim("district", "one", row):
            row.verdict = Verdict.UNCHANGED
            note(row, "not_kept", _("One installation is one district. The first one in the file counts."))
            return
        if district is None:
            return
        if link is not None or row.data["listed"]:
            row.target_id = district.pk
            row.before = {"listed": link is not None and link.present, "_name": district.name}
            if not district.name:  # somebody set something before any roster came
                row.before["name"] = ""

    def _school(
        self,
        row: ImportRow,
        schools: dict[int, School],
        by_code: dict[str, School],
        links: dict[str, Any],
        scope: Scope,
    ) -> None:
        link = links.get(row.key)
        code = row.data.get("code", "")
        school = schools.get(link.target_id) if link else by_code.get(code.lower())
        if code and (first := scope.claim("school_code", code.lower(), row)):
            message = _("%(first)s has the same identifier. The first one stands.") % {"first": first}
            refuse(row, "duplicate_code", message)
            return
        if school is None:
            return
        row.target_id = school.pk
        row.before = {"name": school.name, "listed": link is not None and link.present}
        row.before |= {"_code": school.code, "_active": school.is_active}
        if link and code and code.lower() != school.code.lower():
            if code.lower() in by_code:
                refuse(row, "duplicate_code", _("Another school has this code already. Look at the identifiers."))
                return
            message = _("The roster's code is %(new)s now. Codes of schools stay: this one is %(old)s.")
            note(row, "code_kept", message % {"new": code, "old": school.code})

    def _remember(self, rows: Sequence[ImportRow], scope: Scope) -> None:
        """Which school code each org of the file stands for, for the parts that refer to schools."""
        codes = scope.cache.setdefault("org_codes", {})
        for row in rows:
            if row.verdict != Verdict.REFUSE and row.data["listed"]:
                is_school = row.data["type"] == "school"
                codes[row.key] = row.before.get("_code", row.data["code"]) if is_school else WHOLE_DISTRICT

    def write(self, rows: Sequence[ImportRow], *, actor: Any, scope: Scope) -> None:
        write_orgs(actor=actor, run=scope.run, rows=rows, schools=scope.cache["schools"])

    def missing(self, scope: Scope) -> Iterator[ImportRow]:
        return gone_rows(scope, self.name, "school")

    def listed_count(self, scope: Scope) -> int:
        return listed_count(scope, "school")

    def table_of(self, row: ImportRow) -> str:
        return "directory_district" if row.data["type"] == "district" else "directory_school"

    def titles(self, rows: Sequence[ImportRow]) -> list[str]:
        return [row.data.get("name") or row.before.get("name") or row.key for row in rows]


def _schools(ids: Sequence[int], codes: Sequence[str], scope: Scope) -> list[School]:
    named = School.objects.alias(lower=Lower("code")).filter(lower__in=codes).values_list("pk", flat=True)
    rows = School.objects.filter(pk__in={*ids, *named}).order_by("pk")
    return list(rows.select_for_update(of=("self",), no_key=True) if scope.applying else rows)


class Places:
    """Where the orgs of a roster are: the code of a school, or WHOLE_DISTRICT; read once and kept in the scope."""

    def __init__(self, scope: Scope) -> None:
        schools = {school.pk: school for school in School.objects.all()}
        self.ids = {school.code: school.pk for school in schools.values()}
        self.codes = {school.pk: school.code for school in schools.values()}
        self._codes: dict[str, str] = {WHOLE_DISTRICT: WHOLE_DISTRICT}
        if not scope.must_bring("orgs"):
            links = all_links(scope.run.source, "school").items()
            self._codes |= {key: self.codes[link.target_id] for key, link in links if link.target_id in schools}
            self._codes |= dict.fromkeys(all_links(scope.run.source, "district"), WHOLE_DISTRICT)
        self._codes |= scope.cache.get("org_codes", {})

    @classmethod
    def of(cls, scope: Scope) -> Places:
        if "places" not in scope.cache:
            scope.cache["places"] = cls(scope)
        found: Places = scope.cache["places"]
        return found

    def code(self, org: str) -> str | None:
        """The code for an org's sourcedId; None where nobody knows it."""
        return self._codes.get(org)


def unknown_school(row: ImportRow, org: str) -> None:
    message = _("“%(org)s” is no school of this roster. Look at orgs.csv, then export again.") % {"org": org}
    refuse(row, "unknown_school", message)

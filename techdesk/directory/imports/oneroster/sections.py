"""Classes: homerooms and scheduled sections."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from techdesk.base.clock import district_today
from techdesk.directory.actions.roster import write_sections
from techdesk.directory.choices import SectionKind
from techdesk.directory.imports.oneroster.columns import WHOLE_DISTRICT
from techdesk.directory.imports.oneroster.links import gone_rows, is_listed_elsewhere, listed_count
from techdesk.directory.imports.oneroster.orgs import Places, unknown_school
from techdesk.directory.imports.oneroster.rooms import Rooms, planned_room
from techdesk.directory.imports.oneroster.sessions import Sessions
from techdesk.directory.models import ExternalId, Section
from techdesk.directory.queries.links import links_of, links_to
from techdesk.jobs.choices import Verdict
from techdesk.jobs.hooks import ENDED_IN_TIME, Part, Scope, note
from techdesk.jobs.models import ImportRow

OWNED = ("title", "code", "kind", "course_title", "grades", "periods", "location")


class SectionsPart(Part):
    name = "classes"
    tables = ("directory_section",)
    label = gettext_lazy("Classes")
    telling = ("kind", "code", "school", "location")
    fields = {
        "title": gettext_lazy("Title"),
        "code": gettext_lazy("Code"),
        "kind": gettext_lazy("Kind"),
        "course_title": gettext_lazy("Course"),
        "school": gettext_lazy("School"),
        "year": gettext_lazy("School year"),
        "terms": gettext_lazy("Terms"),
        "grades": gettext_lazy("Grades"),
        "periods": gettext_lazy("Periods"),
        "location": gettext_lazy("Location"),
        "room": gettext_lazy("Room"),
        "listed": gettext_lazy("In the roster"),
    }

    def compare(self, rows: Sequence[ImportRow], scope: Scope) -> None:
        places, sessions = Places.of(scope), Sessions.of(scope)
        links = links_of(scope.run.source, "section", (row.key for row in rows))
        found = Section.objects.filter(pk__in={link.target_id for link in links.values()}).order_by("pk")
        if scope.applying:
            found = found.select_for_update(of=("self",), no_key=True)
        sections = {section.pk: section for section in found.select_related("room", "year").prefetch_related("terms")}
        others = links_to("section", sections)
        for row in rows:
            if "_school" in row.data:
                _resolve(row, places, sessions)
        rooms = Rooms({places.ids[row.data["school"]] for row in rows if row.data.get("school") in places.ids})
        term_keys = {pk: key for key, pk in sessions.term_ids.items()}
        year_keys = {pk: key for key, pk in sessions.year_ids.items()}
        for row in rows:
            if row.verdict == Verdict.REFUSE:
                continue
            link = links.get(row.key)
            section = sections.get(link.target_id) if link else None
            if section is not None:
                row.target_id = section.pk
                row.before = _before(section, link, places, term_keys, year_keys)
                _ending(row, section, link, others.get(section.pk, []))
            _room(row, section, places, rooms, scope)
        scope.cache["sections"] = sections

    def write(self, rows: Sequence[ImportRow], *, actor: Any, scope: Scope) -> None:
        sessions, places = Sessions.of(scope), Places.of(scope)
        schools = {places.ids[row.data["school"]] for row in rows if row.data.get("school") in places.ids}
        write_sections(
            actor=actor,
            run=scope.run,
            rows=rows,
            sections=scope.cache["sections"],
            school_ids=places.ids,
            year_ids=sessions.year_ids,
            term_ids=sessions.term_ids,
            rooms=Rooms(schools).by_code,
        )

    def missing(self, scope: Scope) -> Iterator[ImportRow]:
        return gone_rows(scope, self.name, "section")

    def listed_count(self, scope: Scope) -> int:
        return listed_count(scope, "section")

    def word(self, name: str, value: str) -> str:
        return str(SectionKind(value).label) if name == "kind" else value

    def titles(self, rows: Sequence[ImportRow]) -> list[str]:
        return [row.data.get("title") or row.before.get("title") or row.key for row in rows]


def _resolve(row: ImportRow, places: Places, sessions: Sessions) -> None:
    code = places.code(row.data["_school"])
    if code is None or code == WHOLE_DISTRICT:
        unknown_school(row, row.data["_school"])
        return
    row.data["school"] = code
    known = [key for key in row.data["_terms"] if key in sessions.years]
    row.data["terms"] = sorted(key for key in known if key not in sessions.is_year)
    row.data["year"] = next((sessions.years[key] for key in known), "")
    if len(known) < len(row.data["_terms"]):
        note(row, "unknown_term", _("A term of this class is not in academicSessions.csv; it was left out."))


def _before(
    section: Section,
    link: ExternalId | None,
    places: Places,
    term_keys: dict[int, str],
    year_keys: dict[int, str],
) -> dict[str, Any]:
    facts: dict[str, Any] = {name: getattr(section, name) for name in OWNED}
    facts["school"] = places.codes[section.school_id]
    facts["year"] = year_keys.get(section.year_id, f"#{section.year_id}") if section.year_id else ""
    facts["terms"] = sorted(term_keys.get(term.pk, f"#{term.pk}") for term in section.terms.all())
    facts["listed"] = link is not None and link.present and section.is_active
    return facts


def _ending(row: ImportRow, section: Section, link: ExternalId | None, others: Sequence[ExternalId]) -> None:
    if row.data["listed"] or not row.before["listed"]:
        return
    if is_listed_elsewhere(link, others):
        row.before["_stays"] = True
    if section.year is not None and section.year.ends_on < district_today():
        note(row, ENDED_IN_TIME, _("Its school year is over."))


def _room(row: ImportRow, section: Section | None, places: Places, rooms: Rooms, scope: Scope) -> None:
    """The room that goes by the roster's location, where the section has none or the location is spelt anew; a room
    that people chose stays otherwise. While staging it may be one that this import is going to make."""
    row.data.pop("room", None)
    school, location = row.data.get("school", ""), row.data.get("location")
    if location is None:
        return
    room = rooms.match(places.ids[school], location) if school in places.ids else None
    code = room.code if room is not None else planned_room(scope, school, location)
    if section is None:
        if code:
            row.data["room"] = code
        return
    row.before["room"] = section.room.code if section.room else ""
    if code and (section.room is None or section.location != location):
        row.data["room"] = code

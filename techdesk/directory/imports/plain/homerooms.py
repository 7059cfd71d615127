"""Homerooms of a plain file, and who is in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from techdesk.base.clock import district_today
from techdesk.base.text import fold
from techdesk.directory.actions.roster import write_enrolments, write_sections
from techdesk.directory.choices import EnrolmentRole, PersonKind, SectionKind
from techdesk.directory.imports.oneroster.rooms import room_word
from techdesk.directory.imports.plain.delivery import BY_NAME, Staff
from techdesk.directory.imports.plain.known import OTHER_SCHOOL, find_people, foreigners, school_of
from techdesk.directory.models import Enrolment, ExternalId, Person, RoleAssignment, Room, SchoolYear, Section
from techdesk.directory.queries.links import links_of
from techdesk.jobs.choices import Verdict
from techdesk.jobs.hooks import ENDED_IN_TIME, Part, Scope, note, refuse
from techdesk.jobs.models import ImportRow


class HomeroomsPart(Part):
    """A file makes homerooms and gives them a room; what is there keeps its title."""

    name = "homerooms"
    tables = ("directory_section",)
    label = gettext_lazy("Homerooms")
    telling = ("code", "room")
    fields = {
        "title": gettext_lazy("Title"),
        "code": gettext_lazy("Code"),
        "room": gettext_lazy("Room"),
        "listed": gettext_lazy("In the file"),
    }

    def compare(self, rows: Sequence[ImportRow], scope: Scope) -> None:
        school, today = school_of(scope), district_today()
        links = links_of(scope.run.source, "section", (row.key for row in rows))
        linked = {link.target_id for link in links.values()}
        over = Q(year__ends_on__lt=today)
        found = Section.objects.filter(school=school, kind=SectionKind.HOMEROOM).exclude(over).order_by("-pk")
        found = found.filter(Q(is_active=True) | Q(pk__in=linked)).select_related("room")
        sections = {
            one.pk: one for one in (found.select_for_update(of=("self",), no_key=True) if scope.applying else found)
        }
        by_word = {fold(word): one for one in sections.values() for word in (one.title,) if word}
        by_word |= {fold(one.code): one for one in sections.values() if one.code}
        rooms = Room.objects.active().filter(school=school)
        by_room = {room_word(room.code): room for room in rooms.order_by("-pk")}
        year = SchoolYear.objects.filter(starts_on__lte=today, ends_on__gte=today).order_by("-starts_on", "-pk").first()
        for row in rows:
            link = links.get(row.key)
            one = sections.get(link.target_id) if link is not None else None
            one = one or by_word.get(fold(row.data["code"] or row.data["title"]))
            if "room" in row.data:
                room = by_room.get(room_word(row.data["room"]))
                row.data["room"] = room.code if room is not None else row.data["room"]
            if one is None:
                row.data |= {
                    "kind": str(SectionKind.HOMEROOM),
                    "school": school.code,
                    "year": year.name if year else "",
                }
                continue
            for name in ("title", "code", "location"):  # what is there has its names already
                row.data.pop(name, None)
            row.target_id = one.pk
            row.before = {"listed": link is not None and link.present and one.is_active, "_title": one.title}
            row.before["_code"] = one.code
            if "room" in row.data:
                row.before["room"] = one.room.code if one.room else ""
        scope.cache["homerooms"] = (sections, {(r.school_id, r.code): r for r in by_room.values()}, year)

    def write(self, rows: Sequence[ImportRow], *, actor: Any, scope: Scope) -> None:
        sections, rooms, year = scope.cache["homerooms"]
        school = school_of(scope)
        write_sections(
            actor=actor,
            run=scope.run,
            rows=rows,
            sections=sections,
            school_ids={school.code: school.pk},
            year_ids={year.name: year.pk} if year else {},
            term_ids={},
            rooms=rooms,
        )

    def titles(self, rows: Sequence[ImportRow]) -> list[str]:
        return [row.data.get("title") or row.before.get("_title") or row.key for row in rows]


class MembersPart(Part):
    """Students have one homeroom: whom the file puts into another one leaves the one that a file put them into."""

    name = "members"
    tables = ("directory_enrolment",)
    label = gettext_lazy("In a homeroom")
    telling = ("role",)
    fields = {"role": gettext_lazy("Role"), "listed": gettext_lazy("In the file")}

    def compare(self, rows: Sequence[ImportRow], scope: Scope) -> None:
        known = _Members(rows, scope)
        for row in rows:
            link = known.links.get(row.key)
            if "section" not in row.data:
                self._end(row, known.enrolments.get(link.target_id) if link else None, link, scope)
                continue
            if not known.refers_well(row, scope):
                continue
            place = known.place(row)
            one = known.active.get(place) if place else None
            if one is not None:
                row.target_id = one.pk
                row.before = {"listed": link is not None and link.present and link.target_id == one.pk}
                row.before["_student"] = one.person_id if one.role == EnrolmentRole.STUDENT else None
        scope.cache["members"] = known

    def _end(self, row: ImportRow, one: Enrolment | None, link: ExternalId | None, scope: Scope) -> None:
        if one is None or link is None:
            return
        row.target_id = one.pk
        row.before = {"listed": link.present, "_title": f"{one.person.name} · {one.section.title}"}
        row.before["_student"] = one.person_id if one.role == EnrolmentRole.STUDENT else None
        if row.data.get("_moved"):
            note(row, ENDED_IN_TIME, _("Is in another homeroom now."))

    def write(self, rows: Sequence[ImportRow], *, actor: Any, scope: Scope) -> None:
        known: _Members = scope.cache["members"]
        write_enrolments(
            actor=actor,
            run=scope.run,
            rows=rows,
            enrolments=known.enrolments,
            sections=known.sections,
            section_ids=known.section_ids,
            person_ids=known.person_ids,
        )

    def missing(self, scope: Scope) -> Iterator[ImportRow]:
        """Whose homeroom is another one now; with a file that has everybody, also who is in none any more."""
        homed = set(find_people(scope.delivery.homed, scope).values())
        brought = scope.delivery.keys[self.name]
        is_complete = scope.delivery.complete(self.name)
        file = scope.delivery.sources[0].table.name
        found = _listed(scope).order_by("pk").values_list("value", "target_id")
        for value, target_id in found.iterator(2000):
            if value in brought:
                continue
            is_moved = _person_of(target_id, scope) in homed
            if is_moved or is_complete:
                data = {"listed": False, "_moved": is_moved}
                yield ImportRow(part=self.name, file=file, number=0, key=value, data=data)

    def listed_count(self, scope: Scope) -> int:
        return _listed(scope).count()

    def word(self, name: str, value: str) -> str:
        return str(EnrolmentRole(value).label) if name == "role" else value

    def titles(self, rows: Sequence[ImportRow]) -> list[str]:
        facts = ({**row.before, **row.data} for row in rows)
        return [one.get("_title", "") for one in facts]

    def student_ids(self, rows: Sequence[ImportRow]) -> list[int]:
        return [row.before["_student"] for row in rows if row.before.get("_student")]


def _listed(scope: Scope) -> Any:
    return ExternalId.objects.filter(source=scope.run.source, kind="enrolment", present=True)


def _person_of(enrolment_id: int, scope: Scope) -> int | None:
    """The student of an enrolment that files made; read once for all of them."""
    if "students_of" not in scope.cache:
        made = Enrolment.objects.filter(pk__in=_listed(scope).values("target_id"), role=EnrolmentRole.STUDENT)
        scope.cache["students_of"] = dict(made.values_list("pk", "person_id"))
    found: dict[int, int] = scope.cache["students_of"]
    return found.get(enrolment_id)


class _Members:
    """What the directory knows of a batch of members, in eight queries. While applying, the sections are locked."""

    def __init__(self, rows: Sequence[ImportRow], scope: Scope) -> None:
        source = scope.run.source
        self.links = links_of(source, "enrolment", (row.key for row in rows))
        keys = {row.data["section"] for row in rows if "section" in row.data}
        self.section_ids = {key: link.target_id for key, link in links_of(source, "section", keys).items()}
        people = {row.data["person"] for row in rows if "person" in row.data}
        self.person_ids = {
            **find_people({key for key in people if not key.startswith(BY_NAME)}, scope),
            **_by_name({key for key in people if key.startswith(BY_NAME)}, scope),
        }
        self.foreign = foreigners(set(self.person_ids.values()), scope)
        targets = {link.target_id for link in self.links.values()}
        here = Q(section__in=self.section_ids.values(), person__in=self.person_ids.values(), is_active=True)
        found = Enrolment.objects.filter(Q(pk__in=targets) | here).select_related("person", "section").order_by("pk")
        self.enrolments = {one.pk: one for one in found}
        self.active = {
            (one.section_id, one.person_id, one.role): one for one in self.enrolments.values() if one.is_active
        }
        wanted = {*self.section_ids.values(), *(one.section_id for one in self.enrolments.values())}
        sections = Section.objects.filter(pk__in=wanted).order_by("pk")
        if scope.applying:
            sections = sections.select_for_update(of=("self",), no_key=True)
        self.sections = {one.pk: one for one in sections}

    def place(self, row: ImportRow) -> tuple[int, int, str] | None:
        section, person = self.section_ids.get(row.data["section"]), self.person_ids.get(row.data["person"])
        return (section, person, row.data["role"]) if section and person else None

    def refers_well(self, row: ImportRow, scope: Scope) -> bool:
        person = row.data["person"]
        if person not in self.person_ids and not scope.brings("people", person):
            if person.startswith(BY_NAME):
                row.verdict = Verdict.UNCHANGED
                message = _(
                    "Nobody of the staff here goes by “%(name)s”, or several do. The homeroom is there without."
                )
                note(row, "unknown_teacher", message % {"name": person.removeprefix(BY_NAME)[:60]})
            else:
                message = _("Nobody here has this number or address. Import the people first.")
                refuse(row, "unknown_person", message)
        elif row.data["section"] not in self.section_ids and not scope.brings("homerooms", row.data["section"]):
            refuse(row, "unknown_homeroom", _("The homeroom of this row was refused, see its own row."))
        elif self.person_ids.get(person) in self.foreign:
            refuse(row, "other_school", OTHER_SCHOOL)
        return not row.verdict


def _by_name(keys: set[str], scope: Scope) -> Mapping[str, int]:
    """Teachers that only the directory knows, by number, address or name."""
    if not keys:
        return {}
    here = RoleAssignment.objects.in_force().filter(school=school_of(scope)).values("person_id")
    staff = Staff()
    for person in Person.objects.active().filter(kind=PersonKind.STAFF, pk__in=here).order_by("pk"):
        facts = {"given_name": person.given_name, "family_name": person.family_name}
        staff.add(str(person.pk), {**facts, "email": (person.email or "").lower(), "identifier": person.identifier})
    found = {key: staff.find(key.removeprefix(BY_NAME)) for key in keys}
    return {key: int(pk) for key, pk in found.items() if pk}

"""Guardians that the rows of students name, and whom they look after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from techdesk.base.text import fold
from techdesk.directory.actions.roster import write_people
from techdesk.directory.actions.roster.guardianships import write_guardianships
from techdesk.directory.choices import PersonKind
from techdesk.directory.imports.plain.known import (
    OTHER_SCHOOL,
    Known,
    find_people,
    foreigners,
    guardians_of_foreigners,
)
from techdesk.directory.imports.plain.people import title_of
from techdesk.directory.models import Guardianship, Person
from techdesk.jobs.hooks import Part, Scope, note, refuse
from techdesk.jobs.models import ImportRow


class GuardiansPart(Part):
    """The people. A guardian's address is a contact, often shared by two: a taken one is left out."""

    name = "guardians"
    tables = ("directory_person",)
    label = gettext_lazy("Guardians")
    telling = ("email", "phone")
    fields = {
        "given_name": gettext_lazy("Given name"),
        "family_name": gettext_lazy("Family name"),
        "email": gettext_lazy("Email"),
        "phone": gettext_lazy("Phone"),
        "listed": gettext_lazy("In the file"),
    }

    def compare(self, rows: Sequence[ImportRow], scope: Scope) -> None:
        known = Known.of(rows, scope)
        foreign = guardians_of_foreigners(set(known.people), scope)
        for row in rows:
            person = _find(row, known, scope)
            if person is not None:
                _compare(row, person, known)
                if person.pk in foreign:
                    # How to reach them is known to another school, too: a list of this one does not change it.
                    row.before = {name: row.before[name] for name in ("listed", "_active")}
        scope.cache["guardians"] = known

    def write(self, rows: Sequence[ImportRow], *, actor: Any, scope: Scope) -> None:
        known: Known = scope.cache["guardians"]
        write_people(actor=actor, run=scope.run, rows=rows, people=known.people, roles=known.roles, school_ids={})

    def titles(self, rows: Sequence[ImportRow]) -> list[str]:
        return [title_of(row) for row in rows]


def _find(row: ImportRow, known: Known, scope: Scope) -> Person | None:
    if "_bad_email" in row.data:
        note(row, "bad_email", _("The email address is not one, so it was left out."))
    link = known.links.get(row.key)
    person = known.people.get(link.target_id) if link is not None else None
    email = row.data.get("email", "")
    if not email:
        return person
    holder = known.by_email.get(email)
    if person is None and holder is not None and _is_same(row, holder):
        person = holder
    if scope.claim("email", email, row) or (holder is not None and (person is None or holder.pk != person.pk)):
        del row.data["email"]
        if person is None or not link:
            message = _("Somebody else has this email address, so this contact was taken without it.")
            note(row, "email_left_out", message)
    return person


def _is_same(row: ImportRow, holder: Person) -> bool:
    """A guardian the directory has already, or a member of staff whose own child this is."""
    if holder.kind not in (PersonKind.GUARDIAN, PersonKind.STAFF) or not holder.is_active:
        return False
    return fold(holder.name) == fold(f"{row.data['given_name']} {row.data['family_name']}")


def _compare(row: ImportRow, person: Person, known: Known) -> None:
    link = known.links.get(row.key)
    row.target_id = person.pk
    row.before = {"listed": link is not None and link.present, "_active": person.is_active}
    if person.kind != PersonKind.GUARDIAN:
        return  # a teacher's own facts come with the staff
    row.before |= {name: getattr(person, name) for name in ("given_name", "family_name", "phone") if name in row.data}
    if "email" in row.data:
        row.before["email"] = person.email or ""


class GuardianshipsPart(Part):
    name = "guardianships"
    tables = ("directory_guardianship",)
    label = gettext_lazy("Who looks after whom")
    telling = ("relationship",)
    fields = {"relationship": gettext_lazy("Relationship"), "listed": gettext_lazy("In the file")}

    def compare(self, rows: Sequence[ImportRow], scope: Scope) -> None:
        keys = {row.data[name] for row in rows for name in ("student", "guardian") if name in row.data}
        ids = find_people(keys, scope)
        pairs = {(ids.get(row.data.get("student", "")), ids.get(row.data.get("guardian", ""))) for row in rows}
        gone = [int(row.key.removeprefix("#")) for row in rows if "student" not in row.data]
        wanted = list(Guardianship.objects.in_force().of_pairs(pairs, gone))
        students = {one for one, _guardian in pairs if one is not None} | {one.student_id for one in wanted}
        found = Person.objects.filter(pk__in=students).order_by("pk")
        if scope.applying:
            found = found.select_for_update(of=("self",), no_key=True)
        people = {person.pk: person for person in found}
        scope.cache["foreign_students"] = foreigners(set(people), scope)
        held = {(one.student_id, one.guardian_id): one for one in wanted}
        by_id = {one.pk: one for one in wanted}
        for row in rows:
            if "student" not in row.data:
                one = by_id.get(int(row.key.removeprefix("#")))
                if one is not None:
                    row.target_id, row.before = one.pk, {"listed": True, "_student": one.student_id}
                    row.before |= {"_guardian": one.guardian.name, "_of": one.student.name}
                continue
            student, guardian = ids.get(row.data["student"]), ids.get(row.data["guardian"])
            if self._refers_well(row, people.get(student or 0), guardian, scope):
                row.before = {"_student": student} if student else {}
                _compare_pair(row, held.get((student or 0, guardian or 0)))
        scope.cache["guardianships"] = (by_id, people, ids)

    def _refers_well(self, row: ImportRow, student: Person | None, guardian: int | None, scope: Scope) -> bool:
        if guardian is None and not scope.brings("guardians", row.data["guardian"]):
            refuse(row, "unknown_guardian", _("This guardian was refused, see their own row."))
        elif student is None and not scope.brings("people", row.data["student"]):
            message = _("No student here has this number or address. Import the students first.")
            refuse(row, "unknown_student", message)
        elif student is not None and (student.pk == guardian or not student.is_student):
            refuse(row, "no_student", _("Whom this row is about is no student here, so nobody looks after them."))
        elif student is not None and student.pk in scope.cache["foreign_students"]:
            refuse(row, "other_school", OTHER_SCHOOL)
        return not row.verdict

    def write(self, rows: Sequence[ImportRow], *, actor: Any, scope: Scope) -> None:
        held, students, ids = scope.cache["guardianships"]
        write_guardianships(actor=actor, run=scope.run, rows=rows, held=held, students=students, person_ids=ids)

    def missing(self, scope: Scope) -> Iterator[ImportRow]:
        """Of the students whose guardians the file names: who is no longer among them, of those that files named."""
        if not scope.delivery.complete(self.name):
            return
        file = scope.delivery.sources[0].table.name
        ids = find_people({key for pair in scope.delivery.pairs for key in pair}, scope)
        brought = {(ids.get(student), ids.get(guardian)) for student, guardian in scope.delivery.pairs}
        guarded = {student for student, _guardian in brought}
        found = Guardianship.objects.in_force().filter(source=scope.run.source).order_by("pk")
        for pk, *pair in found.values_list("pk", "student_id", "guardian_id").iterator(2000):
            if pair[0] in guarded and tuple(pair) not in brought:
                yield ImportRow(part=self.name, file=file, number=0, key=f"#{pk}", data={"listed": False})

    def listed_count(self, scope: Scope) -> int:
        return Guardianship.objects.in_force().filter(source=scope.run.source).count()

    def titles(self, rows: Sequence[ImportRow]) -> list[str]:
        facts = ({**row.before, **row.data} for row in rows)
        return [f"{one.get('_guardian', '')} → {one.get('_of', '')}" for one in facts]

    def student_ids(self, rows: Sequence[ImportRow]) -> list[int]:
        return [row.before["_student"] for row in rows if "_student" in row.before]


def _compare_pair(row: ImportRow, one: Guardianship | None) -> None:
    if one is None:
        return
    row.target_id = one.pk
    row.before["listed"] = True
    if "relationship" in row.data:
        row.before["relationship"] = one.relationship

"""Who reads what the school writes to a student: the student, those who look after them, or the homeroom on paper."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from techdesk.directory.mail_times import schools_of
from techdesk.directory.models import Guardianship
from techdesk.directory.queries.settings import values_of
from techdesk.directory.switches import Kind, Setting
from techdesk.notifications.hooks import Readers

#: Grades as OneRoster exports spell them (CEDS), youngest first.
GRADES: list[tuple[str, Any]] = [
    ("PK", _("Pre-kindergarten")),
    ("TK", _("Transitional kindergarten")),
    ("KG", _("Kindergarten")),
    *((f"{n:02}", format_lazy(_("Grade {n}"), n=n)) for n in range(1, 14)),
    ("UG", _("Ungraded")),
]

MAIL_GRADES = Setting(
    name="grades_with_mail",
    group="mail",
    label=_("Students of these grades get mail"),
    help=_("What is for the others goes to those who look after them, or on paper to the homeroom."),
    kind=Kind.CHOICES,
    default=[f"{n:02}" for n in range(6, 13)],
    choices=lambda: GRADES,
)


def grade_code(grade: str) -> str:
    """A grade as GRADES spells it: "5" is "05", "K" is "KG"."""
    text = grade.strip().upper()
    return {"K": "KG"}.get(text, text.zfill(2) if text.isdigit() else text)


def readers_for_students(people: Iterable[Any]) -> dict[int, Readers]:
    """Of `people`, the students who do not read mail themselves: because of their grade, or for want of an address.

    A student without a grade reads their own. Nothing is asked where there is no student; else three queries, and one
    more for each further school.
    """
    students = [person for person in people if person.is_student]
    if not students:
        return {}
    schools = schools_of(students)
    grades: dict[int | None, list[str]] = {}
    found: dict[int, Readers] = {}
    for student in students:
        school = schools.get(student.pk)
        place = school.pk if school is not None else None
        if place not in grades:
            grades[place] = values_of(school, [MAIL_GRADES.name])[MAIL_GRADES.name]
        if student.email and (not student.grade or grade_code(student.grade) in grades[place]):
            continue
        found[student.pk] = Readers(line=_line(student, school))
    for row in Guardianship.objects.writing_to(found):
        found[row.student_id].contacts.append(row.guardian)
    return found


def _line(student: Any, school: Any) -> Promise:
    """ "For Ana D., grade 4, at Lincoln." No more of the name than is needed to tell siblings apart."""
    name = f"{student.given_name} {student.family_name[:1]}.".strip() if student.family_name else student.given_name
    grade = grade_code(student.grade).lstrip("0")
    if school is not None and grade:
        return format_lazy(_("For {name}, grade {grade}, at {school}."), name=name, grade=grade, school=school.name)
    if school is not None:
        return format_lazy(_("For {name} at {school}."), name=name, school=school.name)
    return format_lazy(_("For {name}."), name=name)

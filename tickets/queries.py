"""Reads across models: who works on a ticket, whom a teacher teaches, which devices a form offers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from techdesk.directory.choices import EnrolmentRole
from techdesk.directory.models import Enrolment, Person, School


def technicians_of(school: School) -> list[Any]:
    """Who is told about a new ticket: the school's technicians; the district's where the school has none."""
    own = list(Person.objects.holding("technician", school_id=school.pk).by_name())
    return own or list(Person.objects.holding("district_technician", school_id=school.pk).by_name())


def workers_of(school: School) -> Any:
    """The people a ticket of `school` can be given to, by name."""
    own = Person.objects.holding("technician", school_id=school.pk)
    district = Person.objects.holding("district_technician", school_id=school.pk)
    return (own | district).by_name()


def names_of_students_taught_by(person: Any) -> list[tuple[str, str]]:
    """(given name, family name) of every student in a section that `person` teaches now."""
    mine = Enrolment.objects.in_force().filter(person=person, role=EnrolmentRole.TEACHER)
    return list(
        Enrolment.objects.in_force()
        .filter(section__in=mine.values("section_id"), role=EnrolmentRole.STUDENT)
        .values_list("person__given_name", "person__family_name")
        .distinct()
    )


def homerooms_of(student_ids: Iterable[int]) -> dict[int, str]:
    """The title of the homeroom of each student who has one, by the student's id."""
    wanted = set(student_ids)
    if not wanted:
        return {}
    rows = (
        Enrolment.objects.in_force()
        .filter(Q(section__kind="homeroom"), person_id__in=wanted, role=EnrolmentRole.STUDENT)
        .order_by("id")
        .values_list("person_id", "section__title")
    )
    return dict(rows)

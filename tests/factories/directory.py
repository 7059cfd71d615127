from __future__ import annotations

from typing import Any

import factory

from techdesk.directory.choices import EnrolmentRole, PersonKind
from techdesk.directory.models import Enrolment, Person, RoleAssignment, Room, School, Section


class SchoolFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = School

    code = factory.Sequence(lambda n: f"S{n:03}")
    name = factory.Sequence(lambda n: f"School {n}")
    time_zone = "America/Chicago"


class RoomFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Room

    school = factory.SubFactory(SchoolFactory)
    code = factory.Sequence(lambda n: f"{100 + n}")


class PersonFactory(factory.django.DjangoModelFactory):
    """A member of staff without any role; `person_with` gives one."""

    class Meta:
        model = Person

    kind = PersonKind.STAFF
    given_name = factory.Sequence(lambda n: f"Given{n}")
    family_name = factory.Sequence(lambda n: f"Family{n}")
    email = factory.Sequence(lambda n: f"person{n}@district.example")
    identifier = factory.Sequence(lambda n: f"9{n:05}")

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        person = model_class(*args, **kwargs)
        person.fill_search()
        person.set_password("correct horse battery")
        person.save()
        return person


class StudentFactory(PersonFactory):
    kind = PersonKind.STUDENT
    email = factory.Sequence(lambda n: f"student{n}@students.district.example")
    grade = "05"


class SectionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Section

    school = factory.SubFactory(SchoolFactory)
    title = factory.Sequence(lambda n: f"Homeroom {n}")


def grant(person: Any, role: str, school: Any = None) -> Any:
    """Give a role directly; the action is tested in tests/directory."""
    person.__dict__.pop("access", None)
    return RoleAssignment.objects.create(person=person, role=role, school=school, granted_by=person)


def person_with(role: str, school: Any = None, **facts: Any) -> Any:
    """A person who holds `role` at `school` (district-wide without one)."""
    person = (StudentFactory if role == "student" else PersonFactory)(**facts)
    grant(person, role, school)
    return person


def enrol(section: Any, *, teacher: Any = None, students: Any = ()) -> None:
    """Put people into a section."""
    if teacher is not None:
        Enrolment.objects.create(section=section, person=teacher, role=EnrolmentRole.TEACHER, is_primary=True)
    for student in students:
        Enrolment.objects.create(section=section, person=student, role=EnrolmentRole.STUDENT)

"""Guardians on a student's page, children on a guardian's: for whom, and with what."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from techdesk.audit.models import Disclosure
from techdesk.base.clock import now
from techdesk.directory.models import Guardianship
from tests.factories import PersonFactory, SectionFactory, enrol, person_with


@pytest.fixture
def student(school: Any) -> Any:
    return person_with("student", school, given_name="Kim", family_name="Lee")


@pytest.fixture
def mother(student: Any) -> Any:
    mother = PersonFactory(
        kind="guardian", given_name="Ana", family_name="Lee", email="ana@home.test", phone="555 0100"
    )
    Guardianship.objects.create(student=student, guardian=mother, relationship="Mother", is_primary=True)
    return mother


def test_a_technician_of_the_school_can_reach_them(
    school: Any, technician: Any, student: Any, mother: Any, signed_in: Any
) -> None:
    client = signed_in(technician)
    page = client.get(student.get_absolute_url()).content.decode()
    assert "Guardians" in page and "Mother · ana@home.test · 555 0100" in page
    assert mother.get_absolute_url() in page

    page = client.get(mother.get_absolute_url()).content.decode()
    assert "Children" in page and "Kim Lee" in page and "Mother · grade 05" in page
    assert [row.students for row in Disclosure.objects.order_by("pk")] == [[student.pk], [student.pk]]


def test_a_teacher_sees_who_they_are_and_not_how_to_reach_them(
    school: Any, student: Any, mother: Any, signed_in: Any
) -> None:
    teacher = person_with("teacher", school)
    enrol(SectionFactory(school=school), teacher=teacher, students=[student])
    client = signed_in(teacher)
    page = client.get(student.get_absolute_url()).content.decode()
    assert "Ana Lee" in page and "Mother" in page
    assert "ana@home.test" not in page and "555 0100" not in page
    assert client.get(mother.get_absolute_url()).status_code == 404


def test_another_school_does_not_know_them(elsewhere: Any, student: Any, mother: Any, signed_in: Any) -> None:
    assert signed_in(person_with("technician", elsewhere)).get(mother.get_absolute_url()).status_code == 404


def test_a_brother_elsewhere_is_not_named(
    school: Any, elsewhere: Any, technician: Any, mother: Any, signed_in: Any
) -> None:
    brother = person_with("student", elsewhere, given_name="Sam", family_name="Lee")
    Guardianship.objects.create(student=brother, guardian=mother)
    page = signed_in(technician).get(mother.get_absolute_url()).content.decode()
    assert "Kim Lee" in page and "Sam Lee" not in page


def test_who_looks_after_nobody_here_any_more_is_gone(
    school: Any, technician: Any, student: Any, mother: Any, signed_in: Any
) -> None:
    Guardianship.objects.update(ended_at=now())
    client = signed_in(technician)
    assert "Ana Lee" not in client.get(student.get_absolute_url()).content.decode()
    assert client.get(mother.get_absolute_url()).status_code == 404
    assert list(Guardianship.objects.in_force()) == []


def test_nobody_is_their_own_guardian_and_nobody_is_it_twice(student: Any, mother: Any) -> None:
    for facts in ({"student": student, "guardian": student}, {"student": student, "guardian": mother}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Guardianship.objects.create(**facts)
    Guardianship.objects.update(ended_at=now())
    Guardianship.objects.create(student=student, guardian=mother)

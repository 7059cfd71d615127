"""Who left is still known where they were: somebody must collect what they have."""

from __future__ import annotations

from typing import Any

import pytest

from techdesk.directory.actions import deactivate_people, end_role
from techdesk.directory.models import Person
from tests.factories import SchoolFactory, person_with


@pytest.mark.django_db
def test_a_leaver_stays_visible_to_their_last_school_and_to_no_other(signed_in: Any) -> None:
    school, elsewhere = SchoolFactory(), SchoolFactory()
    student = person_with("student", school)
    technician, stranger = person_with("technician", school), person_with("technician", elsewhere)
    end_role(actor=technician, assignment=student.role_assignments.get())
    deactivate_people(actor=technician, people=[student])
    assert Person.objects.visible_to(technician).filter(pk=student.pk).exists()
    assert signed_in(technician).get(student.get_absolute_url()).status_code == 200
    assert not Person.objects.visible_to(stranger).filter(pk=student.pk).exists()


@pytest.mark.django_db
def test_who_moved_to_another_school_is_no_longer_seen_at_the_old_one() -> None:
    school, elsewhere = SchoolFactory(), SchoolFactory()
    student = person_with("student", school)
    technician = person_with("technician", school)
    end_role(actor=technician, assignment=student.role_assignments.get())
    moved = person_with("student", elsewhere)
    student.role_assignments.create(role="student", school=elsewhere, granted_by=technician)
    assert not Person.objects.visible_to(technician).filter(pk__in=[student.pk, moved.pk]).exists()

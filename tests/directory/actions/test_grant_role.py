"""Roles: granted once, ended once, by rosters only what rosters may, to students only what students may."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from techdesk.audit.models import AuditEntry
from techdesk.base.errors import BadInput, NotPossible
from techdesk.base.policy import DISTRICT_ROLES, ROLES, ROSTER_ROLES, may
from techdesk.directory.actions import end_role, grant_role
from techdesk.directory.models import Person, RoleAssignment
from tests.factories import PersonFactory, SchoolFactory, StudentFactory


def test_it_works_and_opens_the_door_at_once(admin: Any, school: Any) -> None:
    person = PersonFactory()
    assert not may(person, "directory.list_people")

    assignment = grant_role(actor=admin, person=person, role="technician", school=school)

    assert (assignment.role, assignment.school_id, assignment.granted_by_id) == ("technician", school.pk, admin.pk)
    assert may(person, "directory.list_people", school_id=school.pk)
    assert Person.objects.get(pk=person.pk).version == 2
    entry = AuditEntry.objects.about(person).get()
    assert (entry.verb, entry.facts) == ("grant_role", {"role": "technician", "school": "LIN", "source": "person"})


def test_twice_changes_nothing(admin: Any, school: Any) -> None:
    person = PersonFactory()
    first = grant_role(actor=admin, person=person, role="teacher", school=school)

    assert grant_role(actor=admin, person=person, role="teacher", school=school).pk == first.pk
    assert AuditEntry.objects.about(person).count() == 1


def test_district_wide_twice_changes_nothing_either(admin: Any) -> None:
    person = PersonFactory()
    first = grant_role(actor=admin, person=person, role="auditor")
    assert grant_role(actor=admin, person=person, role="auditor").pk == first.pk


@pytest.mark.parametrize("role", sorted(set(ROLES) - ROSTER_ROLES))
def test_a_roster_grants_no_more_than_teacher_staff_student(admin: Any, role: str) -> None:
    with pytest.raises(BadInput) as refusal:
        grant_role(actor=admin, person=PersonFactory(), role=role, source="roster")
    assert refusal.value.code == "not_a_roster_role"


@pytest.mark.parametrize("role", sorted(ROSTER_ROLES))
def test_a_roster_grants_these(admin: Any, school: Any, role: str) -> None:
    person = StudentFactory() if role == "student" else PersonFactory()
    assert grant_role(actor=admin, person=person, role=role, school=school, source="roster").source == "roster"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"role": "janitor"}, "unknown_role"),
        ({"role": ""}, "unknown_role"),
        ({"role": "teacher", "source": "rumour"}, "unknown_source"),
        *[({"role": role, "at_school": True}, "district_role") for role in sorted(DISTRICT_ROLES)],
    ],
)
def test_bad_input(admin: Any, school: Any, facts: dict[str, Any], code: str) -> None:
    facts = dict(facts)
    if facts.pop("at_school", False):
        facts["school"] = school
    person = PersonFactory()

    with pytest.raises(BadInput) as refusal:
        grant_role(actor=admin, person=person, **facts)

    assert refusal.value.code == code and refusal.value.errors
    assert not RoleAssignment.objects.filter(person=person).exists()


@pytest.mark.parametrize("role", ["technician", "district_admin", "teacher", "auditor"])
def test_a_student_gets_no_role_that_opens_records(admin: Any, role: str) -> None:
    with pytest.raises(BadInput) as refusal:
        grant_role(actor=admin, person=StudentFactory(), role=role)
    assert refusal.value.code == "role_for_staff"


def test_nobody_who_is_off_gets_a_role(admin: Any, school: Any) -> None:
    with pytest.raises(NotPossible) as refusal:
        grant_role(actor=admin, person=PersonFactory(is_active=False), role="teacher", school=school)
    assert refusal.value.code == "person_inactive"


def test_ending_closes_the_door_and_twice_is_once(admin: Any, school: Any) -> None:
    person = PersonFactory()
    assignment = grant_role(actor=admin, person=person, role="technician", school=school)

    ended = end_role(actor=admin, assignment=assignment)
    again = end_role(actor=admin, assignment=assignment)

    assert ended.ended_at is not None and again.ended_at == ended.ended_at
    assert not may(Person.objects.get(pk=person.pk), "directory.list_people")
    assert [entry.verb for entry in AuditEntry.objects.about(person)] == ["grant_role", "end_role"]


def test_an_ended_role_can_be_granted_again(admin: Any, school: Any) -> None:
    person = PersonFactory()
    first = grant_role(actor=admin, person=person, role="teacher", school=school)
    end_role(actor=admin, assignment=first)
    assert grant_role(actor=admin, person=person, role="teacher", school=school).pk != first.pk


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_assignment(at_once: Any) -> None:
    actor, person, school = PersonFactory(), PersonFactory(), SchoolFactory()

    answers = at_once([partial(grant_role, actor=actor, person=person, role="teacher", school=school)] * 4)

    assert len({answer.pk for answer in answers}) == 1
    assert Person.objects.get(pk=person.pk).version == 2

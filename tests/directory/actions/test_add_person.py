"""Somebody who is here before the roster says so, and what becomes of them when it does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from techdesk.audit.models import AuditEntry
from techdesk.base.errors import BadInput, NotPossible
from techdesk.directory.actions import add_person, join_temporary
from techdesk.directory.choices import GrantSource
from techdesk.directory.models import Enrolment, ExternalId, Person, RoleAssignment, School, Section
from tests.directory.imports.commands import import_oneroster
from tests.directory.imports.rosters import changed, enrolment, good, user, write
from tests.factories import SchoolFactory, SectionFactory, person_with

KIM = {"givenName": "Kim", "familyName": "Núñez", "grades": "05", "identifier": "7001"}


def add(actor: Any, school: Any, **facts: Any) -> Person:
    kim = {"kind": "student", "given_name": "Kim", "family_name": "Nunez", "grade": "5"}
    return add_person(actor=actor, school=school, **{**kim, **facts})


def held(person: Person) -> set[tuple[str, str]]:
    rows = RoleAssignment.objects.in_force().filter(person=person)
    return set(rows.values_list("role", "source"))


def test_a_student_is_there_at_once(technician: Any, school: Any) -> None:
    homeroom = SectionFactory(school=school, kind="homeroom")
    kim = add(technician, school, homeroom=homeroom, identifier=" 7001 ")

    assert kim.is_temporary and not kim.has_usable_password() and kim.identifier == "7001"
    assert held(kim) == {("student", GrantSource.TEMPORARY)}
    assert Person.objects.visible_to(technician).filter(pk=kim.pk).exists()
    assert Enrolment.objects.in_force().get().section == homeroom
    verbs = set(AuditEntry.objects.about(kim).values_list("verb", flat=True))
    assert verbs == {"create", "grant_role"}


@pytest.mark.parametrize(
    ("facts", "code", "field"),
    [
        ({"kind": "guardian"}, "unknown_kind", "kind"),
        ({"kind": "service"}, "unknown_kind", "kind"),
        ({"given_name": ""}, "bad_input", "given_name"),
        ({"grade": "x" * 11}, "bad_input", "grade"),
        ({"homeroom": "foreign"}, "unknown_homeroom", "homeroom"),
        ({"kind": "staff", "homeroom": "ours"}, "unknown_homeroom", "homeroom"),
        ({"homeroom": "class"}, "unknown_homeroom", "homeroom"),
    ],
)
def test_bad_input_leaves_nobody_behind(
    technician: Any, school: Any, elsewhere: Any, facts: dict[str, Any], code: str, field: str
) -> None:
    rooms = {
        "foreign": SectionFactory(school=elsewhere, kind="homeroom"),
        "ours": SectionFactory(school=school, kind="homeroom"),
        "class": SectionFactory(school=school, kind="scheduled"),
    }
    facts = {**facts, **({"homeroom": rooms[facts["homeroom"]]} if "homeroom" in facts else {})}
    with pytest.raises(BadInput) as refusal:
        add(technician, school, **facts)
    assert refusal.value.code == code and field in refusal.value.errors
    assert not Person.objects.temporary().exists()


# What the roster makes of them ------------------------------------------------------------------------------


@pytest.fixture
def lincoln(db: Any) -> School:
    found: School = SchoolFactory(code="LIN", name="Lincoln")
    return found


def with_kim(**facts: str) -> dict[str, Any]:
    files = good()
    files["users"] = [*files["users"], user("kim", **{**KIM, **facts})]
    return files


@pytest.mark.parametrize("number", ["", "7001"])
def test_the_roster_joins_them_by_card_number_or_by_name_and_grade(
    tmp_path: Path, lincoln: School, number: str
) -> None:
    technician = person_with("technician", lincoln)
    kim = add(technician, lincoln, identifier=number, given_name="Kim" if not number else "Kimberly")
    code, summary = import_oneroster(write(tmp_path / "1", with_kim()))

    assert (code, summary["errors"]) == (0, [])
    kim.refresh_from_db()
    assert (kim.given_name, kim.family_name, kim.identifier, kim.grade) == ("Kim", "Núñez", "7001", "05")
    assert not kim.is_temporary and held(kim) == {("student", GrantSource.ROSTER)}
    assert ExternalId.objects.get(kind="person", value="kim").target_id == kim.pk
    assert Person.objects.filter(family_name="Núñez").count() == 1

    code, summary = import_oneroster(write(tmp_path / "2", with_kim()))
    assert (code, summary["created"], summary["updated"], summary["unchanged"]) == (0, 0, 0, 14)


def test_the_homeroom_of_the_roster_counts_when_it_comes(tmp_path: Path, lincoln: School) -> None:
    import_oneroster(write(tmp_path / "1", good()))
    c1, other = Section.objects.get(), SectionFactory(school=lincoln, kind="homeroom")
    technician = person_with("technician", lincoln)
    right, wrong = add(technician, lincoln, homeroom=c1), add(technician, lincoln, given_name="Lou", homeroom=other)
    files = with_kim()
    files["users"] += [user("lou", givenName="Lou", familyName="Nunez", identifier="7002")]
    files["enrollments"] += [enrolment("e8", "c1", "kim"), enrolment("e9", "c1", "lou")]
    code, summary = import_oneroster(write(tmp_path / "2", files))

    assert (code, summary["errors"]) == (0, [])
    for person in (right, wrong):
        assert Enrolment.objects.in_force().get(person=person).section == c1
    code, summary = import_oneroster(write(tmp_path / "3", files))
    assert (code, summary["unchanged"]) == (0, 17)


@pytest.mark.parametrize(
    "facts",
    [
        {"grade": "6"},
        {"identifier": "9999"},  # another card: another Kim
        {"given_name": "Kimberly"},
        {"kind": "staff", "grade": ""},
        {"elsewhere": True},
    ],
)
def test_somebody_else_is_left_alone(tmp_path: Path, lincoln: School, facts: dict[str, Any]) -> None:
    facts = dict(facts)
    place = SchoolFactory() if facts.pop("elsewhere", False) else lincoln
    kim = add(person_with("technician", lincoln), place, **facts)
    code, summary = import_oneroster(write(tmp_path / "1", with_kim()))
    assert (code, summary["created"]) == (0, 13)
    kim.refresh_from_db()
    assert kim.is_temporary and Person.objects.filter(username="kim").get() != kim


def test_two_who_fit_are_a_question_for_people(tmp_path: Path, lincoln: School) -> None:
    technician = person_with("technician", lincoln)
    first, second = add(technician, lincoln), add(technician, lincoln)
    code, summary = import_oneroster(write(tmp_path / "1", with_kim()))
    assert (code, [error["code"] for error in summary["errors"]]) == (1, ["two_candidates"])
    assert Person.objects.temporary().count() == 2

    second.identifier = "7001"
    second.save()
    code, summary = import_oneroster(write(tmp_path / "2", with_kim()))
    assert code == 0
    assert list(Person.objects.temporary()) == [first]


def test_two_rows_that_fit_one_person_join_once(tmp_path: Path, lincoln: School) -> None:
    add(person_with("technician", lincoln), lincoln)
    files = with_kim(identifier="")
    files["users"] += [user("kim2", **{**KIM, "identifier": ""})]
    code, summary = import_oneroster(write(tmp_path / "1", files))
    assert (code, [error["code"] for error in summary["errors"]]) == (1, ["two_candidates"])
    assert Person.objects.filter(family_name="Núñez").count() == 1


def test_who_is_joined_keeps_the_roles_people_gave(tmp_path: Path, lincoln: School) -> None:
    technician = person_with("technician", lincoln)
    ana = add(technician, lincoln, kind="staff", given_name="Ana", family_name="Diaz", grade="")
    RoleAssignment.objects.create(person=ana, role="librarian", school=lincoln, granted_by=technician)
    import_oneroster(write(tmp_path / "1", changed(good(), "users", "ana", email="")))
    assert held(ana) == {("teacher", GrantSource.ROSTER), ("librarian", GrantSource.PERSON)}


# One person, two records ---------------------------------------------------------------------------------------


def test_the_record_made_by_hand_takes_over_what_the_roster_gave_the_other(tmp_path: Path, lincoln: School) -> None:
    technician = person_with("technician", lincoln)
    kim = add(technician, lincoln, given_name="Kimmy")
    files = with_kim(email="kim@students.maple.example")
    files["enrollments"] += [enrolment("e8", "c1", "kim")]
    import_oneroster(write(tmp_path / "1", files))
    listed = Person.objects.get(username="kim")

    join_temporary(actor=technician, temporary=kim, listed=listed)

    kim.refresh_from_db()
    listed.refresh_from_db()
    assert (kim.given_name, kim.email, kim.is_temporary) == ("Kim", "kim@students.maple.example", False)
    assert (listed.is_active, listed.email) == (False, None)
    assert held(kim) == {("student", GrantSource.ROSTER)} and held(listed) == set()
    assert Enrolment.objects.in_force().get(person=kim).section.title == "Homeroom 5B"
    code, summary = import_oneroster(write(tmp_path / "2", files))
    assert (code, summary["unchanged"]) == (0, 15)


def test_what_cannot_be_joined(tmp_path: Path, lincoln: School) -> None:
    technician = person_with("technician", lincoln)
    import_oneroster(write(tmp_path / "1", with_kim(givenName="Kimberly")))
    kim, other = add(technician, lincoln), add(technician, lincoln)
    listed = Person.objects.get(username="kim")

    def refused(temporary: Person, joined: Person) -> str:
        with pytest.raises(NotPossible) as refusal:
            join_temporary(actor=technician, temporary=temporary, listed=joined)
        return refusal.value.code

    assert refused(listed, kim) == "not_temporary"
    assert refused(kim, other) == "not_listed"
    assert refused(kim, kim) == "same_person"
    assert refused(kim, Person.objects.get(username="ana")) == "other_kind"
    listed.set_password("correct horse battery")
    listed.save()
    assert refused(kim, listed) == "has_account"

"""Who becomes whom: created, joined, changed, switched off and on again; and what never comes in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from techdesk.audit.models import AuditEntry
from techdesk.directory.actions import deactivate_people, service_person
from techdesk.directory.choices import GrantSource
from techdesk.directory.models import ExternalId, Person, RoleAssignment, School
from tests.directory.imports.commands import import_oneroster
from tests.directory.imports.rosters import changed, good, pack, user, without, write
from tests.factories import PersonFactory, SchoolFactory, grant

pytestmark = pytest.mark.django_db
FREE = {"max_removals": 100.0}


def _by_name(name: str) -> Person:
    found: Person = Person.objects.get(username=name)
    return found


def _codes(summary: dict[str, Any]) -> list[str]:
    return [error["code"] for error in summary["errors"]]


def test_kinds_roles_and_plain_facts(tmp_path: Path) -> None:
    code, summary = import_oneroster(write(tmp_path / "r", good()))
    assert (code, summary["created"], summary["errors"]) == (0, 13, [])
    ana, zoe, mom = _by_name("ana"), _by_name("zoe"), _by_name("mom")
    assert (ana.kind, ana.email, ana.grade, ana.has_usable_password()) == ("staff", "ana.diaz@maple.example", "", False)
    assert (zoe.kind, zoe.grade, zoe.email, zoe.phone) == ("student", "05", None, "")
    assert (mom.kind, mom.phone, mom.email) == ("guardian", "555 0100", None)
    assert zoe.search_text == "zoe martin 9zoe" and zoe.sort_name == "martin zoe"
    roles = RoleAssignment.objects.in_force().values_list("person__username", "role", "school__code", "source")
    assert set(roles) == {("ana", "teacher", "LIN", "roster"), ("zoe", "student", "LIN", "roster")} | {
        ("leo", "student", "LIN", "roster")
    }
    entry = AuditEntry.objects.get(object_key=zoe.public_key)
    assert (entry.verb, entry.actor, entry.facts["roles"]) == ("create", service_person("roster"), ["student@LIN"])
    assert "Zo" not in str(entry.facts)


def test_a_zip_and_a_folder_are_the_same(tmp_path: Path) -> None:
    folder = write(tmp_path / "r", good())
    import_oneroster(pack(folder, tmp_path / "r.zip"))
    code, summary = import_oneroster(folder)
    assert (code, summary["unchanged"]) == (0, 13)
    code, summary = import_oneroster(*sorted(folder.glob("*.csv")))
    assert (code, summary["unchanged"]) == (0, 13)


def test_passwords_and_demographics_are_nowhere(tmp_path: Path) -> None:
    """Not even in the rows of the preview: a canary in the file is in no table afterwards."""
    canary = "Kanarienvogel77"
    files = changed(good(), "users", "zoe", password=canary, sms=canary, userIds=f"{{x:{canary}}}")
    files = changed(files, "users", "leo", givenName="", password=canary)  # a refused row keeps nothing either
    folder = write(tmp_path / "r", files)
    (folder / "demographics.csv").write_text(f"sourcedId,birthDate\nzoe,{canary}\n")
    code, summary = import_oneroster(folder)
    assert (code, _codes(summary)) == (1, ["missing_given_name", "unknown_user"])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND data_type IN ('text', 'character varying', 'jsonb', 'ARRAY')"
        )
        for table, column in cursor.fetchall():
            cursor.execute(f'SELECT 1 FROM "{table}" WHERE "{column}"::text LIKE %s LIMIT 1', [f"%{canary}%"])
            assert cursor.fetchone() is None, f"{table}.{column}"


def test_a_changed_row_changes_the_person_and_says_which_fields(tmp_path: Path) -> None:
    import_oneroster(write(tmp_path / "1", good()))
    before = _by_name("zoe").version
    files = changed(good(), "users", "zoe", familyName="Núñez", grades="06")
    code, summary = import_oneroster(write(tmp_path / "2", files))
    assert (code, summary["updated"], summary["unchanged"]) == (0, 1, 12)
    zoe = _by_name("zoe")
    assert (zoe.family_name, zoe.grade, zoe.sort_name, zoe.version) == ("Núñez", "06", "nunez zoe", before + 1)
    entry = AuditEntry.objects.filter(object_key=zoe.public_key, verb="change").get()
    assert entry.facts["fields"] == ["family_name", "grade"]


def test_an_empty_email_erases_nothing_and_preferred_names_win(tmp_path: Path) -> None:
    import_oneroster(write(tmp_path / "1", good()))
    headings = {
        "users": "sourcedId,ENABLEDUSER,orgSourcedIds,Role,username,givenName,familyName,identifier,email,grades,"
        "prefferedGivenName,preferredFamilyName"
    }
    files = changed(good(), "users", "leo", email="")
    files["users"] = [{**row, "ENABLEDUSER": "TRUE", "Role": row["role"]} for row in files["users"]]
    files = changed(files, "users", "zoe", prefferedGivenName="Zo")
    code, summary = import_oneroster(write(tmp_path / "2", files, headings=headings))
    assert (code, _codes(summary)) == (0, [])
    assert _by_name("leo").email == "leo@students.maple.example"
    assert _by_name("zoe").given_name == "Zo"


def test_somebody_added_by_hand_is_joined_by_email_and_name(tmp_path: Path) -> None:
    school = SchoolFactory(code="LIN", name="Lincoln")
    ana = PersonFactory(given_name="Ana", family_name="Diaz", email="ana.diaz@maple.example", username="")
    grant(ana, "teacher", school)
    grant(ana, "technician", school)
    code, summary = import_oneroster(write(tmp_path / "r", good()))
    assert (code, summary["created"], summary["updated"]) == (0, 11, 2)
    ana.refresh_from_db()
    assert (ana.username, ana.family_name) == ("ana", "Díaz")
    held = RoleAssignment.objects.in_force().filter(person=ana).values_list("role", "source")
    assert set(held) == {("teacher", GrantSource.PERSON), ("technician", GrantSource.PERSON)}
    code, summary = import_oneroster(write(tmp_path / "r", good()))
    assert (code, summary["unchanged"]) == (0, 13)


@pytest.mark.parametrize(
    "facts",
    [{"given_name": "Bob", "family_name": "Stone"}, {"given_name": "Ana", "family_name": "Díaz", "is_active": False}],
    ids=["another name", "switched off and never of this roster"],
)
def test_an_address_of_somebody_else_is_refused(tmp_path: Path, facts: dict[str, Any]) -> None:
    other = PersonFactory(email="ana.diaz@maple.example", **facts)
    code, summary = import_oneroster(write(tmp_path / "r", good()))
    assert code == 1
    assert _codes(summary) == ["duplicate_email", "unknown_user"]
    other.refresh_from_db()
    assert other.given_name == facts["given_name"]


def test_two_rows_with_one_address_the_first_stands(tmp_path: Path) -> None:
    files = good()
    files["users"] = [*files["users"], user("bob", "teacher", email="ANA.DIAZ@maple.example")]
    code, summary = import_oneroster(write(tmp_path / "r", files))
    assert (code, _codes(summary)) == (1, ["duplicate_email"])
    assert _by_name("ana").email == "ana.diaz@maple.example"


def test_a_guardian_with_a_taken_or_broken_address_comes_without_it(tmp_path: Path) -> None:
    """Also when the guardian stands before the teacher in the file: the teacher needs it to sign in."""
    files = good()
    files["users"] = [
        user("dad", "parent", email="ana.diaz@maple.example"),
        user("aunt", "relative", email="n/a"),
        *files["users"],
    ]
    for _time in range(2):
        code, summary = import_oneroster(write(tmp_path / "r", files))
        assert (code, _codes(summary)) == (0, [])
    assert summary["unchanged"] == 15
    assert (_by_name("dad").email, _by_name("aunt").email) == (None, None)
    assert _by_name("ana").email == "ana.diaz@maple.example"


def test_roles_of_1_2_with_a_second_school_and_dates(tmp_path: Path) -> None:
    files = good()
    files["orgs"] = [*files["orgs"], {"sourcedId": "s2", "name": "Oak", "type": "school", "identifier": "OAK"}] + [
        {"sourcedId": "dep", "name": "Science", "type": "department", "parentSourcedId": "s2"}
    ]
    files["users"] = [{**row, "role": "", "orgSourcedIds": ""} for row in files["users"]]
    files["roles"] = [
        {"sourcedId": "r1", "userSourcedId": "ana", "role": "teacher", "orgSourcedId": "s1"},
        {"sourcedId": "r2", "userSourcedId": "ana", "role": "principal", "orgSourcedId": "dep"},
        {"sourcedId": "r3", "userSourcedId": "ana", "role": "aide", "orgSourcedId": "s1", "endDate": "2020-01-01"},
        {"sourcedId": "r4", "userSourcedId": "zoe", "role": "student", "orgSourcedId": "s1"},
        {"sourcedId": "r5", "userSourcedId": "mom", "role": "guardian", "orgSourcedId": "s1"},
        {"sourcedId": "r6", "userSourcedId": "leo", "role": "janitor", "orgSourcedId": "s1"},
    ]
    code, summary = import_oneroster(write(tmp_path / "r", files, version="1.2"))
    held = RoleAssignment.objects.in_force().filter(person=_by_name("ana")).values_list("role", "school__code")
    assert set(held) == {("teacher", "LIN"), ("staff", "OAK")}
    assert (code, _codes(summary)) == (1, ["unknown_role", "missing_role", "unknown_user"])


def test_whom_the_roster_lets_go_is_switched_off_and_comes_back(tmp_path: Path) -> None:
    import_oneroster(write(tmp_path / "1", good()))
    less = without(without(good(), "users", "leo"), "enrollments", "e3")
    code, summary = import_oneroster(write(tmp_path / "2", less), **FREE)
    assert (code, summary["deactivated"], summary["unchanged"]) == (0, 2, 11)
    leo = _by_name("leo")
    assert not leo.is_active and not leo.role_assignments.in_force().exists()
    assert not leo.enrolments.get().is_active
    code, summary = import_oneroster(write(tmp_path / "2", less), **FREE)
    assert (code, summary["unchanged"], summary["deactivated"]) == (0, 11, 0)
    code, summary = import_oneroster(write(tmp_path / "3", good()))
    assert (code, summary["updated"]) == (0, 2)
    leo = _by_name("leo")
    assert leo.is_active and leo.role_assignments.in_force().get().role == "student"
    assert leo.enrolments.get().is_active


def test_a_disabled_user_is_switched_off_and_on_with_the_roster(tmp_path: Path) -> None:
    import_oneroster(write(tmp_path / "1", good()))
    code, summary = import_oneroster(
        write(tmp_path / "2", changed(good(), "users", "leo", enabledUser="FALSE")), **FREE
    )
    assert (code, summary["deactivated"]) == (0, 1)
    assert not _by_name("leo").is_active
    import_oneroster(write(tmp_path / "1", good()))
    assert _by_name("leo").is_active
    files = good()
    files["users"] = [*files["users"], user("old", enabledUser="false")]
    for _time in range(2):
        code, summary = import_oneroster(write(tmp_path / "4", files))
    assert (code, summary["unchanged"]) == (0, 14)
    assert not _by_name("old").is_active


def test_whom_a_person_switched_off_stays_off(tmp_path: Path) -> None:
    import_oneroster(write(tmp_path / "1", good()))
    deactivate_people(actor=PersonFactory(), people=[_by_name("leo")])
    files = changed(good(), "users", "leo", grades="06")
    code, summary = import_oneroster(write(tmp_path / "2", files))
    assert (code, summary["updated"]) == (0, 1)
    leo = _by_name("leo")
    assert (leo.grade, leo.is_active) == ("06", False)


def test_a_roster_never_locks_the_district_out(tmp_path: Path) -> None:
    import_oneroster(write(tmp_path / "1", good()))
    grant(_by_name("ana"), "district_admin")
    less = without(without(good(), "users", "ana"), "enrollments", "e1")
    code, summary = import_oneroster(write(tmp_path / "2", less), **FREE)
    assert (code, _codes(summary)) == (1, ["runs_the_district"])
    assert _by_name("ana").is_active


def test_a_roster_cannot_move_the_address_of_somebody_with_granted_roles(tmp_path: Path) -> None:
    """Else whoever may import a roster could have an administrator's password sent to themselves."""
    import_oneroster(write(tmp_path / "1", good()))
    files = changed(good(), "users", "ana", email="thief@maple.example", middleName="X")
    files = changed(files, "users", "leo", email="leonard@maple.example")
    grant(_by_name("ana"), "technician", School.objects.get())
    for updated in (2, 0):
        code, summary = import_oneroster(write(tmp_path / "2", files))
        assert (code, summary["updated"]) == (0, updated)
    assert (_by_name("ana").email, _by_name("ana").middle_name) == ("ana.diaz@maple.example", "X")
    assert _by_name("leo").email == "leonard@maple.example"


def test_nobody_switches_themselves_off_by_a_roster(tmp_path: Path) -> None:
    import_oneroster(write(tmp_path / "1", good()))
    less = without(without(good(), "users", "ana", "leo"), "enrollments", "e1", "e3")
    code, summary = import_oneroster(write(tmp_path / "2", less), actor="ana.diaz@maple.example", **FREE)
    assert (code, _codes(summary), summary["deactivated"]) == (1, ["yourself"], 3)
    assert _by_name("ana").is_active and not _by_name("leo").is_active


def test_another_roster_keeps_its_people_and_its_roles(tmp_path: Path) -> None:
    import_oneroster(write(tmp_path / "1", good()))
    second = without(good(), "users", "zoe", "mom", "leo")
    second = without(second, "enrollments", "e2", "e3")
    code, summary = import_oneroster(write(tmp_path / "2", second, source="other-sis"))
    assert (code, _codes(summary)) == (0, [])
    assert Person.objects.filter(is_active=True, kind="student").count() == 2
    assert ExternalId.objects.filter(kind="person", target_id=_by_name("ana").pk, present=True).count() == 2
    empty = {**second, "users": [], "enrollments": [], "classes": []}
    import_oneroster(write(tmp_path / "3", empty, source="other-sis"), force=True)
    ana = _by_name("ana")
    assert ana.is_active and ana.role_assignments.in_force().get().role == "teacher"
    assert School.objects.get(code="LIN").is_active

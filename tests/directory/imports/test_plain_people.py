"""Plain lists of people: who is meant, what changes, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from techdesk.audit.models import AuditEntry
from techdesk.directory.models import Enrolment, Guardianship, Person, RoleAssignment, Room, Section
from tests.directory.imports.lists import codes, counts, import_people, kim, write_csv, write_xlsx
from tests.factories import PersonFactory, RoomFactory, StudentFactory, person_with

pytestmark = pytest.mark.django_db

FAMILY = {
    "Parent 1 Name": "Ana Lee",
    "Parent 1 Email": "ana@home.test",
    "Parent 1 Phone": "(555) 010-0100",
    "Parent 1 Relationship": "Mother",
    "Parent 2 Name": "Lee, Bo",
    "Parent 2 Phone": "555 010 0200",
}


def test_a_list_of_students_with_everything(school: Any, tmp_path: Path) -> None:
    rows = [
        kim(**FAMILY, Homeroom="5B", **{"HR Teacher": "Okafor, James", "Room": "Rm 104"}),
        kim(
            **{**FAMILY, "Student ID": "00124", "First Name": "Sam", "Email": "sam@s.test", "Grade": "Kindergarten"},
            Homeroom="KA",
        ),
    ]
    staff = [
        {"Employee ID": "77", "First Name": "James", "Last Name": "Okafor", "Role": "Teacher", "Email": "j@d.test"}
    ]
    files = (write_csv(tmp_path / "students.csv", rows), write_csv(tmp_path / "staff.csv", staff))

    code, summary = import_people(*files)

    assert (code, codes(summary)) == (0, [])
    student = Person.objects.get(identifier="00123")
    assert (student.name, student.kind, student.grade, student.email) == ("Kim Lee", "student", "05", "kim@s.test")
    assert Person.objects.get(identifier="00124").grade == "KG"
    held = RoleAssignment.objects.in_force().values_list("person__given_name", "role", "school__code", "source")
    assert sorted(held) == [
        ("James", "teacher", "LIN", "roster"),
        ("Kim", "student", "LIN", "roster"),
        ("Sam", "student", "LIN", "roster"),
    ]
    pairs = Guardianship.objects.in_force().order_by("student__given_name", "-is_primary")
    assert list(pairs.values_list("student__given_name", "guardian__given_name", "relationship", "is_primary")) == [
        ("Kim", "Ana", "Mother", True),
        ("Kim", "Bo", "", False),
        ("Sam", "Ana", "Mother", True),
        ("Sam", "Bo", "", False),
    ]
    mother = Person.objects.get(given_name="Ana")
    assert (mother.kind, mother.email, mother.phone) == ("guardian", "ana@home.test", "(555) 010-0100")
    assert not mother.may_sign_in
    room = Room.objects.get()
    assert (room.code, room.school_id) == ("104", school.pk)
    section = Section.objects.get(code="5B")
    assert (section.kind, section.title, section.room) == ("homeroom", "Homeroom 5B", room)
    members = Enrolment.objects.in_force().values_list("section__code", "person__given_name", "role", "is_primary")
    assert sorted(members) == [
        ("5B", "James", "teacher", True),
        ("5B", "Kim", "student", False),
        ("KA", "James", "teacher", True),
        ("KA", "Sam", "student", False),
    ][:2] + [("KA", "Sam", "student", False)]
    assert AuditEntry.objects.filter(verb="create").exists()

    code, again = import_people(*files)
    assert (code, counts(again)[0], counts(again)[1], counts(again)[3], counts(again)[4]) == (0, 0, 0, 0, 0), again
    assert again["unchanged"] == summary["created"]


def test_an_empty_cell_and_a_column_that_is_not_there_change_nothing(school: Any, tmp_path: Path) -> None:
    import_people(write_csv(tmp_path / "a.csv", [kim(**{"Middle Name": "Jo"})]))
    code, summary = import_people(
        write_csv(tmp_path / "b.csv", [kim(**{"Middle Name": "", "Email": "", "Grade": "6"})])
    )
    assert (code, counts(summary)) == (0, [0, 1, 0, 0, 0])
    student = Person.objects.humans().get()
    assert (student.middle_name, student.email, student.grade) == ("Jo", "kim@s.test", "06")


def test_somebody_known_by_card_number_or_address_is_joined(school: Any, elsewhere: Any, tmp_path: Path) -> None:
    by_card = person_with("student", school, identifier="00123", given_name="Kim", family_name="Li", email="k@x.test")
    by_mail = person_with("student", school, identifier="", given_name="Sam", family_name="Lee", email="Sam@S.test")
    foreign = person_with("student", elsewhere, identifier="00125", given_name="Ada", family_name="Lee")
    rows = [
        kim(Email=""),
        kim(**{"Student ID": "00124", "First Name": "Sam", "Email": "sam@s.test"}),
        kim(**{"Student ID": "00125", "First Name": "Ada", "Email": ""}),
    ]
    code, summary = import_people(write_csv(tmp_path / "a.csv", rows))
    assert (code, counts(summary)) == (0, [1, 2, 0, 0, 0]), summary
    by_card.refresh_from_db()
    by_mail.refresh_from_db()
    assert (by_card.family_name, by_card.email, by_mail.identifier) == ("Lee", "k@x.test", "00124")
    assert Person.objects.filter(identifier="00125").count() == 2, "a card number counts within its school only"
    assert foreign.role_assignments.count() == 1


def test_a_name_alone_is_nobody_and_another_name_is_refused(school: Any, tmp_path: Path) -> None:
    person_with("student", school, given_name="Kim", family_name="Lee", identifier="9", email=None)
    person_with("student", school, given_name="Pat", family_name="Diaz", identifier="00200", email="pat@s.test")
    rows = [kim(), kim(**{"Student ID": "00200", "Email": ""}), kim(**{"Student ID": "3", "Email": "pat@s.test"})]
    code, summary = import_people(write_csv(tmp_path / "a.csv", rows))
    assert (code, counts(summary)) == (1, [1, 0, 0, 0, 2])
    assert codes(summary) == ["other_name", "other_name"]
    assert Person.objects.filter(given_name="Kim").count() == 2


def test_twice_in_the_file(school: Any, tmp_path: Path) -> None:
    rows = [
        kim(),
        kim(**{"First Name": "Kimberly"}),
        kim(**{"Student ID": "2", "First Name": "Sam"}),
        kim(**{"Student ID": "", "Email": ""}),
        kim(**{"Student ID": "4", "Email": "no-address", "Grade": "Blue"}),
        kim(**{"Student ID": "5", "Email": "", "Last Name": ""}),
    ]
    code, summary = import_people(write_csv(tmp_path / "a.csv", rows))
    assert (code, counts(summary)) == (1, [2, 0, 0, 0, 4])
    assert codes(summary) == ["duplicate_id", "duplicate_email", "missing_id", "missing_name"]
    assert [error["row"] for error in summary["errors"]] == [3, 4, 5, 7]
    noted = Person.objects.get(identifier="4")
    assert (noted.email, noted.grade) == (None, "")


def test_one_row_for_each_guardian_of_a_student(school: Any, tmp_path: Path) -> None:
    rows = [kim(**{"Contact1 Name": "Ana Lee", "Contact1 Phone": "555 010 0100"}), kim(**{"Contact1 Name": "Bo Lee"})]
    code, summary = import_people(write_csv(tmp_path / "a.csv", rows))
    assert (code, Guardianship.objects.count()) == (0, 2), summary


def test_contacts_for_students_who_are_here(school: Any, tmp_path: Path) -> None:
    student = person_with("student", school, identifier="00123")
    rows = [
        {"Student Number": "00123", "Guardian": "Ana Lee", "Guardian Email": "ana@home.test", "Relationship": "Aunt"},
        {"Student Number": "77", "Guardian": "Bo Lee", "Guardian Email": "", "Relationship": ""},
    ]
    code, summary = import_people(write_csv(tmp_path / "contacts.csv", rows))
    assert (code, codes(summary)) == (1, ["unknown_student"])
    held = Guardianship.objects.get()
    assert (held.student_id, held.relationship, held.guardian.email) == (student.pk, "Aunt", "ana@home.test")


def test_a_shared_address_is_taken_once_and_a_teacher_may_be_a_mother(school: Any, tmp_path: Path) -> None:
    teacher = person_with("teacher", school, given_name="Ana", family_name="Lee", email="ana@d.test")
    rows = [
        kim(**{"Parent 1 Name": "Ana Lee", "Parent 1 Email": "ana@d.test"}),
        kim(
            **{"Student ID": "2", "Email": "", "Parent 1 Name": "Cy Poe", "Parent 1 Email": "poe@home.test"},
            **{"Parent 2 Name": "Di Poe", "Parent 2 Email": "poe@home.test"},
        ),
    ]
    code, _summary = import_people(write_csv(tmp_path / "a.csv", rows))
    assert code == 0
    assert teacher.wards.get().student.given_name == "Kim"
    teacher.refresh_from_db()
    assert (teacher.kind, teacher.given_name) == ("staff", "Ana")
    poes = Person.objects.filter(family_name="Poe").order_by("given_name")
    assert list(poes.values_list("given_name", "email")) == [("Cy", "poe@home.test"), ("Di", None)]
    assert import_people(tmp_path / "a.csv")[1]["unchanged"] == 2 + 3 + 3


def test_an_account_in_use_keeps_its_address(school: Any, tmp_path: Path) -> None:
    used = person_with("student", school, identifier="00123", given_name="Kim", family_name="Lee", email="old@s.test")
    unused = person_with("student", school, identifier="2", given_name="Kim", family_name="Lee", email="old2@s.test")
    Person.objects.filter(pk=unused.pk).update(password="")
    RoleAssignment.objects.update(source="roster")
    rows = [kim(), kim(**{"Student ID": "2", "Email": "kim2@s.test"})]
    code, summary = import_people(write_csv(tmp_path / "a.csv", rows))
    assert (code, counts(summary)) == (0, [0, 2, 0, 0, 0])
    used.refresh_from_db()
    unused.refresh_from_db()
    assert (used.email, unused.email) == ("old@s.test", "kim2@s.test")


def test_everybody_means_that_the_missing_left(school: Any, elsewhere: Any, tmp_path: Path) -> None:
    many = [kim(**{"Student ID": f"{n}", "Email": f"s{n}@s.test"}) for n in range(20)]
    staff = [{"Employee ID": "77", "First Name": "James", "Last Name": "Okafor", "Role": "Teacher"}]
    import_people(write_csv(tmp_path / "a.csv", many), write_csv(tmp_path / "staff.csv", staff))
    by_hand = person_with("student", school, identifier="999")
    transferred = Person.objects.get(identifier="1")
    RoleAssignment.objects.create(person=transferred, role="student", school=elsewhere, granted_by=transferred)

    code, summary = import_people(write_csv(tmp_path / "b.csv", many[2:]))
    assert (code, summary["deactivated"]) == (0, 0), "without --everybody nobody leaves"
    code, summary = import_people(write_csv(tmp_path / "c.csv", many[2:]), everybody=True)
    assert (code, counts(summary)) == (0, [0, 0, 18, 2, 0])
    assert not Person.objects.get(identifier="0").is_active
    assert Person.objects.get(identifier="77").is_active, "a list of students says nothing about staff"
    by_hand.refresh_from_db()
    transferred.refresh_from_db()
    assert by_hand.is_active and transferred.is_active
    held = RoleAssignment.objects.in_force().filter(person=transferred).values_list("school__code", flat=True)
    assert list(held) == ["ROO"]

    code, summary = import_people(write_csv(tmp_path / "d.csv", many[10:]), everybody=True)
    assert (code, codes(summary)) == (2, ["too_many_removals"])
    assert import_people(tmp_path / "d.csv", everybody=True, force=True)[1]["deactivated"] == 8
    code, summary = import_people(write_csv(tmp_path / "e.csv", many[:3]))
    assert Person.objects.get(identifier="0").is_active, "who is back is switched on again"


def test_a_student_moves_to_another_homeroom(school: Any, tmp_path: Path) -> None:
    import_people(
        write_csv(tmp_path / "a.csv", [kim(Homeroom="5A"), kim(**{"Student ID": "2", "Email": ""}, Homeroom="5A")])
    )
    code, summary = import_people(write_csv(tmp_path / "b.csv", [kim(Homeroom="5B")]))
    assert (code, summary["deactivated"]) == (0, 1)
    now_in = Enrolment.objects.in_force().order_by("section__code").values_list("section__code", "person__identifier")
    assert list(now_in) == [("5A", "2"), ("5B", "00123")]


def test_whose_status_says_so_left(school: Any, tmp_path: Path) -> None:
    import_people(write_csv(tmp_path / "a.csv", [kim(Status="Active")]))
    rows = [kim(Status="Withdrawn"), kim(**{"Student ID": "8"}, Status="Withdrawn")]
    assert codes(import_people(write_csv(tmp_path / "b.csv", rows))[1]) == ["too_many_removals"]
    code, summary = import_people(tmp_path / "b.csv", force=True)
    assert (code, counts(summary)) == (0, [0, 0, 1, 1, 0])
    assert not Person.objects.humans().get().is_active


def test_rooms_of_a_list(school: Any, tmp_path: Path) -> None:
    RoomFactory(school=school, code="104", name="Old name")
    rows = [
        {"Room Number": "104", "Room Name": "Art", "Room Type": "Classroom", "Building": "A", "Floor": "1"},
        {"Room Number": "Computer Lab", "Room Name": "", "Room Type": "Lab", "Building": "B", "Floor": ""},
        {"Room Number": "Rm 104", "Room Name": "", "Room Type": "", "Building": "", "Floor": ""},
    ]
    code, summary = import_people(write_csv(tmp_path / "rooms.csv", rows, delimiter=";"))
    assert (code, counts(summary), codes(summary)) == (1, [1, 1, 0, 0, 1], ["duplicate_room"])
    told = Room.objects.order_by("code").values_list("code", "name", "kind", "building", "floor")
    assert list(told) == [("104", "Art", "classroom", "A", "1"), ("Computer Lab", "", "lab", "B", "")]


def test_homerooms_of_a_list(school: Any, tmp_path: Path) -> None:
    person_with("teacher", school, given_name="James", family_name="Okafor")
    rows = [
        {"Homeroom": "5A", "Teacher": "Mr. Okafor", "Room": "12"},
        {"Homeroom": "5B", "Teacher": "Nobody", "Room": ""},
    ]
    code, summary = import_people(write_csv(tmp_path / "homerooms.csv", rows))
    assert (code, counts(summary)) == (0, [4, 0, 1, 0, 0]), summary
    assert Enrolment.objects.get().person.family_name == "Okafor"
    assert Section.objects.get(code="5A").room.code == "12"


def test_an_inactive_or_privileged_person_is_left_alone(school: Any, tmp_path: Path) -> None:
    off = person_with("student", school, identifier="00123", given_name="Kim", family_name="Lee", is_active=False)
    PersonFactory(kind="guardian", email="kim2@s.test", given_name="Kim", family_name="Lee")
    rows = [kim(Email=""), kim(**{"Student ID": "2", "Email": "kim2@s.test"})]
    code, summary = import_people(write_csv(tmp_path / "a.csv", rows))
    assert (code, codes(summary)) == (1, ["switched_off", "duplicate_email"])
    off.refresh_from_db()
    assert not off.is_active


def test_an_excel_file_keeps_zeros_dates_and_whole_numbers(school: Any, tmp_path: Path) -> None:
    rows = [kim(), kim(**{"Student ID": 124, "First Name": "Sam", "Email": None, "Grade": 4})]
    path = write_xlsx(tmp_path / "a.xlsx", rows, more={"Notes": [["nothing", "here"]]})
    code, summary = import_people(path)
    assert (code, counts(summary)) == (0, [2, 0, 0, 0, 0])
    assert sorted(Person.objects.humans().values_list("identifier", "grade")) == [("00123", "05"), ("124", "04")]
    assert [note["code"] for note in summary["notes"]] == ["other_sheets"]
    assert import_people(path)[1]["unchanged"] == 2
    assert import_people(path, sheet="notes")[1]["errors"][0]["code"] == "columns_to_match"
    assert import_people(path, sheet="nowhere")[1]["errors"][0]["code"] == "no_such_sheet"


@pytest.mark.parametrize(("delimiter", "encoding"), [(";", "cp1252"), ("\t", "utf-16"), (",", "utf-8-sig")])
def test_texts_as_systems_write_them(school: Any, tmp_path: Path, delimiter: str, encoding: str) -> None:
    path = write_csv(tmp_path / "a.csv", [kim(**{"First Name": "Zoë"})], delimiter=delimiter, encoding=encoding)
    assert import_people(path)[0] == 0
    assert Person.objects.humans().get().given_name == "Zoë"


def test_what_is_not_recognised_is_said_or_mapped(school: Any, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [{"Kennziffer": "7", "Vorname": "Kim", "Zuname": "Lee", "Klasse": "5"}])
    code, summary = import_people(path)
    assert (code, codes(summary)) == (2, ["columns_to_match"])
    assert not Person.objects.exclude(kind="service").exists()
    said = ["Kennziffer=identifier", "Vorname=given_name", "Zuname=family_name", "klasse=grade"]
    code, summary = import_people(path, map=said)
    assert (code, counts(summary)) == (0, [1, 0, 0, 0, 0])
    assert Person.objects.exclude(kind="service").get().grade == "05"
    for wrong, expected in (("Nix=grade", "unknown_column"), ("Klasse=class", "unknown_field"), ("Klasse", "bad_map")):
        assert codes(import_people(path, map=[wrong])[1]) == [expected]
    assert codes(import_people(path, school="ZZZ")[1]) == ["unknown_school"]


def test_staff_whose_list_says_nothing_of_roles(school: Any, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [{"Staff ID": "7", "Last Name": "Poe", "First Name": "Di"}])
    code, summary = import_people(path)
    assert (code, codes(summary)) == (2, ["columns_to_match"]) and "teachers" in summary["errors"][0]["message"]
    assert import_people(path, who="teacher")[0] == 0
    assert RoleAssignment.objects.get(person__identifier="7").role == "teacher"


def test_a_dry_run_keeps_nothing(school: Any, tmp_path: Path) -> None:
    StudentFactory()
    code, summary = import_people(write_csv(tmp_path / "a.csv", [kim(**FAMILY)]), dry_run=True)
    assert (code, summary["created"], summary["dry_run"]) == (0, 5, True)
    assert Person.objects.filter(kind="student").count() == 1 and not Guardianship.objects.exists()

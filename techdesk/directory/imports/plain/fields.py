"""What a column of a plain file may be, and the headings that school systems give such columns.

The headings are those of exports in use (PowerSchool, Infinite Campus, Skyward, Synergy, Aeries, Google) and of lists
that offices keep by hand. They are compared without regard to case, spaces and signs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from techdesk.directory.queries.people import students_named_by
from techdesk.jobs.hooks import MapField, Mapper

#: How many guardians a row may name.
GUARDIANS = 4
_PERSON, _HOMEROOM, _ROOM = gettext_lazy("Person"), gettext_lazy("Homeroom"), gettext_lazy("Room")
_GUARDIAN = [
    gettext_lazy("Guardian 1"),
    gettext_lazy("Guardian 2"),
    gettext_lazy("Guardian 3"),
    gettext_lazy("Guardian 4"),
]

PERSON = (
    MapField(
        "id",
        gettext_lazy("Number in the other system"),
        ("sourcedId", "SIS ID", "Person ID", "PersonID", "System ID", "UID", "User ID", "DCID", "Student DCID")
        + ("StudentUSI", "SSID", "State ID", "State Student ID", "Record ID", "External ID", "GUID"),
        _PERSON,
    ),
    MapField(
        "identifier",
        gettext_lazy("Card number (student or staff number)"),
        (
            "Student ID",
            "Stu ID",
            "StuID",
            "Student Number",
            "Student No",
            "Student #",
            "Student_Number",
            "StudentNumber",
        )
        + ("Local ID", "Local Student ID", "Perm ID", "PermID", "Permanent ID", "Pupil Number", "Pupil ID", "Other ID")
        + ("Staff ID", "Staff Number", "Employee ID", "Employee Number", "Employee #", "Emp ID", "Teacher ID")
        + ("Teacher Number", "TeacherNumber", "Faculty ID", "Badge Number", "Badge", "Card Number", "Barcode")
        + ("Patron Barcode", "Library Number", "ID Number", "IdNumber", "Number", "identifier", "ID"),
        _PERSON,
    ),
    MapField(
        "given_name",
        gettext_lazy("First name"),
        ("First Name", "FirstName", "Student First Name", "Stu First Name", "Legal First Name", "Given Name", "First")
        + ("First Name [Required]", "Teacher First Name", "Staff First Name", "FName", "Forename"),
        _PERSON,
    ),
    MapField(
        "preferred_name",
        gettext_lazy("Preferred first name"),
        ("Preferred Name", "Preferred First Name", "Nickname", "Nick Name", "Goes By", "Known As", "Chosen Name")
        + ("Usual First Name", "preferredGivenName", "Preferred"),
        _PERSON,
    ),
    MapField(
        "middle_name",
        gettext_lazy("Middle name"),
        ("Middle Name", "Student Middle Name", "Middle Initial", "Middle", "MI", "MName"),
        _PERSON,
    ),
    MapField(
        "family_name",
        gettext_lazy("Last name"),
        ("Last Name", "LastName", "Student Last Name", "Stu Last Name", "Legal Last Name", "Family Name", "Surname")
        + ("Last", "Last Name [Required]", "Teacher Last Name", "Staff Last Name", "LName"),
        _PERSON,
    ),
    MapField(
        "name",
        gettext_lazy("Whole name"),
        (
            "Student Name",
            "Full Name",
            "Name",
            "Student",
            "LastFirst",
            "Last First",
            "Last, First",
            "Last Name First Name",
        )
        + ("Staff Name", "Employee Name", "Display Name", "Patron Name", "Pupil"),
        _PERSON,
    ),
    MapField(
        "email",
        gettext_lazy("Email"),
        ("Email", "E-mail", "Email Address", "E-mail Address", "Student Email", "Student Email Address", "School Email")
        + ("Stu Email", "Staff Email", "Teacher Email", "Work Email", "Employee Email", "Primary Email", "Mail")
        + ("Email Address [Required]", "District Email", "Google Email", "Network Email"),
        _PERSON,
    ),
    MapField(
        "role",
        gettext_lazy("Role (student, teacher, staff)"),
        ("Role", "User Role", "User Type", "Person Type", "Patron Type", "Type", "Kind", "Classification"),
        _PERSON,
    ),
    MapField(
        "job",
        gettext_lazy("Job of staff"),
        ("Job Title", "Job", "Position", "Job Description", "Assignment", "Occupation", "Title"),
        _PERSON,
    ),
    MapField(
        "grade",
        gettext_lazy("Grade"),
        ("Grade", "Grade Level", "GradeLevel", "Grade_Level", "Gr", "Grd", "Current Grade", "Student Grade", "Grades")
        + ("Year Level", "Class Grade", "Enrolled Grade"),
        _PERSON,
    ),
    MapField(
        "username",
        gettext_lazy("User name"),
        ("User Name", "Username", "Login", "Login ID", "Network ID", "Network Login", "Student Web ID"),
        _PERSON,
    ),
    MapField(
        "phone", gettext_lazy("Phone of staff"), ("Work Phone", "Staff Phone", "Extension", "Office Phone"), _PERSON
    ),
    MapField(
        "status",
        gettext_lazy("Still here? (active, withdrawn)"),
        ("Status", "Enrollment Status", "Enroll Status", "Student Status", "Active", "Is Active", "Employment Status"),
        _PERSON,
    ),
)
HOMEROOM = (
    MapField(
        "homeroom",
        gettext_lazy("Homeroom"),
        ("Homeroom", "Home Room", "HomeRm", "HR", "Homeroom Code", "Homeroom Name", "Homeroom Section", "Advisory")
        + ("Class", "Section", "Home_Room", "Homeroom Number", "Form"),
        _HOMEROOM,
    ),
    MapField(
        "homeroom_teacher",
        gettext_lazy("Homeroom teacher"),
        ("Homeroom Teacher", "HR Teacher", "HomeroomTeacher", "Home Room Teacher", "Homeroom Teacher Name", "Advisor")
        + ("Homeroom Teacher Email", "HR Teacher Name", "Advisory Teacher", "Teacher Name", "Teacher"),
        _HOMEROOM,
    ),
)
ROOM = (
    MapField(
        "room",
        gettext_lazy("Room (number or code)"),
        ("Room", "Room Number", "Room No", "Room #", "Room Code", "RoomNumber", "Rm", "Homeroom Room", "Location")
        + ("Classroom", "Room ID"),
        _ROOM,
    ),
    MapField("room_name", gettext_lazy("Name of the room"), ("Room Name", "Room Description", "Description"), _ROOM),
    MapField(
        "room_kind",
        gettext_lazy("Kind of room"),
        ("Room Type", "Room Kind", "Room Use", "Space Type", "Usage"),
        _ROOM,
    ),
    MapField("building", gettext_lazy("Building"), ("Building", "Bldg", "Wing", "Building Name"), _ROOM),
    MapField("floor", gettext_lazy("Floor"), ("Floor", "Level", "Story"), _ROOM),
)
#: What the columns of one guardian are called after "Guardian 1", "Parent 1", "Contact1" …
_PARTS: Mapping[str, tuple[Any, tuple[str, ...]]] = {
    "name": (gettext_lazy("name"), ("Name", "Full Name", "")),
    "given_name": (gettext_lazy("first name"), ("First Name", "First", "FName")),
    "family_name": (gettext_lazy("last name"), ("Last Name", "Last", "LName")),
    "email": (gettext_lazy("email"), ("Email", "Email Address", "E-mail", "Mail")),
    "phone": (
        gettext_lazy("phone"),
        ("Phone", "Phone Number", "Phone 1", "Cell", "Cell Phone", "Mobile", "Mobile Phone", "Home Phone", "Telephone"),
    ),
    "relationship": (gettext_lazy("relationship"), ("Relationship", "Relation", "Rel", "Relationship to Student")),
    "id": (gettext_lazy("number in the other system"), ("ID", "Person ID", "Contact ID")),
}
_CALLED = (
    "Guardian",
    "Parent",
    "Parent/Guardian",
    "Contact",
    "Parent Contact",
    "Family Contact",
    "Emergency Contact",
    "Adult",
)
#: The first two guardians of lists that name them by what they are.
_MOTHER_FATHER = {1: ("Mother", "Mom", "Mother's"), 2: ("Father", "Dad", "Father's")}


def _guardian(number: int) -> tuple[MapField, ...]:
    fields = []
    for part, (label, endings) in _PARTS.items():
        stems = [f"{word} {number}" for word in _CALLED] + list(_MOTHER_FATHER.get(number, ()))
        if number == 1:
            stems += [word for word in _CALLED if word != "Contact"] + [
                "Contact",
                "Primary Contact",
                "Primary Guardian",
            ]
        if number == 2:
            stems += ["Secondary Contact", "Secondary Guardian", "Second Contact", "Other Parent"]
        headings = [f"{stem} {ending}".strip() for stem in stems for ending in endings]
        if number == 1 and part == "relationship":
            headings += ["Relationship", "Relationship to Student"]
        label_of = gettext_lazy("Guardian %(number)d: %(part)s")
        fields.append(
            MapField(
                f"guardian{number}_{part}", _Words(label_of, number, label), tuple(headings), _GUARDIAN[number - 1]
            )
        )
    return tuple(fields)


class _Words:
    """A label put together when it is shown, in the language of whoever reads it."""

    def __init__(self, pattern: Any, number: int, part: Any) -> None:
        self.pattern, self.number, self.part = pattern, number, part

    def __str__(self) -> str:
        return str(self.pattern) % {"number": self.number, "part": self.part}


FIELDS = (*PERSON, *HOMEROOM, *ROOM, *(one for number in range(1, GUARDIANS + 1) for one in _guardian(number)))


def names_people(fields: Collection[str]) -> bool:
    """Does a table with these fields say who people are (and not only refer to them)?"""
    here = set(fields)
    return "name" in here or bool({"given_name", "preferred_name"} & here and "family_name" in here)


def identifies(fields: Collection[str]) -> bool:
    return bool({"id", "identifier", "email"} & set(fields))


def names_guardians(fields: Collection[str]) -> bool:
    return any(one.startswith("guardian") for one in fields)


def _lacks(fields: Collection[str], options: Mapping[str, Any]) -> str:
    here = set(fields)
    if names_people(here):
        if not identifies(here):
            return _("Which column tells people apart? A student or staff number, or an email address, is needed.")
        if not ({"role", "job", "grade"} & here or options.get("who")):
            return _("Are these students, teachers or other staff? A column “Role” or “Grade” must say it, or you do.")
        return _lacks_guardian_names(here)
    if identifies(here) and (names_guardians(here) or {"homeroom", "homeroom_teacher"} & here):
        return _lacks_guardian_names(here)
    if {"room", "homeroom"} & here and not (identifies(here) or {"given_name", "family_name"} & here):
        return ""
    if {"given_name", "family_name", "preferred_name"} & here or identifies(here):
        return _("First and last name are needed, in two columns or in one.")
    return _("Nothing that is needed was recognized: for people their names and a number, for rooms the room number.")


def _lacks_guardian_names(fields: Collection[str]) -> str:
    for number in range(1, GUARDIANS + 1):
        here = {one for one in fields if one.startswith(f"guardian{number}_")}
        whole = {f"guardian{number}_given_name", f"guardian{number}_family_name"}
        if here and f"guardian{number}_name" not in here and not whole <= here:
            return _("Guardian %(number)d has no column with the name.") % {"number": number}
    return ""


def _named(values: Iterable[str]) -> list[int]:
    return students_named_by(values)


MAPPER = Mapper(FIELDS, _lacks, _named)

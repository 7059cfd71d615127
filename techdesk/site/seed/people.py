"""Schools, rooms, people, homerooms and classes."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

from techdesk.base.keys import CODE_ALPHABET
from techdesk.base.text import fold
from techdesk.directory.choices import EnrolmentRole, GrantSource, PersonKind, RoomKind, SectionKind, TermKind
from techdesk.directory.models import (
    ClosedDay,
    Enrolment,
    Guardianship,
    Person,
    RoleAssignment,
    Room,
    School,
    SchoolHours,
    SchoolYear,
    Section,
    Term,
)
from techdesk.site.demo.names import FAMILY, GIVEN
from techdesk.site.demo.plan import year_around
from techdesk.site.seed.copying import Tables
from techdesk.site.seed.plan import DOMAIN, ZONE, SchoolPlan

#: Nobody of a synthetic district has a password; Django reads a leading "!" as "none".
NO_PASSWORD = "!nobody signs in with a password here"  # noqa: S105
SUBJECTS = ("Mathematics", "English", "Science", "Social studies")
#: The first person of a role in the first school can be found by this address, for `create_token`.
KNOWN = {
    "teacher": "teacher",
    "technician": "tech",
    "librarian": "librarian",
    "testing_coordinator": "coordinator",
    "school_admin": "principal",
    "student": "student",
    "district_admin": "admin",
}
_CODES = len(CODE_ALPHABET) ** 6


@dataclass
class Place:
    """One school as devices and tickets need to know it: keys only."""

    plan: SchoolPlan
    school_id: int
    classrooms: list[int] = field(default_factory=list)
    other_rooms: list[int] = field(default_factory=list)  # the library first, the tech closet last
    teachers: list[int] = field(default_factory=list)
    technicians: list[int] = field(default_factory=list)
    students: range = range(0)
    chromebooks: range = range(0)
    boards: list[int] = field(default_factory=list)


class People:
    def __init__(self, tables: Tables, *, seed: int, moment: dt.datetime, actor_id: int) -> None:
        self.seed, self.moment, self.actor_id = seed, moment, actor_id
        self.tables = tables
        self.schools = tables.of(School)
        self.hours = tables.of(SchoolHours)
        self.rooms = tables.of(Room)
        self.people = tables.of(Person)
        self.roles = tables.of(RoleAssignment)
        self.guardianships = tables.of(Guardianship)
        self.sections = tables.of(Section)
        self.section_terms = tables.of(Section.terms.through)
        self.enrolments = tables.of(Enrolment)
        self.known = dict(KNOWN)
        self.rng = random.Random(f"{seed}/people")  # noqa: S311 - the same district every time
        self._folded: dict[str, str] = {}
        self._calendar(moment.date())

    def _calendar(self, today: dt.date) -> None:
        year = year_around(today)
        made = SchoolYear.objects.create(name=year.name, starts_on=year.starts_on, ends_on=year.ends_on)
        half = dt.date(year.starts_on.year, 12, 21)
        self.terms = [
            Term.objects.create(
                year=made, name="Fall semester", kind=TermKind.SEMESTER, starts_on=year.starts_on, ends_on=half
            ).pk,
            Term.objects.create(
                year=made,
                name="Spring semester",
                kind=TermKind.SEMESTER,
                starts_on=half + dt.timedelta(days=14),
                ends_on=year.ends_on,
            ).pk,
        ]
        ClosedDay.objects.bulk_create([ClosedDay(on=day, name=name) for day, name in year.closed])
        self.year_id = made.pk
        self.begins_on = year.starts_on
        self.joined_at = self.moment - dt.timedelta(days=400)

    def district_staff(self, schools: int) -> None:
        self._person("district_admin", None)
        for _n in range(max(1, schools // 20)):
            self._person("district_technician", None)

    def school(self, plan: SchoolPlan) -> Place:
        self.rng = random.Random(f"{self.seed}/people/{plan.code}")  # noqa: S311
        school_id = self.schools.add(code=plan.code, name=plan.name, time_zone=ZONE, **self._moments())
        for weekday in range(5):
            self.hours.add(school_id=school_id, weekday=weekday, opens_at="07:30", closes_at="15:30")
        here = Place(plan=plan, school_id=school_id)
        classes = plan.classes()
        for n, _class in enumerate(classes):
            floor, number = divmod(n, 30)
            here.classrooms.append(self._room(school_id, f"{floor + 1}{number + 1:02}", floor=str(floor + 1)))
        for name, kind in (
            ("Library", RoomKind.LIBRARY),
            ("Computer lab", RoomKind.LAB),
            ("Gym", RoomKind.OTHER),
            ("Office", RoomKind.OFFICE),
            ("Tech closet", RoomKind.STORAGE),
        ):
            here.other_rooms.append(self._room(school_id, name.split()[0].upper()[:6], name=name, kind=kind))
        self._staff(here)
        self._classes(here, classes)
        self.tables.breathe()
        return here

    def _room(self, school_id: int, code: str, **facts: str) -> int:
        number = (self.rooms.total + 1) * 104_395_301 % _CODES  # prime to the number of codes: no two alike
        sign = ""
        for _place in range(6):
            number, letter = divmod(number, len(CODE_ALPHABET))
            sign += CODE_ALPHABET[letter]
        return self.rooms.add(
            school_id=school_id, code=code, building="Main building", sign_code=sign, **facts, **self._moments()
        )

    def _staff(self, here: Place) -> None:
        for n in range(len(here.classrooms) + len(here.classrooms) // 4):
            room = here.classrooms[n] if n < len(here.classrooms) else None
            here.teachers.append(self._person("teacher", here.school_id, default_room_id=room))
        for _n in range(1 + here.plan.students // 1500):
            here.technicians.append(self._person("technician", here.school_id))
        for role in ("school_admin", "librarian", "testing_coordinator", "staff", "staff"):
            self._person(role, here.school_id)

    def _classes(self, here: Place, classes: list[tuple[str, int]]) -> None:
        first = self.people.last_id + 1
        students: list[int] = []
        for n, (grade, size) in enumerate(classes):
            mine = [self._person("student", here.school_id, grade=grade) for _n in range(size)]
            students += mine
            label = f"{grade.removeprefix('0')}{chr(65 + n % 26)}" if grade != "KG" else f"K{chr(65 + n % 26)}"
            self._section(
                here, f"Homeroom {label}", f"HR-{n + 1}", SectionKind.HOMEROOM, grade, n, here.teachers[n], mine
            )
            if here.plan.one_to_one:
                for k, subject in enumerate(SUBJECTS):
                    teacher = here.teachers[(n + 7 * k + 1) % len(here.teachers)]
                    code = f"{subject[:3].upper()}-{n + 1}"
                    self._section(
                        here, f"{subject} {label}", code, SectionKind.SCHEDULED, grade, n, teacher, mine, period=k + 1
                    )
            self.tables.breathe()
        # No guardian came between the students: their keys are one range, which costs no memory.
        here.students = range(first, self.people.last_id + 1)
        self._guardians(students)

    def _section(
        self,
        here: Place,
        title: str,
        code: str,
        kind: str,
        grade: str,
        n: int,
        teacher: int,
        students: list[int],
        period: int | None = None,
    ) -> None:
        section = self.sections.add(
            school_id=here.school_id,
            year_id=self.year_id,
            title=title,
            code=code,
            kind=kind,
            grades=[grade],
            periods=[str(period)] if period else [],
            room_id=here.classrooms[n],
            **self._moments(),
        )
        for term in self.terms:
            self.section_terms.add(section_id=section, term_id=term)
        self.enrolments.add(
            section_id=section,
            person_id=teacher,
            role=EnrolmentRole.TEACHER,
            is_primary=True,
            begins_on=self.begins_on,
        )
        for student in students:
            self.enrolments.add(
                section_id=section, person_id=student, role=EnrolmentRole.STUDENT, begins_on=self.begins_on
            )

    def _guardians(self, students: list[int]) -> None:
        """Nine of ten students have somebody; brothers and sisters share."""
        guardian = None
        for n, student in enumerate(students):
            luck = self.rng.random()
            if luck < 0.1:
                continue
            if guardian is None or luck < 0.7:
                guardian = self._person("guardian", None)
            self.guardianships.add(
                student_id=student,
                guardian_id=guardian,
                relationship="Mother" if luck < 0.5 else "Father",
                is_primary=True,
                begins_at=self.joined_at,
            )
            if n % 1000 == 0:
                self.tables.breathe()

    def _person(self, role: str, school_id: int | None, *, grade: str = "", default_room_id: int | None = None) -> int:
        given, family = self.rng.choice(GIVEN), self.rng.choice(FAMILY)
        kind = {"student": PersonKind.STUDENT, "guardian": PersonKind.GUARDIAN}.get(role, PersonKind.STAFF)
        identifier = "" if role == "guardian" else str(100_000 + self.people.total)
        email = self._address(role, grade, given, family)
        search = f"{self._fold(given)} {self._fold(family)} {email or ''} {identifier}"
        person = self.people.add(
            kind=kind,
            given_name=given,
            family_name=family,
            sort_name=f"{self._fold(family)} {self._fold(given)}",
            search_text=" ".join(search.split()),
            email=email,
            identifier=identifier,
            grade=grade,
            default_room_id=default_room_id,
            password=NO_PASSWORD,
            **self._moments(),
        )
        if role != "guardian":
            roster = role in {"teacher", "staff", "student"}
            self.roles.add(
                person_id=person,
                role=role,
                school_id=school_id,
                source=GrantSource.ROSTER if roster else GrantSource.PERSON,
                granted_by_id=self.actor_id,
                granted_at=self.joined_at,
            )
        return person

    def _address(self, role: str, grade: str, given: str, family: str) -> str | None:
        if role in self.known:
            return f"{self.known.pop(role)}@{DOMAIN}"
        if grade in {"KG", "01", "02"}:
            return None  # the youngest have no mail address
        name = f"{self._fold(given)}.{self._fold(family)}".replace("'", "")
        place = {"student": "students.", "guardian": "families."}.get(role, "")
        return f"{name}.{self.people.total + 1}@{place}{DOMAIN}"

    def _fold(self, text: str) -> str:
        """`fold`, remembered: there are a few hundred names."""
        if text not in self._folded:
            self._folded[text] = fold(text)
        return self._folded[text]

    def _moments(self) -> dict[str, dt.datetime]:
        return {"created_at": self.joined_at, "updated_at": self.joined_at}

"""Schools, rooms, people, homerooms and the calendar of the demo district."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

from django.contrib.auth.hashers import make_password

from techdesk.base.text import fold
from techdesk.directory.actions import service_person
from techdesk.directory.choices import EnrolmentRole, PersonKind, RoomKind, SectionKind, TermKind
from techdesk.directory.models import (
    BellPeriod,
    BellSchedule,
    ClosedDay,
    DayCycle,
    District,
    Enrolment,
    Person,
    RoleAssignment,
    Room,
    School,
    SchoolHours,
    SchoolYear,
    Section,
    ShortDay,
    Term,
)
from techdesk.site.demo import plan
from techdesk.site.demo.names import FAMILY, GIVEN


@dataclass
class SchoolWorld:
    """One school with everything that devices and tickets need to know of it."""

    plan: plan.SchoolPlan
    school: School
    rooms: list[Room] = field(default_factory=list)  # homerooms first, in the order of their sections
    teachers: list[Person] = field(default_factory=list)  # homeroom teachers, same order
    staff: list[Person] = field(default_factory=list)
    students: list[list[Person]] = field(default_factory=list)  # per homeroom
    technicians: list[Person] = field(default_factory=list)


@dataclass
class World:
    today: dt.date
    actor: Person
    schools: list[SchoolWorld] = field(default_factory=list)
    accounts: dict[str, Person] = field(default_factory=dict)


class _People:
    """Collects people and their roles, then writes them in two statements."""

    def __init__(self, rng: random.Random, actor: Person) -> None:
        self.rng, self.actor = rng, actor
        self.people: list[Person] = []
        self.roles: list[tuple[Person, str, School | None]] = []
        self.addresses: set[str] = set()
        self.password = make_password(plan.PASSWORD)
        self.next_identifier = 400_001

    def add(
        self,
        role: str,
        school: School | None,
        *,
        account: str | None = None,
        grade: str = "",
    ) -> Person:
        student = role == "student"
        if account:
            given, family = plan.ACCOUNTS[account][:2]
        else:
            given, family = self.rng.choice(GIVEN), self.rng.choice(FAMILY)
        person = Person(
            kind=PersonKind.STUDENT if student else PersonKind.STAFF,
            given_name=given,
            family_name=family,
            identifier=str(self.next_identifier),
            grade=grade,
            email=self._address(given, family, account, student=student, grade=grade),
            password=self.password if account else make_password(None),
        )
        self.next_identifier += 1
        person.fill_search()
        self.people.append(person)
        self.roles.append((person, role, school))
        return person

    def _address(self, given: str, family: str, account: str | None, *, student: bool, grade: str) -> str | None:
        if account:
            return f"{account}@{plan.DOMAIN}"
        if student and grade in {"KG", "01", "02"}:
            return None  # the youngest have no mail address
        name = fold(f"{given}.{family}").replace("'", "").replace(" ", "")
        domain = f"students.{plan.DOMAIN}" if student else plan.DOMAIN
        address, n = f"{name}@{domain}", 2
        while address in self.addresses:
            address, n = f"{name}{n}@{domain}", n + 1
        self.addresses.add(address)
        return address

    def write(self) -> None:
        Person.objects.bulk_create(self.people, batch_size=500)
        RoleAssignment.objects.bulk_create(
            [
                RoleAssignment(person=person, role=role, school=school, granted_by=self.actor)
                for person, role, school in self.roles
            ],
            batch_size=500,
        )


def build(rng: random.Random, today: dt.date) -> World:
    """Write the schools, people, rooms, homerooms and the calendar; return what later steps need."""
    District.objects.create(name=plan.DISTRICT, is_demo=True)
    world = World(today=today, actor=service_person("demo"))
    calendar = plan.year_around(today)
    year = SchoolYear.objects.create(name=calendar.name, starts_on=calendar.starts_on, ends_on=calendar.ends_on)
    half = dt.date(calendar.starts_on.year, 12, 21)
    terms = [
        Term(year=year, name="Fall semester", kind=TermKind.SEMESTER, starts_on=calendar.starts_on, ends_on=half),
        Term(
            year=year,
            name="Spring semester",
            kind=TermKind.SEMESTER,
            starts_on=half + dt.timedelta(days=14),
            ends_on=calendar.ends_on,
        ),
    ]
    Term.objects.bulk_create(terms)
    ClosedDay.objects.bulk_create([ClosedDay(on=day, name=name) for day, name in calendar.closed])
    ShortDay.objects.bulk_create(
        [ShortDay(on=day, name="Early release", closes_at=dt.time(12, 30)) for day in calendar.early_release]
    )

    people = _People(rng, world.actor)
    for school_plan in plan.SCHOOLS:
        world.schools.append(_people_of_school(people, school_plan, today))
    lincoln, roosevelt, middle, high = world.schools
    _named_accounts(people, world, lincoln, roosevelt, middle)
    for place in (middle, high):
        place.technicians.append(people.add("technician", place.school))
    people.add("district_technician", None)
    people.write()
    _sections(world, year, terms)
    return world


def _bells(school: School, school_plan: plan.SchoolPlan, year: plan.YearPlan) -> None:
    """The middle and the high school ring A and B days; every school has its periods."""
    for n, (name, cycle_days, lines) in enumerate(plan.BELLS[school_plan.bells]):
        schedule = BellSchedule.objects.create(school=school, name=name, cycle_days=list(cycle_days), is_default=not n)
        BellPeriod.objects.bulk_create(
            BellPeriod(schedule=schedule, position=place, name=period, starts_at=starts, ends_at=ends)
            for place, (period, starts, ends) in enumerate(lines)
        )
    if school_plan.bells == "blocks":
        DayCycle.objects.create(school=school, starts_on=year.starts_on, names=["A", "B"], first="A")


def _people_of_school(people: _People, school_plan: plan.SchoolPlan, today: dt.date) -> SchoolWorld:
    school = School.objects.create(code=school_plan.code, name=school_plan.name, time_zone=plan.ZONE)
    SchoolHours.objects.bulk_create(
        SchoolHours(school=school, weekday=weekday, opens_at=dt.time(7, 30), closes_at=dt.time(15, 30))
        for weekday in range(5)
    )
    _bells(school, school_plan, plan.year_around(today))
    here = SchoolWorld(plan=school_plan, school=school)
    number = 0
    for floor, grade in enumerate(school_plan.grades, start=1):
        for _letter in range(school_plan.homerooms):
            number += 1
            code = str(number) if school_plan.code in {"LIN", "ROO"} else f"{100 * floor + number}"
            here.rooms.append(Room(school=school, code=code, building="Main building", floor=str(floor)))
            first = (school_plan.code, number) == ("LIN", 12)
            here.teachers.append(people.add("teacher", school, account="teacher" if first else None))
            here.students.append(
                [
                    people.add("student", school, account="student" if first and n == 0 else None, grade=grade)
                    for n in range(school_plan.students)
                ]
            )
    for name, kind in (
        ("Library", RoomKind.LIBRARY),
        ("Computer lab", RoomKind.LAB),
        ("Gym", RoomKind.OTHER),
        ("Office", RoomKind.OFFICE),
        ("Tech closet", RoomKind.STORAGE),
    ):
        here.rooms.append(Room(school=school, code=name.split()[0].upper()[:6], name=name, kind=kind))
    Room.objects.bulk_create(here.rooms)
    for n in range(6):
        here.staff.append(people.add("teacher" if n < 4 else "staff", school))
    return here


def _named_accounts(
    people: _People, world: World, lincoln: SchoolWorld, roosevelt: SchoolWorld, middle: SchoolWorld
) -> None:
    sam = people.add("technician", lincoln.school, account="tech")
    people.roles.append((sam, "technician", roosevelt.school))
    lincoln.technicians.append(sam)
    roosevelt.technicians.append(sam)
    people.add("librarian", lincoln.school, account="librarian")
    people.add("testing_coordinator", middle.school, account="coordinator")
    people.add("school_admin", lincoln.school, account="principal")
    people.add("district_admin", None, account="admin")
    for place in (roosevelt, middle, *world.schools[3:]):
        people.add("school_admin", place.school)
        people.add("librarian", place.school)
    for person in people.people:
        if person.email and person.email.split("@")[0] in plan.ACCOUNTS and person.email.endswith(f"@{plan.DOMAIN}"):
            world.accounts[person.email.split("@")[0]] = person


def _sections(world: World, year: SchoolYear, terms: list[Term]) -> None:
    sections: list[Section] = []
    enrolments: list[Enrolment] = []
    for here in world.schools:
        grades = [g for g in here.plan.grades for _ in range(here.plan.homerooms)]
        for n, (grade, teacher, students) in enumerate(zip(grades, here.teachers, here.students, strict=True)):
            letter = "ABC"[n % here.plan.homerooms]
            name = f"{grade.lstrip('0')}{letter}" if grade != "KG" else f"K{letter}"
            section = Section(
                school=here.school,
                year=year,
                title=f"Homeroom {name}",
                code=f"HR-{name}",
                kind=SectionKind.HOMEROOM,
                grades=[grade],
                location=here.rooms[n].code,
                room=here.rooms[n],
            )
            sections.append(section)
            teacher.default_room = here.rooms[n]
            enrolments.append(Enrolment(section=section, person=teacher, role=EnrolmentRole.TEACHER, is_primary=True))
            enrolments += [Enrolment(section=section, person=s, role=EnrolmentRole.STUDENT) for s in students]
    Section.objects.bulk_create(sections)
    for section in sections:
        section.terms.set(terms)
    Enrolment.objects.bulk_create(enrolments, batch_size=500)
    Person.objects.bulk_update([t for here in world.schools for t in here.teachers], ["default_room"])

"""What the demo district looks like: its schools, school year and accounts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

ZONE = "America/Chicago"
DISTRICT = "Maple Valley School District"
DOMAIN = "demo.techdesk.example"
#: Known to everybody, and therefore only ever loaded on a machine of one's own (see load_demo).
PASSWORD = "maple valley demo"  # noqa: S105


@dataclass(frozen=True)
class SchoolPlan:
    code: str
    name: str
    prefix: str  # of its asset tags
    grades: tuple[str, ...]
    homerooms: int  # per grade
    students: int  # per homeroom
    one_to_one: bool
    carts: int
    bells: str = "periods"  # which of BELLS it rings


SCHOOLS = (
    SchoolPlan("LIN", "Lincoln Elementary", "L", ("KG", "01", "02", "03", "04", "05"), 2, 18, False, 7),
    SchoolPlan("ROO", "Roosevelt Elementary", "R", ("KG", "01", "02", "03", "04", "05"), 1, 20, False, 4),
    SchoolPlan("MVM", "Maple Valley Middle School", "M", ("06", "07", "08"), 3, 24, True, 1, "blocks"),
    SchoolPlan("MVH", "Maple Valley High School", "H", ("09", "10", "11", "12"), 3, 22, False, 4, "blocks"),
)

Period = tuple[str, dt.time, dt.time]


def _periods(text: str) -> tuple[Period, ...]:
    """ "1 7:45 8:35, 2 8:40 9:30" as periods."""
    rows = (line.rsplit(" ", 2) for line in text.split(", "))
    return tuple((name, _clock(starts), _clock(ends)) for name, starts, ends in rows)


def _clock(text: str) -> dt.time:
    hour, _colon, minute = text.partition(":")
    return dt.time(int(hour), int(minute))


#: Kind -> its bell schedules: name, the days of the cycle it is for, periods. The first is the default.
BELLS: dict[str, tuple[tuple[str, tuple[str, ...], tuple[Period, ...]], ...]] = {
    "periods": (
        (
            "Regular",
            (),
            _periods(
                "Homeroom 7:45 8:00, 1 8:00 8:50, 2 8:55 9:45, 3 9:50 10:40, 4 10:45 11:35, Lunch 11:35 12:15, "
                "5 12:15 13:05, 6 13:10 14:00, 7 14:05 14:55"
            ),
        ),
        (
            "Assembly",
            (),
            _periods("Homeroom 7:45 8:00, Assembly 8:00 9:00, 1 9:05 9:45, 2 9:50 10:30, 3 10:35 11:15, 4 11:20 12:00"),
        ),
    ),
    "blocks": (
        ("A day", ("A",), _periods("1 7:45 9:15, 2 9:25 10:55, Lunch 10:55 11:35, 3 11:40 13:10, 4 13:20 14:50")),
        ("B day", ("B",), _periods("5 7:45 9:15, 6 9:25 10:55, Lunch 10:55 11:35, 7 11:40 13:10, 8 13:20 14:50")),
    ),
}

#: name before the @ -> (given name, family name, role, school code or None for the district, in words)
ACCOUNTS: dict[str, tuple[str, str, str, str | None, str]] = {
    "teacher": ("Ana", "Diaz", "teacher", "LIN", "teacher of 5B at Lincoln"),
    "tech": ("Sam", "Rivera", "technician", "LIN", "technician at Lincoln and Roosevelt"),
    "librarian": ("June", "Park", "librarian", "LIN", "librarian at Lincoln"),
    "coordinator": ("Omar", "Hassan", "testing_coordinator", "MVM", "testing coordinator at the middle school"),
    "principal": ("Ruth", "Whitfield", "school_admin", "LIN", "principal of Lincoln"),
    "admin": ("Dana", "Cole", "district_admin", None, "district administrator"),
    "student": ("Mateo", "Reyes", "student", "LIN", "student in 5B"),
}


@dataclass(frozen=True)
class YearPlan:
    name: str
    starts_on: dt.date
    ends_on: dt.date
    closed: tuple[tuple[dt.date, str], ...]
    early_release: tuple[dt.date, ...]


def year_around(today: dt.date) -> YearPlan:
    """The school year that `today` lies in (from July on: the coming one)."""
    first = today.year if today.month >= 7 else today.year - 1
    thanksgiving = _nth_weekday(first, 11, 3, 4)
    closed = [
        (_nth_weekday(first, 9, 0, 1), "Labor Day"),
        (thanksgiving, "Thanksgiving"),
        (thanksgiving + dt.timedelta(days=1), "Thanksgiving break"),
        *((dt.date(first, 12, 22) + dt.timedelta(days=n), "Winter break") for n in range(12)),
        (_nth_weekday(first + 1, 1, 0, 3), "Martin Luther King Jr. Day"),
        *((_nth_weekday(first + 1, 3, 0, 3) + dt.timedelta(days=n), "Spring break") for n in range(5)),
    ]
    return YearPlan(
        name=f"{first}–{first + 1}",
        starts_on=dt.date(first, 8, 15),
        ends_on=dt.date(first + 1, 6, 5),
        closed=tuple(closed),
        # The day before Thanksgiving, the last one before winter break, and one Wednesday a month for teachers to meet.
        early_release=tuple(
            sorted(
                {
                    thanksgiving - dt.timedelta(days=1),
                    _school_day_before(dt.date(first, 12, 22)),
                    *(_nth_weekday(first, month, 2, 2) for month in (9, 10, 12)),
                    *(_nth_weekday(first + 1, month, 2, 2) for month in (1, 2, 3, 4, 5)),
                }
            )
        ),
    )


def _school_day_before(day: dt.date) -> dt.date:
    """The last weekday before `day`."""
    before = day - dt.timedelta(days=1)
    return before - dt.timedelta(days=max(before.weekday() - 4, 0))


def _nth_weekday(year: int, month: int, weekday: int, n: int) -> dt.date:
    """The n-th `weekday` (0 = Monday) of a month."""
    first = dt.date(year, month, 1)
    return first + dt.timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))

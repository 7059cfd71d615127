"""School time as tables: weekends, closed days, summers, three zones, both clock changes, a leap day."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from techdesk.directory.models import ClosedDay, SchoolHours, SchoolYear
from techdesk.directory.queries import (
    Calendar,
    NoSchoolDays,
    add_school_days,
    add_school_minutes,
    is_school_day,
    next_school_time,
    school_minutes_between,
)
from tests.factories import SchoolFactory

WEEK = {day: (dt.time(8), dt.time(16)) for day in range(5)}
# Nobody teaches at night on Sundays; but that is when the clocks change.
NIGHT = {**WEEK, 6: (dt.time(0), dt.time(6))}
CLOSED = frozenset(dt.date(2026, 11, day) for day in (11, 26, 27))
YEARS = (
    (dt.date(2025, 8, 18), dt.date(2026, 6, 5)),
    (dt.date(2026, 8, 17), dt.date(2027, 6, 4)),
)


def calendar(zone: str = "America/Chicago", **changes: Any) -> Calendar:
    facts: dict[str, Any] = {"hours": WEEK, "closed": CLOSED, "years": YEARS, **changes}
    return Calendar(zone=ZoneInfo(zone), **facts)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2026-11-09", True),  # a plain Monday
        ("2026-11-07", False),  # Saturday
        ("2026-11-08", False),  # Sunday
        ("2026-11-11", False),  # Veterans Day
        ("2026-11-26", False),  # Thanksgiving
        ("2026-06-05", True),  # last day of the year
        ("2026-06-08", False),  # summer, between two known years
        ("2026-08-14", False),  # the last Friday of the summer
        ("2026-08-17", True),  # first day of the next year
        ("2025-07-01", True),  # before the first year known: by weekday
        ("2027-06-07", True),  # behind the last year known: by weekday
        ("2027-06-06", False),  # ... and that one is a Sunday
    ],
)
def test_school_days(on: str, expected: bool) -> None:
    assert calendar().is_school_day(day(on)) is expected


@pytest.mark.parametrize(
    ("start", "n", "expected"),
    [
        ("2026-11-09", 0, "2026-11-09"),
        ("2026-11-09", 1, "2026-11-10"),
        ("2026-11-10", 1, "2026-11-12"),  # over Veterans Day
        ("2026-11-06", 1, "2026-11-09"),  # Friday and one
        ("2026-11-07", 0, "2026-11-09"),  # Saturday rolls on
        ("2026-11-07", 1, "2026-11-09"),
        ("2026-11-07", 2, "2026-11-10"),
        ("2026-11-07", -1, "2026-11-06"),
        ("2026-11-09", -1, "2026-11-06"),
        ("2026-11-25", 1, "2026-11-30"),  # over Thanksgiving and a weekend
        ("2026-11-25", 2, "2026-12-01"),
        ("2026-11-30", -1, "2026-11-25"),
        ("2026-06-04", 2, "2026-08-17"),  # over the summer
        ("2026-08-17", -1, "2026-06-05"),
        ("2026-07-04", 0, "2026-08-17"),
        ("2027-07-01", 2, "2027-07-05"),  # behind what is known: by weekday
        ("2028-02-28", 1, "2028-02-29"),  # leap day, a Tuesday
        ("2028-02-29", 1, "2028-03-01"),
        ("2027-02-26", 1, "2027-03-01"),  # no leap day
        ("2026-08-17", 10, "2026-08-31"),
    ],
)
def test_adding_school_days(start: str, n: int, expected: str) -> None:
    assert calendar().add_days(day(start), n) == day(expected)


@pytest.mark.parametrize(
    ("zone", "start", "minutes", "expected"),
    [
        # Chicago in November is UTC-6: open from 14:00 to 22:00 UTC.
        ("America/Chicago", "2026-11-09T15:00", 60, "2026-11-09T16:00"),
        ("America/Chicago", "2026-11-09T21:30", 30, "2026-11-09T22:00"),  # to the minute of closing
        ("America/Chicago", "2026-11-09T21:30", 31, "2026-11-10T14:01"),
        ("America/Chicago", "2026-11-09T22:00", 0, "2026-11-10T14:00"),  # closing is closed
        ("America/Chicago", "2026-11-09T14:00", 0, "2026-11-09T14:00"),
        ("America/Chicago", "2026-11-09T03:00", 5, "2026-11-09T14:05"),  # still Sunday evening there
        ("America/Chicago", "2026-11-10T21:00", 120, "2026-11-12T15:00"),  # over Veterans Day
        ("America/Chicago", "2026-11-25T21:59", 2, "2026-11-30T14:01"),  # over Thanksgiving
        ("America/Chicago", "2026-11-09T14:00", 8 * 60 * 2, "2026-11-10T22:00"),
        # The clocks go forward on Sunday, March 8, 2026: Monday opens at 13:00 UTC, not 14:00.
        ("America/Chicago", "2026-03-06T21:00", 90, "2026-03-09T13:30"),
        # ... and back on November 1: Monday opens at 14:00 UTC, not 13:00.
        ("America/Chicago", "2026-10-30T20:00", 90, "2026-11-02T14:30"),
        # Phoenix knows no summer time: UTC-7 all year.
        ("America/Phoenix", "2026-03-06T22:00", 90, "2026-03-09T15:30"),
        ("America/Phoenix", "2026-10-30T22:00", 90, "2026-11-02T15:30"),
        # Auckland is a day ahead, and its summer time starts on September 27, 2026.
        ("Pacific/Auckland", "2026-09-25T03:30", 60, "2026-09-27T19:30"),
        ("Pacific/Auckland", "2026-11-08T18:00", 30, "2026-11-08T19:30"),
        # Leap day.
        ("America/Chicago", "2028-02-28T21:30", 60, "2028-02-29T14:30"),
    ],
)
def test_adding_school_minutes(zone: str, start: str, minutes: int, expected: str) -> None:
    found = calendar(zone).add_minutes(utc(start), minutes)
    assert found == utc(expected)
    assert found.tzinfo is dt.UTC


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-11-09T15:00", "2026-11-09T16:00", 60),
        ("2026-11-09T20:00", "2026-11-10T16:00", 240),
        ("2026-11-06T20:00", "2026-11-09T16:00", 240),  # over the weekend
        ("2026-11-07T12:00", "2026-11-08T12:00", 0),
        ("2026-11-10T14:00", "2026-11-12T22:00", 960),  # over Veterans Day
        ("2026-11-10T16:00", "2026-11-10T15:00", -60),
        ("2026-11-09T15:00:00", "2026-11-09T15:00:59", 0),  # whole minutes only
        ("2026-06-05T20:00", "2026-08-17T14:00", 120),  # over the summer (UTC-5)
    ],
)
def test_school_minutes_between(start: str, end: str, expected: int) -> None:
    assert calendar().minutes_between(utc(start), utc(end)) == expected


@pytest.mark.parametrize(
    ("sunday", "hours_long"), [("2026-03-08", 5), ("2026-03-15", 6), ("2026-11-01", 7), ("2026-11-08", 6)]
)
def test_a_night_in_which_the_clock_is_set_has_its_true_length(sunday: str, hours_long: int) -> None:
    night = calendar(hours=NIGHT)
    start = dt.datetime.combine(day(sunday), dt.time(0), night.zone).astimezone(dt.UTC)

    assert night.minutes_between(start - dt.timedelta(hours=3), start + dt.timedelta(hours=12)) == hours_long * 60
    assert night.add_minutes(start, hours_long * 60) == start + dt.timedelta(hours=hours_long)


def test_adding_and_counting_agree() -> None:
    """For every step over a clock change, a closed day and weekends: what was added is what lies between."""
    november = calendar()
    start = utc("2026-10-29T17:17")
    for minutes in range(1, 6000, 97):
        end = november.add_minutes(start, minutes)
        assert november.minutes_between(start, end) == minutes


def test_a_calendar_without_school_days_is_a_clear_refusal() -> None:
    closed = frozenset(dt.date(2026, 1, 1) + dt.timedelta(days=n) for n in range(1200))
    never = calendar(closed=closed)
    for question in (
        lambda: never.add_days(day("2026-01-05"), 1),
        lambda: never.add_minutes(utc("2026-01-05T15:00"), 5),
        lambda: never.next_time(utc("2026-01-05T15:00")),
    ):
        with pytest.raises(NoSchoolDays) as refusal:
            question()
        assert refusal.value.code == "no_school_days"
        assert refusal.value.status == 409


@pytest.mark.parametrize("minutes", [10**7, 10**15])
def test_more_minutes_than_two_years_hold_are_refused(minutes: int) -> None:
    with pytest.raises(NoSchoolDays):
        calendar().add_minutes(utc("2026-11-09T15:00"), minutes)


def test_the_end_of_all_calendars_is_refused_not_a_crash() -> None:
    with pytest.raises(NoSchoolDays):
        calendar().add_days(dt.date.max, 5)
    with pytest.raises(NoSchoolDays):
        calendar().add_days(dt.date.min, -5)


def test_minutes_are_not_counted_backward() -> None:
    with pytest.raises(ValueError, match="forward"):
        calendar().add_minutes(utc("2026-11-09T15:00"), -1)


# --- the same through the database ----------------------------------------------------------------------


@pytest.mark.django_db
def test_a_school_reads_its_own_calendar() -> None:
    here, there = SchoolFactory(time_zone="America/Chicago"), SchoolFactory(time_zone="America/Phoenix")
    for school in (here, there):
        SchoolHours.objects.bulk_create(
            SchoolHours(school=school, weekday=n, opens_at=opens, closes_at=closes)
            for n, (opens, closes) in WEEK.items()
        )
    ClosedDay.objects.create(school=None, on=day("2026-11-26"), name="Thanksgiving")
    ClosedDay.objects.create(school=here, on=day("2026-11-27"), name="Water pipe")
    SchoolYear.objects.create(name="2025/26", starts_on=day("2025-08-18"), ends_on=day("2026-06-05"))
    SchoolYear.objects.create(name="2026/27", starts_on=day("2026-08-17"), ends_on=day("2027-06-04"))

    assert not is_school_day(here, day("2026-11-26"))
    assert not is_school_day(there, day("2026-11-26"))
    assert not is_school_day(here, day("2026-11-27"))
    assert is_school_day(there, day("2026-11-27"))
    assert not is_school_day(here, day("2026-07-01"))
    assert add_school_days(here, day("2026-11-25"), 1) == day("2026-11-30")
    assert add_school_days(there, day("2026-11-25"), 1) == day("2026-11-27")
    assert next_school_time(here, utc("2026-11-26T15:00")) == utc("2026-11-30T14:00")
    assert next_school_time(there, utc("2026-11-26T15:00")) == utc("2026-11-27T15:00")
    assert add_school_minutes(here, utc("2026-11-25T21:50"), 20) == utc("2026-11-30T14:10")
    assert school_minutes_between(there, utc("2026-11-25T22:00"), utc("2026-11-27T16:00")) == 120


@pytest.mark.django_db
def test_a_school_without_hours_works_monday_to_friday() -> None:
    school = SchoolFactory(time_zone="America/Chicago")

    assert is_school_day(school, day("2026-11-09"))
    assert not is_school_day(school, day("2026-11-08"))
    assert add_school_minutes(school, utc("2026-11-06T21:30"), 60) == utc("2026-11-09T14:30")


@pytest.mark.django_db
@pytest.mark.parametrize("far", [1, 250])
def test_four_queries_however_far_the_walk(far: int, django_assert_num_queries: Any) -> None:
    school = SchoolFactory()
    for n in range(far):
        ClosedDay.objects.create(school=school, on=day("2026-11-09") + dt.timedelta(days=n), name="Closed")

    with django_assert_num_queries(4):
        add_school_days(school, day("2026-11-06"), 1)
    with django_assert_num_queries(4):
        add_school_minutes(school, utc("2026-11-06T20:00"), 60 * 24)
    with django_assert_num_queries(4):
        school_minutes_between(school, utc("2026-11-06T20:00"), utc("2029-11-06T20:00"))


@pytest.mark.django_db
def test_moments_need_a_zone_and_may_come_in_any() -> None:
    school = SchoolFactory(time_zone="America/Chicago")
    with pytest.raises(ValueError, match="time zone"):
        next_school_time(school, dt.datetime(2026, 11, 9, 9))
    local = dt.datetime(2026, 11, 9, 9, tzinfo=ZoneInfo("America/New_York"))
    found = next_school_time(school, local)
    assert found == local
    assert found.tzinfo is dt.UTC

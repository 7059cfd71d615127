"""What school time is, as a table. Every expected value was worked out by hand from a wall calendar and the clock
changes of the tz database (US: back on Sunday, November 1, 2026, ahead on Sunday, March 14, 2027, at 2:00); the reason
stands beside it.

The district: open Monday to Friday, 8:00 to 15:00 (420 minutes). School years 2026-08-17 to 2027-06-04 and 2027-08-16
to 2028-06-02. Closed: Labor Day 9/7, Veterans Day 11/11, Thanksgiving 11/26 and 27, winter break 12/21 to 1/1, Martin
Luther King Jr. Day 1/18, snow on Tuesday 1/26 (at short notice), spring break 3/15 to 19. Early release 11/25 at 12:30
and 12/18 at 12:00; late start 1/27 at 10:00.

Hours from UTC, winter / summer: New York 5/4, Chicago 6/5, Phoenix 7/7, Anchorage 9/8, Honolulu 10/10.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techdesk.directory.models import (
    BellPeriod,
    BellSchedule,
    ClosedDay,
    DayCycle,
    ScheduleDay,
    SchoolHours,
    SchoolYear,
    ShortDay,
)
from techdesk.directory.queries import period_at, school_day_on, school_plan
from techdesk.directory.queries.calendar import Closing
from techdesk.directory.queries.calendar_plan import Bell, Bells, Cycle, Instead, SchoolPlan
from tests.factories import SchoolFactory

NEW_YORK, CHICAGO, PHOENIX = "America/New_York", "America/Chicago", "America/Phoenix"
ANCHORAGE, HONOLULU = "America/Anchorage", "Pacific/Honolulu"


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def clock(text: str) -> dt.time:
    hour, minute = text.split(":")
    return dt.time(int(hour), int(minute))


def bells(name: str, periods: str, **options: Any) -> Bells:
    rows = [row.split() for row in periods.split(",")]
    return Bells(name, periods=tuple(Bell(n, clock(a), clock(b)) for n, a, b in rows), **options)


def _closings() -> dict[dt.date, Closing]:
    names = {day("2026-09-07"): "Labor Day", day("2026-11-11"): "Veterans Day", day("2027-01-18"): "MLK Day"}
    names |= {day("2026-11-26") + dt.timedelta(n): "Thanksgiving" for n in range(2)}
    names |= {day("2026-12-21") + dt.timedelta(n): "Winter break" for n in range(12)}
    names |= {day("2027-03-15") + dt.timedelta(n): "Spring break" for n in range(5)}
    closings = {on: Closing(name, at_short_notice=False, for_district=True) for on, name in names.items()}
    closings[day("2027-01-26")] = Closing("Snow", at_short_notice=True, for_district=False)
    return closings


CLOSINGS = _closings()
SHORT = {
    day("2026-11-25"): (None, clock("12:30")),
    day("2026-12-18"): (None, clock("12:00")),
    day("2027-01-27"): (clock("10:00"), None),
}
WEEK = {weekday: (clock("8:00"), clock("15:00")) for weekday in range(5)}
YEARS = ((day("2026-08-17"), day("2027-06-04")), (day("2027-08-16"), day("2028-06-02")))
REGULAR = bells(
    "Regular",
    "1 8:00 8:50,2 8:55 9:45,3 9:50 10:40,4 10:45 11:35,Lunch 11:35 12:05,5 12:10 13:00,6 13:05 13:55,7 14:00 15:00",
    is_default=True,
)
BLOCK = bells("Block", "5 8:00 9:30,6 9:40 11:10,7 11:50 13:20,8 13:30 15:00", cycle_days=("B",))
ASSEMBLY = bells("Assembly", "1 8:00 8:30,Assembly 8:35 10:00,2 10:05 10:35")
AB = Cycle(day("2026-08-17"), "rotating", ("A", "B"), "A")


def school(zone: str = CHICAGO, **changes: Any) -> SchoolPlan:
    facts: dict[str, Any] = {
        "hours": WEEK,
        "closed": frozenset(CLOSINGS),
        "years": YEARS,
        "short": SHORT,
        "closings": CLOSINGS,
        "cycles": (AB,),
        "bells": (REGULAR, BLOCK, ASSEMBLY),
        **changes,
    }
    return SchoolPlan(zone=ZoneInfo(zone), **facts)


ADDED = [
    (NEW_YORK, "2026-10-30T13:00", 60, "2026-10-30T14:00", "Friday 9:00 and an hour"),
    (NEW_YORK, "2026-10-30T18:30", 30, "2026-10-30T19:00", "14:30 and 30 minutes end exactly at closing"),
    (NEW_YORK, "2026-10-30T18:30", 31, "2026-11-02T13:01", "weekend of the change back: Monday 8:00 is 13:00Z, not 12"),
    (CHICAGO, "2026-10-30T19:30", 31, "2026-11-02T14:01", "the same in Chicago: 14:00Z, not 13"),
    (PHOENIX, "2026-10-30T21:30", 31, "2026-11-02T15:01", "Phoenix knows no change: 15:00Z before and after"),
    (ANCHORAGE, "2026-10-30T22:30", 31, "2026-11-02T17:01", "Anchorage: 17:00Z, not 16"),
    (HONOLULU, "2026-10-31T00:30", 31, "2026-11-02T18:01", "Friday 14:30 there is Saturday in UTC; 18:00Z always"),
    (NEW_YORK, "2027-03-12T19:30", 31, "2027-03-22T12:01", "the change ahead lies in spring break: 12:00Z, not 13"),
    (CHICAGO, "2027-03-12T20:30", 31, "2027-03-22T13:01", "the same in Chicago: 13:00Z, not 14"),
    (PHOENIX, "2027-03-12T21:30", 31, "2027-03-22T15:01", "Phoenix: only the break"),
    (ANCHORAGE, "2027-03-12T23:30", 31, "2027-03-22T16:01", "Anchorage: 16:00Z, not 17"),
    (HONOLULU, "2027-03-13T00:30", 31, "2027-03-22T18:01", "Honolulu: only the break"),
    (CHICAGO, "2026-11-25T17:30", 60, "2026-11-25T18:30", "11:30 and an hour end exactly at early release"),
    (CHICAGO, "2026-11-25T17:30", 61, "2026-11-30T14:01", "one minute more waits over Thanksgiving and the weekend"),
    (CHICAGO, "2026-11-25T19:00", 1, "2026-11-30T14:01", "13:00 is after early release, though not after closing"),
    (CHICAGO, "2027-01-27T14:00", 30, "2027-01-27T16:30", "late start: 8:00 waits until 10:00"),
    (CHICAGO, "2027-01-25T20:00", 90, "2027-01-27T16:30", "60 on Monday, snow on Tuesday, 30 from the late start on"),
    (CHICAGO, "2026-12-18T17:00", 90, "2027-01-04T14:30", "60 until the early release, 30 after winter break"),
    (CHICAGO, "2027-06-04T19:00", 90, "2027-08-16T13:30", "60 on the last day, summer, 30 on the first day"),
    (
        CHICAGO,
        "2026-11-10T03:00",
        0,
        "2026-11-10T14:00",
        "still Monday evening there: zero minutes is the next opening",
    ),
    (CHICAGO, "2026-11-09T21:00", 0, "2026-11-10T14:00", "the minute of closing is closed"),
    (CHICAGO, "2026-11-09T14:00", 840, "2026-11-10T21:00", "two whole days end with the second"),
    (CHICAGO, "2026-11-09T14:00", 841, "2026-11-12T14:01", "a minute more passes over Veterans Day"),
    (NEW_YORK, "2026-09-04T18:00", 61, "2026-09-08T12:01", "over the weekend and Labor Day"),
    (ANCHORAGE, "2026-11-10T01:00", 5, "2026-11-10T17:05", "Monday 16:00 there, closed; Tuesday in UTC"),
    (HONOLULU, "2026-11-09T23:00", 121, "2026-11-10T18:01", "120 minutes until 15:00, one on Tuesday"),
    (CHICAGO, "2028-02-28T20:30", 31, "2028-02-29T14:01", "leap day is a Tuesday like any other"),
]

BETWEEN = [
    (CHICAGO, "2026-11-09T15:00", "2026-11-09T16:00", 60, "an hour of a Monday morning"),
    (CHICAGO, "2026-11-06T20:00", "2026-11-09T15:00", 120, "the last hour of Friday and the first of Monday"),
    (CHICAGO, "2026-11-07T12:00", "2026-11-08T12:00", 0, "Saturday to Sunday"),
    (CHICAGO, "2026-11-23T06:00", "2026-11-30T06:00", 1110, "420 + 420 + 270 (to 12:30) + 0 + 0"),
    (NEW_YORK, "2026-10-30T12:00", "2026-11-02T20:00", 840, "two days of 420; that Sunday has 25 hours, but no school"),
    (NEW_YORK, "2027-03-12T17:00", "2027-03-22T13:00", 240, "12:00 to 15:00 before the break, 8:00 to 9:00 after it"),
    (PHOENIX, "2027-03-12T19:00", "2027-03-22T16:00", 240, "the same wall clock in Phoenix"),
    (CHICAGO, "2026-12-18T14:00", "2027-01-04T14:00", 240, "8:00 to 12:00, then winter break"),
    (CHICAGO, "2027-01-18T06:00", "2027-01-23T06:00", 1680, "four days of 420: Monday is a holiday"),
    (CHICAGO, "2027-01-25T06:00", "2027-01-30T06:00", 1560, "420 + snow + 300 from 10:00 on + 420 + 420"),
    (CHICAGO, "2026-11-10T16:00", "2026-11-10T15:00", -60, "backward is negative"),
    (CHICAGO, "2026-11-09T15:00:00", "2026-11-09T15:00:59", 0, "whole minutes only"),
    (CHICAGO, "2027-06-04T20:00", "2027-08-16T13:00", 0, "from the last closing to the first opening: summer"),
    (CHICAGO, "2026-08-17T05:00", "2026-10-31T05:00", 22680, "11 weeks of 5 days, less Labor Day: 54 x 420"),
    (ANCHORAGE, "2026-11-09T17:00", "2026-11-10T00:00", 420, "8:00 to 15:00 in Anchorage crosses midnight in UTC"),
    (HONOLULU, "2026-11-09T18:00", "2026-11-10T01:00", 420, "8:00 to 15:00 in Honolulu as well"),
]

# Somebody works on Sunday night, when the clocks change: zone, Sunday, opens, closes, minutes.
NIGHTS = [
    (NEW_YORK, "2026-11-01", "0:00", "6:00", 420, "the hour from 1 to 2 comes twice"),
    (NEW_YORK, "2027-03-14", "0:00", "6:00", 300, "the hour from 2 to 3 is skipped"),
    (CHICAGO, "2026-11-01", "0:00", "6:00", 420, "an hour later, all the same"),
    (CHICAGO, "2027-03-14", "0:00", "6:00", 300, "an hour later, all the same"),
    (PHOENIX, "2026-11-01", "0:00", "6:00", 360, "no change in Arizona"),
    (PHOENIX, "2027-03-14", "0:00", "6:00", 360, "no change in Arizona"),
    (ANCHORAGE, "2026-11-01", "0:00", "6:00", 420, "Alaska changes with the others"),
    (ANCHORAGE, "2027-03-14", "0:00", "6:00", 300, "Alaska changes with the others"),
    (HONOLULU, "2026-11-01", "0:00", "6:00", 360, "no change in Hawaii"),
    (HONOLULU, "2027-03-14", "0:00", "6:00", 360, "no change in Hawaii"),
    (CHICAGO, "2027-03-14", "2:30", "6:00", 150, "2:30 does not exist and is 3:30 then: 3:30 to 6:00"),
    (CHICAGO, "2027-03-14", "2:15", "2:45", 30, "both do not exist: 3:15 to 3:45"),
    (CHICAGO, "2027-03-14", "1:45", "2:15", 30, "1:45 and half an hour: 3:15 by the clock"),
    (CHICAGO, "2027-03-14", "2:30", "3:00", 0, "3:00 comes before what 2:30 became: nothing"),
    (CHICAGO, "2026-11-01", "1:30", "6:00", 330, "the first 1:30 counts: half an hour, an hour again, 4 hours"),
    (CHICAGO, "2026-11-01", "0:00", "1:30", 90, "closes at the first 1:30"),
]

DAYS = [
    ("2026-11-24", 1, "2026-11-25", "an early release is a school day"),
    ("2026-11-25", 1, "2026-11-30", "over Thanksgiving and the weekend"),
    ("2026-11-25", 2, "2026-12-01", "and one more"),
    ("2026-11-21", 0, "2026-11-23", "Saturday rolls on to Monday"),
    ("2026-12-18", 1, "2027-01-04", "over winter break"),
    ("2027-01-25", 1, "2027-01-27", "over the snow day"),
    ("2027-03-12", 1, "2027-03-22", "over spring break"),
    ("2027-06-04", 1, "2027-08-16", "over the summer"),
    ("2027-01-27", -1, "2027-01-25", "back over the snow day"),
    ("2026-11-30", -2, "2026-11-24", "back over Thanksgiving: the 25th, the 24th"),
    ("2026-09-04", 1, "2026-09-08", "over Labor Day"),
    ("2026-08-17", 54, "2026-11-02", "54 school days lie in the 11 weeks before November 2"),
]

KEEPS_PLACE = Cycle(day("2026-08-17"), "rotating", ("A", "B"), "A", snow_days_shift=False)
SIX = Cycle(day("2026-08-17"), "rotating", ("1", "2", "3", "4", "5", "6"), "1", snow_days_shift=False)
SIX_SHIFTS = replace(SIX, snow_days_shift=True)
FROM_B = replace(AB, first="B")
BY_WEEKDAY = Cycle(day("2026-08-17"), "weekday", ("A", "B", "A", "B", "C", "", ""))
NEW_YEAR = Cycle(day("2027-01-04"), "rotating", ("A", "B"), "B")
FROM_SATURDAY = replace(AB, starts_on=day("2026-11-28"))

# The number in brackets: how many school days lie between August 17 and that day.
CYCLE_DAYS = [
    ((AB,), "2026-08-17", "A", "the first day"),
    ((AB,), "2026-08-18", "B", "the second (1)"),
    ((AB,), "2026-08-21", "A", "Friday of the first week (4)"),
    ((AB,), "2026-08-22", "", "Saturday has no name"),
    ((AB,), "2026-08-24", "B", "Monday of the second week (5)"),
    ((AB,), "2026-09-07", "", "Labor Day has no name"),
    ((AB,), "2026-09-08", "B", "Friday was A (14), the holiday is passed over (15)"),
    ((AB,), "2026-11-02", "A", "after 54 days"),
    ((AB,), "2026-11-12", "B", "the 10th was A (60), Veterans Day is passed over (61)"),
    ((AB,), "2026-11-25", "A", "an early release takes its turn (70)"),
    ((AB,), "2026-11-30", "B", "after Thanksgiving (71)"),
    ((AB,), "2027-01-04", "A", "after winter break (86)"),
    ((AB,), "2027-01-25", "A", "before the snow (100)"),
    ((AB,), "2027-01-26", "", "the snow day has no name"),
    ((AB,), "2027-01-27", "B", "snow days shift: the B day comes a day later (101)"),
    ((KEEPS_PLACE,), "2027-01-27", "A", "snow days do not shift: the B day is lost (102)"),
    ((KEEPS_PLACE,), "2026-09-08", "B", "a planned holiday is passed over all the same (15)"),
    ((SIX,), "2027-01-25", "5", "100 = 16 x 6 + 4"),
    ((SIX,), "2027-01-27", "1", "day 6 is lost with the snow: 102 = 17 x 6"),
    ((SIX_SHIFTS,), "2027-01-27", "6", "day 6 comes a day later: 101 = 16 x 6 + 5"),
    ((FROM_B,), "2026-08-17", "B", "a cycle may begin with B"),
    ((FROM_B,), "2026-08-18", "A", "and goes on with A"),
    ((BY_WEEKDAY,), "2026-11-30", "A", "a Monday is A"),
    ((BY_WEEKDAY,), "2026-11-20", "C", "a Friday is C"),
    ((BY_WEEKDAY,), "2026-11-27", "", "a closed Friday is nothing"),
    ((AB, NEW_YEAR), "2027-01-04", "B", "the later cycle counts from its first day on"),
    ((AB, NEW_YEAR), "2026-12-18", "B", "and the earlier one before it (85)"),
    ((FROM_SATURDAY,), "2026-11-30", "A", "begun on a Saturday, the first school day is the first"),
    ((FROM_SATURDAY,), "2026-11-25", "", "before the first cycle there are no names"),
]

PERIODS = [
    ({}, "2026-11-10T16:00", "3 until 16:40", "Tuesday, an A day, 10:00"),
    ({}, "2026-11-10T16:40", "then 4 at 16:45", "a period has ended at its end"),
    ({}, "2026-11-10T16:45", "4 until 17:35", "and runs from its start"),
    ({}, "2026-11-09T15:00", "5 until 15:30", "Monday is B: the block schedule names it"),
    ({}, "2026-11-10T13:00", "then 1 at 14:00", "before school"),
    ({}, "2026-11-10T21:00", "", "after school"),
    ({}, "2026-11-11T16:00", "", "Veterans Day"),
    ({}, "2026-11-25T18:20", "5 until 18:30", "period 5 ends with the early release at 12:30"),
    ({}, "2026-11-25T18:30", "", "and nothing follows"),
    ({}, "2027-01-27T15:50", "then 6 at 16:00", "late start on a B day: period 5 falls away"),
    ({}, "2027-01-27T16:00", "6 until 17:10", "and 6 begins with the school"),
    ({day("2026-11-10"): Instead(ASSEMBLY)}, "2026-11-10T15:00", "Assembly until 16:00", "chosen for the day"),
    ({day("2026-11-10"): Instead(cycle_day="B")}, "2026-11-10T15:00", "5 until 15:30", "today is a B day"),
    (
        {day("2026-11-10"): Instead(cycle_day="B")},
        "2026-11-12T15:00",
        "5 until 15:30",
        "the next days are as they were",
    ),
    ({day("2026-11-25"): Instead(ASSEMBLY)}, "2026-11-25T14:40", "Assembly until 16:00", "a chosen one is not cut"),
]


def test_the_table_is_as_long_as_promised() -> None:
    assert len(ADDED) + len(BETWEEN) + len(NIGHTS) + len(DAYS) + len(CYCLE_DAYS) + len(PERIODS) >= 60


@pytest.mark.parametrize(("zone", "start", "minutes", "expected", "why"), ADDED)
def test_minutes_added(zone: str, start: str, minutes: int, expected: str, why: str) -> None:
    assert school(zone).add_minutes(utc(start), minutes) == utc(expected), why


@pytest.mark.parametrize(("zone", "start", "end", "minutes", "why"), BETWEEN)
def test_minutes_between(zone: str, start: str, end: str, minutes: int, why: str) -> None:
    assert school(zone).minutes_between(utc(start), utc(end)) == minutes, why


@pytest.mark.parametrize(("zone", "sunday", "opens", "closes", "minutes", "why"), NIGHTS)
def test_nights_when_the_clock_is_set(zone: str, sunday: str, opens: str, closes: str, minutes: int, why: str) -> None:
    night = school(zone, hours={6: (clock(opens), clock(closes))})
    start = dt.datetime.combine(day(sunday), dt.time(0), night.zone).astimezone(dt.UTC)
    assert night.minutes_between(start, start + dt.timedelta(hours=12)) == minutes, why


@pytest.mark.parametrize(("start", "n", "expected", "why"), DAYS)
def test_school_days(start: str, n: int, expected: str, why: str) -> None:
    assert school().add_days(day(start), n) == day(expected), why


@pytest.mark.parametrize(("cycles", "on", "expected", "why"), CYCLE_DAYS)
def test_days_of_the_cycle(cycles: tuple[Cycle, ...], on: str, expected: str, why: str) -> None:
    assert school(cycles=cycles).cycle_day(day(on)) == expected, why


@pytest.mark.parametrize(("instead", "moment", "expected", "why"), PERIODS)
def test_periods(instead: dict[dt.date, Instead], moment: str, expected: str, why: str) -> None:
    plan = school(instead=instead)
    today = plan.on(plan.day_of(utc(moment)))
    running, next_one = today.period_at(utc(moment)), today.period_after(utc(moment))
    if running:
        found = f"{running.name} until {running.ends:%H:%M}"
    else:
        found = f"then {next_one.name} at {next_one.starts:%H:%M}" if next_one else ""
    assert found == expected, why


# --- whatever the question: adding and counting agree ---------------------------------------------------------------

ZONES = st.sampled_from([NEW_YORK, CHICAGO, PHOENIX, ANCHORAGE, HONOLULU])
MOMENTS = st.datetimes(dt.datetime(2026, 8, 1), dt.datetime(2027, 5, 1), timezones=st.just(dt.UTC)).map(
    lambda moment: moment.replace(second=0, microsecond=0)
)
# Sunday nights count here, so that the walk goes through both clock changes.
WITH_NIGHTS = {**WEEK, 6: (clock("0:30"), clock("5:30"))}
PLANS = {zone: school(zone, hours=WITH_NIGHTS) for zone in (NEW_YORK, CHICAGO, PHOENIX, ANCHORAGE, HONOLULU)}


@given(zone=ZONES, start=MOMENTS, minutes=st.integers(1, 20_000))
@settings(max_examples=150, deadline=None)
def test_what_was_added_is_what_lies_between(zone: str, start: dt.datetime, minutes: int) -> None:
    end = PLANS[zone].add_minutes(start, minutes)
    assert PLANS[zone].minutes_between(start, end) == minutes
    assert PLANS[zone].minutes_between(end, start) == -minutes


@given(zone=ZONES, start=MOMENTS, later=st.integers(0, 20_000), minutes=st.integers(0, 5_000), more=st.integers(0, 500))
@settings(max_examples=150, deadline=None)
def test_later_and_longer_never_end_earlier(zone: str, start: dt.datetime, later: int, minutes: int, more: int) -> None:
    plan = PLANS[zone]
    end = plan.add_minutes(start, minutes)
    assert end >= start
    assert plan.add_minutes(start, minutes + more) >= end or minutes == 0
    assert plan.add_minutes(start + dt.timedelta(minutes=later), minutes) >= end


@given(zone=ZONES, a=MOMENTS, b=MOMENTS, c=MOMENTS)
@settings(max_examples=150, deadline=None)
def test_what_lies_between_adds_up(zone: str, a: dt.datetime, b: dt.datetime, c: dt.datetime) -> None:
    plan = PLANS[zone]
    assert plan.minutes_between(a, b) + plan.minutes_between(b, c) == plan.minutes_between(a, c)


@given(start=st.dates(dt.date(2026, 8, 17), dt.date(2027, 6, 1)), n=st.integers(1, 60))
@settings(max_examples=100, deadline=None)
def test_school_days_there_and_back(start: dt.date, n: int) -> None:
    plan = school()
    first = plan.add_days(start, 0)
    assert plan.add_days(plan.add_days(first, n), -n) == first


@given(on=st.dates(dt.date(2026, 8, 17), dt.date(2028, 6, 2)))
@settings(max_examples=100, deadline=None)
def test_the_name_changes_with_every_school_day(on: dt.date) -> None:
    plan = school()
    if plan.is_school_day(on):
        following = plan.add_days(on, 1)
        assert {plan.cycle_day(on), plan.cycle_day(following)} == {"A", "B"}
    else:
        assert plan.cycle_day(on) == ""


# --- the same through the database ---------------------------------------------------------------------------------


@pytest.fixture
def stored(db: None) -> Any:
    """The district of the table, written down: for all what is for all, the snow for this school alone."""
    here, there = SchoolFactory(time_zone=CHICAGO), SchoolFactory(time_zone=PHOENIX)
    for owner in (here, there):
        SchoolHours.objects.bulk_create(
            SchoolHours(school=owner, weekday=weekday, opens_at=opens, closes_at=closes)
            for weekday, (opens, closes) in WEEK.items()
        )
    for on, closing in CLOSINGS.items():
        owner = None if closing.for_district else here
        ClosedDay.objects.create(school=owner, on=on, name=closing.name, at_short_notice=closing.at_short_notice)
    for on, (opens, closes) in SHORT.items():
        ShortDay.objects.create(school=here, on=on, name="Short", opens_at=opens, closes_at=closes)
    for n, (starts_on, ends_on) in enumerate(YEARS):
        SchoolYear.objects.create(name=f"{n}", starts_on=starts_on, ends_on=ends_on)
    DayCycle.objects.create(school=here, starts_on=AB.starts_on, names=["A", "B"], first="A")
    for one in (REGULAR, BLOCK, ASSEMBLY):
        schedule = BellSchedule.objects.create(
            school=here, name=one.name, is_default=one.is_default, cycle_days=list(one.cycle_days)
        )
        BellPeriod.objects.bulk_create(
            BellPeriod(schedule=schedule, position=n, name=p.name, starts_at=p.starts_at, ends_at=p.ends_at)
            for n, p in enumerate(one.periods)
        )
    return here, there


def test_a_school_reads_what_was_written_of_it_and_of_the_district(stored: Any) -> None:
    here, there = stored
    plan = school_plan(here, day("2026-11-10"), day("2027-01-30"))
    facts = school()
    for name in ("zone", "hours", "closed", "years", "short", "closings", "cycles"):
        assert getattr(plan, name) == getattr(facts, name), name
    assert {one.name: one for one in plan.bells} == {one.name: one for one in facts.bells}
    other = school_plan(there, day("2026-11-10"))
    assert other.is_school_day(day("2027-01-26")) and not other.is_school_day(day("2026-11-26"))
    assert not other.short and not other.cycles and not other.bells


def test_the_schools_own_short_day_and_closing_go_before_the_districts(stored: Any) -> None:
    here, there = stored
    ShortDay.objects.create(school=None, on=day("2026-11-25"), name="District", closes_at=clock("11:00"))
    ClosedDay.objects.create(school=here, on=day("2026-11-26"), name="Boiler", at_short_notice=True)
    ours, theirs = school_day_on(here, day("2026-11-25")), school_day_on(there, day("2026-11-25"))
    assert ours.hours == (clock("8:00"), clock("12:30")) and theirs.hours == (clock("8:00"), clock("11:00"))
    closing = school_day_on(here, day("2026-11-26")).closing
    assert closing == Closing("Boiler", at_short_notice=False, for_district=False)  # it was planned to be closed


def test_a_cycle_that_started_years_ago_still_counts_every_closed_day(stored: Any) -> None:
    here, _there = stored
    DayCycle.objects.all().delete()
    DayCycle.objects.create(school=here, starts_on=day("2020-11-23"), names=["A", "B"], first="A")
    before = school_plan(here, day("2026-11-10")).cycle_day(day("2026-11-10"))
    ClosedDay.objects.create(school=here, on=day("2020-11-26"), name="Thanksgiving")
    plan = school_plan(here, day("2026-11-10"))
    assert plan.cycle_day(day("2026-11-10")) != before  # one day less took its turn
    assert plan.cycle_day(day("2020-11-27")) == ""  # but nobody asked for those years
    assert school_plan(here, day("2020-11-23")).cycle_day(day("2020-11-27")) == "B"  # Mon A, Tue B, Wed A, closed


def test_a_chosen_schedule_that_is_out_of_use_still_stands_where_it_was_chosen(stored: Any) -> None:
    here, _there = stored
    assembly = BellSchedule.objects.get(name="Assembly")
    ScheduleDay.objects.create(school=here, on=day("2026-11-10"), schedule=assembly)
    BellSchedule.objects.update(is_active=False)
    found = period_at(here, utc("2026-11-10T15:00"))
    assert found is not None and found.name == "Assembly"
    assert period_at(here, utc("2026-11-12T15:00")) is None
    with pytest.raises(ValueError, match="time zone"):
        period_at(here, dt.datetime(2026, 11, 10, 15))


@pytest.mark.parametrize("far", [1, 200])
def test_eight_queries_however_much_there_is(stored: Any, far: int, django_assert_num_queries: Any) -> None:
    here, _there = stored
    for n in range(far):
        ClosedDay.objects.create(school=here, on=day("2028-01-03") + dt.timedelta(n), name="Closed")
        ScheduleDay.objects.create(school=here, on=day("2028-01-03") + dt.timedelta(n), cycle_day="B")
    with django_assert_num_queries(8):
        plan = school_plan(here, day("2026-11-10"), day("2028-06-01"))
        plan.on(day("2028-05-31"))

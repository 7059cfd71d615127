"""Quiet hours and the hour of the daily mail, by the wall clock, on ordinary days and on days the clock is set."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from techdesk.notifications.quiet import QuietHours, Rhythm, next_clock

CHICAGO = ZoneInfo("America/Chicago")
SCHOOL = QuietHours(starts=dt.time(20), ends=dt.time(6, 30), weekends=True)
NIGHTS = QuietHours(starts=dt.time(20), ends=dt.time(6, 30), weekends=False)
NOON = QuietHours(starts=dt.time(12), ends=dt.time(13), weekends=False)
#: On 2026-03-08 clocks go from 2:00 to 3:00, on 2026-11-01 from 2:00 back to 1:00.
EARLY = QuietHours(starts=dt.time(22), ends=dt.time(2, 30), weekends=False)
LATE = QuietHours(starts=dt.time(22), ends=dt.time(1, 30), weekends=False)


def at(text: str, fold: int = 0) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=CHICAGO, fold=fold).astimezone(dt.UTC)


@pytest.mark.parametrize(
    ("quiet", "moment", "over"),
    [
        (SCHOOL, "2026-11-18T10:00", "2026-11-18T10:00"),  # a Wednesday morning
        (SCHOOL, "2026-11-18T19:59", "2026-11-18T19:59"),
        (SCHOOL, "2026-11-18T20:00", "2026-11-19T06:30"),
        (SCHOOL, "2026-11-19T03:00", "2026-11-19T06:30"),
        (SCHOOL, "2026-11-19T06:29", "2026-11-19T06:30"),
        (SCHOOL, "2026-11-19T06:30", "2026-11-19T06:30"),
        (SCHOOL, "2026-11-20T21:00", "2026-11-23T06:30"),  # Friday evening: Monday morning
        (SCHOOL, "2026-11-21T12:00", "2026-11-23T06:30"),
        (SCHOOL, "2026-11-22T23:59", "2026-11-23T06:30"),
        (NIGHTS, "2026-11-21T12:00", "2026-11-21T12:00"),
        (NIGHTS, "2026-11-20T21:00", "2026-11-21T06:30"),
        (NOON, "2026-11-18T12:15", "2026-11-18T13:00"),
        (NOON, "2026-11-18T13:00", "2026-11-18T13:00"),
        (NIGHTS, "2026-03-07T23:00", "2026-03-08T06:30"),  # a night of nine and a half hours
        (NIGHTS, "2026-10-31T23:00", "2026-11-01T06:30"),  # ... of eleven and a half
        (EARLY, "2026-03-07T23:00", "2026-03-08T03:30"),  # 2:30 does not exist that day
    ],
)
def test_the_end_of_quiet_hours(quiet: QuietHours, moment: str, over: str) -> None:
    assert quiet.over_at(at(moment), CHICAGO) == at(over)


def test_an_hour_that_comes_twice_never_holds_a_mail_for_a_day() -> None:
    assert LATE.over_at(at("2026-11-01T01:10"), CHICAGO) == at("2026-11-01T01:30")
    assert LATE.over_at(at("2026-11-01T01:10", fold=1), CHICAGO) == at("2026-11-01T01:30", fold=1)


def test_equal_times_are_no_quiet_hours() -> None:
    never = QuietHours(starts=dt.time(7), ends=dt.time(7), weekends=False)
    assert never.over_at(at("2026-11-18T07:00"), CHICAGO) == at("2026-11-18T07:00")


def test_every_quarter_of_an_hour_of_a_year_ends_in_a_moment_when_mail_may_come() -> None:
    moment = at("2026-01-01T00:00")
    for _n in range(0, 365 * 24 * 4, 7):
        moment += dt.timedelta(minutes=15 * 7)
        for quiet in (SCHOOL, EARLY, LATE):
            over = quiet.over_at(moment, CHICAGO)
            assert over >= moment and not quiet.hold_at(over.astimezone(CHICAGO))
            assert over - moment < dt.timedelta(hours=60)


def test_the_daily_mail_comes_on_school_days() -> None:
    rhythm = Rhythm(zone=CHICAGO)
    assert rhythm.next_digest(at("2026-11-18T06:59"), dt.time(7)) == at("2026-11-18T07:00")
    assert rhythm.next_digest(at("2026-11-18T07:00"), dt.time(7)) == at("2026-11-19T07:00")
    assert rhythm.next_digest(at("2026-11-20T09:00"), dt.time(7)) == at("2026-11-23T07:00")
    closed = Rhythm(zone=CHICAGO, is_school_day=lambda day: day.day == 30)
    assert closed.next_digest(at("2026-11-20T09:00"), dt.time(7)) == at("2026-11-30T07:00")
    never = Rhythm(zone=CHICAGO, is_school_day=lambda day: False)
    assert never.next_digest(at("2026-11-20T09:00"), dt.time(7)) > at("2027-01-01T00:00")


def test_the_next_time_a_clock_shows() -> None:
    assert next_clock(at("2026-11-18T07:00"), dt.time(7), CHICAGO) == at("2026-11-19T07:00")

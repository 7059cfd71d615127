"""School time: which days are school days, when a school is open, and how far away "two school days" is.

What counts:

* The weekdays and wall-clock hours of a school are its SchoolHours. A school that has none yet works Monday to
  Friday, 8:00 to 16:00 (DEFAULT_HOURS), so that nothing waits for somebody to fill in a form.
* A closed day of the school or of the district is no school day.
* A short day (early release, late start) has other hours; the time it does not give is the usual one of the weekday.
  That of the school goes before that of the district. On a day without school it changes nothing.
* Between the first and the last school year that the district knows, a day that lies in none of them (summer) is no
  school day. Before the first and after the last nothing is known, and days count by their weekday: a request of July
  must have a due date even though the roster of the next year arrives in August.
* A day is a calendar day of the school's time zone. Moments that come in are aware, moments that come out are UTC.
* Hours are wall-clock time. They become moments first and are subtracted in UTC, so a day on which the clock is set has
  its true length. A wall-clock time that the clock skips is read with the offset from before the change (2:30 in the
  spring night is 3:30 daylight time); one that comes twice is its first occurrence (`fold=0`, PEP 495).

Nothing looks further than HORIZON: where the walk finds no end within it, NotPossible (`no_school_days`) is raised.
Every function asks the database four times, however far it walks; who has many questions about one school loads
`school_calendar` once and asks that.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from techdesk.base.errors import NotPossible
from techdesk.directory.models import ClosedDay, School, SchoolHours, SchoolYear, ShortDay

Hours = tuple[dt.time, dt.time]
OtherHours = tuple[dt.time | None, dt.time | None]  # None: as usual

HORIZON = dt.timedelta(days=731)
DEFAULT_HOURS: dict[int, Hours] = {day: (dt.time(8), dt.time(16)) for day in range(5)}
_DAY = dt.timedelta(days=1)
_MINUTE = dt.timedelta(minutes=1)
_NOTHING = dt.timedelta(0)
_ENDLESS = 2 * HORIZON // _MINUTE  # more minutes than the horizon holds: the walk fails all the same


class NoSchoolDays(NotPossible):
    """No school day was found within two years (409)."""

    code = "no_school_days"


@dataclass(frozen=True)
class Calendar:
    """The calendar of one school, loaded whole; asks the database nothing."""

    zone: ZoneInfo
    hours: dict[int, Hours]
    closed: frozenset[dt.date]
    years: tuple[tuple[dt.date, dt.date], ...]
    short: Mapping[dt.date, OtherHours] = field(default_factory=dict)

    def is_school_day(self, day: dt.date) -> bool:
        """Whether the school works on `day`, a day of its own time zone."""
        return day.weekday() in self.hours and day not in self.closed and not self._in_summer(day)

    def hours_on(self, day: dt.date) -> Hours | None:
        """When the school opens and closes on `day`, wall-clock time; None on a day without school.

        A late start that lies behind closing time leaves a school day without a minute.
        """
        if not self.is_school_day(day):
            return None
        opens, closes = self.hours[day.weekday()]
        other_opens, other_closes = self.short.get(day, (None, None))
        opens = opens if other_opens is None else other_opens
        closes = closes if other_closes is None else other_closes
        return opens, max(opens, closes)

    def day_of(self, moment: dt.datetime) -> dt.date:
        """The calendar day of `moment` at the school."""
        return moment.astimezone(self.zone).date()

    def moment(self, day: dt.date, clock: dt.time) -> dt.datetime:
        """The moment (UTC) when the school's clock shows `clock` on `day`; see the module for clock changes."""
        return dt.datetime.combine(day, clock, self.zone).astimezone(dt.UTC)

    def add_days(self, day: dt.date, n: int) -> dt.date:
        """The n-th school day after `day`; for a negative `n` the n-th before it.

        n = 0 gives `day` itself when it is a school day, else the next one. Raises NoSchoolDays.
        """
        if n == 0:
            return next(self._school_days(day))
        others = (one for one in self._school_days(day, _DAY if n > 0 else -_DAY) if one != day)
        for _count in range(abs(n) - 1):
            next(others)
        return next(others)

    def next_time(self, moment: dt.datetime) -> dt.datetime:
        """`moment` when the school is open then, else its next opening. The minute of closing is closed."""
        return max(moment, next(self._open_from(moment))[0])

    def add_minutes(self, moment: dt.datetime, minutes: int) -> dt.datetime:
        """The moment when `minutes` of opening time have passed since `moment`; zero gives `next_time`.

        What runs out exactly at closing time ends then, not at the next opening. Raises NoSchoolDays, and
        ValueError for a negative number.
        """
        if minutes < 0:
            raise ValueError("school minutes are counted forward")
        if minutes == 0:
            return self.next_time(moment)
        left = min(minutes, _ENDLESS) * _MINUTE
        for opens, closes in self._open_from(moment):
            start = max(opens, moment)
            if left <= closes - start:
                return start + left
            left -= closes - start
        raise AssertionError("the walk ends by itself")

    def minutes_between(self, start: dt.datetime, end: dt.datetime) -> int:
        """Whole minutes of opening time between two moments; negative when `end` lies before `start`."""
        if end < start:
            return -self.minutes_between(end, start)
        total = _NOTHING
        day, last = self.day_of(start), self.day_of(end)
        while day <= last:
            if window := self._window(day):
                opens, closes = window
                total += max(min(closes, end) - max(opens, start), _NOTHING)
            day += _DAY
        return total // _MINUTE

    def _in_summer(self, day: dt.date) -> bool:
        known = self.years and self.years[0][0] <= day <= max(end for _start, end in self.years)
        return bool(known) and not any(start <= day <= end for start, end in self.years)

    def _school_days(self, first: dt.date, step: dt.timedelta = _DAY) -> Iterator[dt.date]:
        day = first
        while abs(day - first) <= HORIZON:
            if self.is_school_day(day):
                yield day
            try:
                day += step
            except OverflowError:  # the end of the calendar, reached from a date such as 9999-12-31
                break
        raise NoSchoolDays(_("The school's calendar has no school day within two years. Check its closed days."))

    def _window(self, day: dt.date) -> tuple[dt.datetime, dt.datetime] | None:
        """When the school opens and closes on `day`, as moments in UTC; None on a day without school."""
        hours = self.hours_on(day)
        return (self.moment(day, hours[0]), self.moment(day, hours[1])) if hours else None

    def _open_from(self, moment: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
        """Opening times that end after `moment`, in order."""
        for day in self._school_days(self.day_of(moment)):
            window = self._window(day)
            if window and window[1] > moment and window[1] > window[0]:
                yield window


@dataclass(frozen=True)
class Closing:
    """Why a day is closed. Where school and district both closed it, the school's words count."""

    name: str
    at_short_notice: bool
    for_district: bool


@dataclass(frozen=True)
class Opening:
    """What `Calendar` is made of, with the words that people wrote beside it."""

    hours: dict[int, Hours]
    closings: dict[dt.date, Closing]
    short: dict[dt.date, OtherHours]
    short_names: dict[dt.date, Closing]
    years: tuple[tuple[dt.date, dt.date], ...]


def load_opening(school: School, first: dt.date, last: dt.date) -> Opening:
    """Hours, closed days, short days (both between `first` and `last`) and school years of `school`: four queries."""
    rows = SchoolHours.objects.filter(school=school).values_list("weekday", "opens_at", "closes_at")
    hours: dict[int, Hours] = {weekday: (opens, closes) for weekday, opens, closes in rows}
    here = Q(school=school) | Q(school__isnull=True)
    # Those of the district come first, so that the school's own replaces them.
    nulls_first = F("school_id").asc(nulls_first=True)
    closings: dict[dt.date, Closing] = {}
    closed = ClosedDay.objects.filter(here, on__range=(first, last)).order_by(nulls_first)
    for on, name, snow, owner in closed.values_list("on", "name", "at_short_notice", "school_id"):
        # A day that was planned to be closed is not lost to snow.
        snow = snow and (on not in closings or closings[on].at_short_notice)
        closings[on] = Closing(name, snow, for_district=owner is None)
    short: dict[dt.date, OtherHours] = {}
    short_names: dict[dt.date, Closing] = {}
    others = ShortDay.objects.filter(here, on__range=(first, last)).order_by(nulls_first)
    for on, name, opens, closes, owner in others.values_list("on", "name", "opens_at", "closes_at", "school_id"):
        short[on] = (opens, closes)
        short_names[on] = Closing(name, at_short_notice=False, for_district=owner is None)
    years = SchoolYear.objects.order_by("starts_on", "ends_on").values_list("starts_on", "ends_on")
    return Opening(hours or DEFAULT_HOURS, closings, short, short_names, tuple(years))


def school_calendar(school: School, first: dt.date, last: dt.date | None = None) -> Calendar:
    """The calendar of `school` for questions that start between `first` and `last` (`first` alone: on that day).

    It holds the closed and short days from two years before to two years after. Four queries.
    """
    found = load_opening(school, *horizon(first, last))
    return Calendar(
        zone=school.zone,
        hours=found.hours,
        closed=frozenset(found.closings),
        years=found.years,
        short=found.short,
    )


def horizon(first: dt.date, last: dt.date | None = None) -> tuple[dt.date, dt.date]:
    """The days that questions between `first` and `last` may reach."""
    return _shifted(first, -HORIZON - _DAY), _shifted(last or first, HORIZON + _DAY)


def _shifted(day: dt.date, by: dt.timedelta) -> dt.date:
    try:
        return day + by
    except OverflowError:
        return dt.date.min if by < _NOTHING else dt.date.max


def is_school_day(school: School, day: dt.date) -> bool:
    """Whether `school` works on `day`."""
    return school_calendar(school, day).is_school_day(day)


def add_school_days(school: School, day: dt.date, n: int) -> dt.date:
    """The n-th school day after `day` (before it for a negative n); see `Calendar.add_days`.

    Friday + 1 is Monday, Saturday + 1 is Monday too, Saturday + 0 is Monday, Saturday - 1 is Friday.
    """
    return school_calendar(school, day).add_days(day, n)


def next_school_time(school: School, moment: dt.datetime) -> dt.datetime:
    """`moment`, or the next opening of `school` when it is closed then. UTC."""
    moment = _utc(moment)
    return school_calendar(school, moment.date()).next_time(moment)


def add_school_minutes(school: School, moment: dt.datetime, minutes: int) -> dt.datetime:
    """When `minutes` (not negative) of the opening time of `school` have passed since `moment`. UTC."""
    moment = _utc(moment)
    return school_calendar(school, moment.date()).add_minutes(moment, minutes)


def school_minutes_between(school: School, start: dt.datetime, end: dt.datetime) -> int:
    """Whole minutes of the opening time of `school` between two moments; negative when `end` lies before `start`."""
    start, end = _utc(start), _utc(end)
    first, last = sorted([start.date(), end.date()])
    return school_calendar(school, first, last).minutes_between(start, end)


def _utc(moment: dt.datetime) -> dt.datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(dt.UTC)

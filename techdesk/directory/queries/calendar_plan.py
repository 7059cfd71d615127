"""What a school does on a day: its name in the cycle (A, B, …), its bell schedule and periods, why it is closed; and
the terms of the district.

The name of a day, in this order: what was chosen for that very day; else what the cycle says that started last on or
before it. A rotating cycle gives its names to the school days one after another, beginning with `first` on `starts_on`
or the first school day after it. A closed day is passed over, so its name goes to the next school day. A day closed at
short notice is passed over when the cycle says that snow days shift; else it keeps its place, and its name is lost.
A day chosen by hand does not move the days after it: for that a new cycle is started.

The bell schedule of a day: the one chosen for that very day; else the one that names the day of the cycle; else the
default. On a short day the periods end and begin with the school, unless a schedule was chosen for that day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from django.db.models import Sum
from django.db.models.functions import Coalesce

from techdesk.directory.choices import CycleKind
from techdesk.directory.models import (
    BellPeriod,
    BellSchedule,
    DayCycle,
    ExternalId,
    ScheduleDay,
    School,
    SchoolYear,
    Term,
)
from techdesk.directory.queries.calendar import Calendar, Closing, horizon, load_opening

_DAY = dt.timedelta(days=1)
TURNS_AHEAD = 60


@dataclass(frozen=True)
class Bell:
    """A period as it stands in a schedule, wall-clock time."""

    name: str
    starts_at: dt.time
    ends_at: dt.time


@dataclass(frozen=True)
class Bells:
    """A bell schedule."""

    name: str
    cycle_days: tuple[str, ...] = ()
    is_default: bool = False
    is_active: bool = True
    periods: tuple[Bell, ...] = ()
    key: str = field(default="", compare=False)


@dataclass(frozen=True)
class Cycle:
    """See models.DayCycle."""

    starts_on: dt.date
    kind: str
    names: tuple[str, ...]
    first: str = ""
    snow_days_shift: bool = True

    @property
    def choices(self) -> tuple[str, ...]:
        """The names a day may have, each once, in order."""
        return tuple(dict.fromkeys(name for name in self.names if name))


@dataclass(frozen=True)
class Instead:
    """What was chosen for one day."""

    bells: Bells | None = None
    cycle_day: str = ""


@dataclass(frozen=True)
class Period:
    """A period of one day, as moments in UTC; it has ended at `ends`."""

    name: str
    starts: dt.datetime
    ends: dt.datetime


@dataclass(frozen=True)
class SchoolDay:
    """One day of one school. `hours` is None and there are no periods when it is closed."""

    day: dt.date
    hours: tuple[dt.time, dt.time] | None
    closing: Closing | None
    shortening: Closing | None
    cycle_day: str
    schedule: str
    periods: tuple[Period, ...]

    @property
    def is_open(self) -> bool:
        return self.hours is not None

    def period_at(self, moment: dt.datetime) -> Period | None:
        return next((one for one in self.periods if one.starts <= moment < one.ends), None)

    def period_after(self, moment: dt.datetime) -> Period | None:
        """The next one that starts behind `moment`."""
        return next((one for one in self.periods if one.starts > moment), None)


@dataclass(frozen=True)
class SchoolPlan(Calendar):
    """A Calendar with names, cycle and bells. Knows the days of `known`; asks the database nothing."""

    known: tuple[dt.date, dt.date] = (dt.date.min, dt.date.max)
    closings: Mapping[dt.date, Closing] = field(default_factory=dict)
    short_names: Mapping[dt.date, Closing] = field(default_factory=dict)
    cycles: tuple[Cycle, ...] = ()
    bells: tuple[Bells, ...] = ()
    instead: Mapping[dt.date, Instead] = field(default_factory=dict)
    #: For each cycle: how many of its days lie before starts_on + n, as far as somebody has asked.
    _turns: dict[dt.date, list[int]] = field(default_factory=dict, compare=False, repr=False)

    def cycle_on(self, day: dt.date) -> Cycle | None:
        """The cycle in force on `day`."""
        return next((one for one in reversed(self.cycles) if one.starts_on <= day), None)

    def cycle_day(self, day: dt.date) -> str:
        """The name of `day`: "A", "3" …; empty when it has none, is no school day or lies outside `known`."""
        if not self.known[0] <= day <= self.known[1] or not self.is_school_day(day):
            return ""
        if (chosen := self.instead.get(day)) and chosen.cycle_day:
            return chosen.cycle_day
        cycle = self.cycle_on(day)
        if cycle is None:
            return ""
        if cycle.kind == CycleKind.WEEKDAY:
            return cycle.names[day.weekday()]
        first = cycle.names.index(cycle.first) if cycle.first in cycle.names else 0
        return cycle.names[(first + self._turn(cycle, day)) % len(cycle.names)]

    def bells_on(self, day: dt.date) -> Bells | None:
        """The bell schedule of `day`; None on a day without school or without a schedule."""
        if not self.is_school_day(day):
            return None
        if (chosen := self.instead.get(day)) and chosen.bells is not None:
            return chosen.bells
        name = self.cycle_day(day)
        active = [one for one in self.bells if one.is_active]
        named = next((one for one in active if name and name in one.cycle_days), None)
        return named or next((one for one in active if one.is_default), None)

    def on(self, day: dt.date) -> SchoolDay:
        """Everything about `day`."""
        bells = self.bells_on(day)
        return SchoolDay(
            day=day,
            hours=self.hours_on(day),
            closing=self.closings.get(day),
            shortening=self.short_names.get(day),
            cycle_day=self.cycle_day(day),
            schedule=bells.name if bells else "",
            periods=tuple(self._periods(day, bells)) if bells else (),
        )

    def _periods(self, day: dt.date, bells: Bells) -> Iterable[Period]:
        chosen = self.instead.get(day)
        opens, closes = (None, None) if chosen and chosen.bells else self.short.get(day, (None, None))
        for one in bells.periods:
            start = max(one.starts_at, opens) if opens else one.starts_at
            end = min(one.ends_at, closes) if closes else one.ends_at
            if start < end:
                starts, ends = self.moment(day, start), self.moment(day, end)
                if starts < ends:  # the hour that the clock skips holds no period
                    yield Period(one.name, starts, ends)

    def _turn(self, cycle: Cycle, day: dt.date) -> int:
        turns, place = self._turns.get(cycle.starts_on, [0]), (day - cycle.starts_on).days
        if place >= len(turns):
            turns = list(turns)  # a copy: threads that ask the same plan must not extend one list together
            while len(turns) <= place + TURNS_AHEAD:
                before = cycle.starts_on + (len(turns) - 1) * _DAY
                turns.append(turns[-1] + self._takes_a_turn(cycle, before))
            self._turns[cycle.starts_on] = turns
        return turns[place]

    def _takes_a_turn(self, cycle: Cycle, day: dt.date) -> bool:
        if self.is_school_day(day):
            return True
        lost = day in self.closings and self.closings[day].at_short_notice and not cycle.snow_days_shift
        return lost and day.weekday() in self.hours and not self._in_summer(day)


def school_plan(school: School, first: dt.date, last: dt.date | None = None) -> SchoolPlan:
    """Calendar, cycle and bells of `school` for questions between `first` and `last`. Eight queries, however far."""
    cycles = tuple(
        Cycle(row.starts_on, row.kind, tuple(row.names), row.first, row.snow_days_shift)
        for row in DayCycle.objects.filter(school=school).order_by("starts_on")
    )
    known = horizon(first, last)
    # A cycle counts from its first day on, however long ago that was.
    oldest = min([known[0], *(cycle.starts_on for cycle in cycles)])
    found = load_opening(school, oldest, known[1])
    schedules = bell_schedules(school)
    instead = {
        row.on: Instead(schedules.get(row.schedule_id) if row.schedule_id else None, row.cycle_day)
        for row in ScheduleDay.objects.filter(school=school, on__range=known)
    }
    return SchoolPlan(
        zone=school.zone,
        hours=found.hours,
        closed=frozenset(found.closings),
        years=found.years,
        short=found.short,
        known=known,
        closings=found.closings,
        short_names=found.short_names,
        cycles=cycles,
        bells=tuple(schedules.values()),
        instead=instead,
    )


@lru_cache(maxsize=256)
def plan_of_day(school_id: int, version: int, day: dt.date) -> SchoolPlan:
    """`school_plan` of one day, kept in this process for the line that every home page shows.

    Every change of a calendar raises the `version` of its school, so what was read for one version stays true.
    """
    return school_plan(School.objects.get(pk=school_id), day)


def bell_schedules(school: School) -> dict[int, Bells]:
    """All bell schedules of `school` with their periods, by primary key, the default first. Two queries."""
    periods: dict[int, list[Bell]] = {}
    for row in BellPeriod.objects.filter(schedule__school=school).order_by("schedule_id", "position"):
        periods.setdefault(row.schedule_id, []).append(Bell(row.name, row.starts_at, row.ends_at))
    return {
        row.pk: Bells(
            row.name,
            tuple(row.cycle_days),
            row.is_default,
            row.is_active,
            tuple(periods.get(row.pk, [])),
            row.public_key,
        )
        for row in BellSchedule.objects.filter(school=school).order_by("-is_default", "name", "id")
    }


def school_day_on(school: School, day: dt.date) -> SchoolDay:
    """What `school` does on `day`: open or closed, the day of the cycle, the periods."""
    return school_plan(school, day).on(day)


def period_at(school: School, moment: dt.datetime) -> Period | None:
    """The period of `school` that runs at `moment`, an aware one; None between periods and outside of school."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    day = moment.astimezone(school.zone).date()
    return school_plan(school, day).on(day).period_at(moment)


@dataclass(frozen=True)
class TermFacts:
    name: str
    kind: str
    label: str
    starts_on: dt.date
    ends_on: dt.date
    from_roster: bool


@dataclass(frozen=True)
class YearFacts:
    """A school year of the district and its terms, in order of their first day."""

    name: str
    starts_on: dt.date
    ends_on: dt.date
    from_roster: bool
    terms: tuple[TermFacts, ...]


def school_years() -> list[YearFacts]:
    """Every school year that the district knows with its terms, latest first. Three queries."""
    known = set(ExternalId.objects.filter(kind__in=["year", "term"]).values_list("kind", "target_id"))
    terms: dict[int, list[TermFacts]] = {}
    for row in Term.objects.order_by("starts_on", "-ends_on", "name"):
        facts = TermFacts(
            row.name, row.kind, row.get_kind_display(), row.starts_on, row.ends_on, ("term", row.pk) in known
        )
        terms.setdefault(row.year_id, []).append(facts)
    return [
        YearFacts(row.name, row.starts_on, row.ends_on, ("year", row.pk) in known, tuple(terms.get(row.pk, [])))
        for row in SchoolYear.objects.order_by("-starts_on", "-ends_on")
    ]


def calendar_version(school: School | None) -> int:
    """What a form about the calendar of `school` (None: of the district) hands back, so that nobody overwrites what
    they have not seen. One query."""
    if school is not None:
        return school.version
    total: int = School.objects.aggregate(total=Coalesce(Sum("version"), 0))["total"]
    return total


def find_school_year(name: str, starts_on: dt.date, ends_on: dt.date) -> SchoolYear | None:
    """The school year of that name and dates, which together are its key."""
    return SchoolYear.objects.filter(name=name, starts_on=starts_on, ends_on=ends_on).first()


def year_range(years: Sequence[tuple[dt.date, dt.date]], year: int) -> tuple[dt.date, dt.date]:
    """First and last day of the school year that begins in `year`; without a known one from August to July."""
    known = [(first, last) for first, last in years if first.year == year]
    if known:
        return min(first for first, _last in known), max(last for _first, last in known)
    return dt.date(year, 8, 1), dt.date(year + 1, 7, 31)


def year_at(years: Sequence[tuple[dt.date, dt.date]], day: dt.date) -> int:
    """In which year the school year of `day` begins; from July on that is the coming one."""
    for first, last in years:
        if first <= day <= last:
            return first.year
    return day.year if day.month >= 7 else day.year - 1

"""The calendar of a school as people read it: months of days, lists of closed and short days, the line about today."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.utils.dates import MONTHS
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from techdesk.base.clock import now
from techdesk.directory.models import School
from techdesk.directory.queries import SchoolDay, SchoolPlan, plan_of_day
from techdesk.directory.queries.calendar import Closing
from techdesk.ui.choices import Tone
from techdesk.ui.moments import worded

_DAY = dt.timedelta(days=1)
SUNDAY = 6


@dataclass(frozen=True)
class DayCell:
    """A day in a month: its number, a short mark below it (B), what is read aloud, and the tone of both."""

    number: int
    word: str
    mark: str = ""
    tone: str = ""
    today: bool = False
    url: str = ""


@dataclass(frozen=True)
class Month:
    name: str
    weeks: list[list[DayCell | None]]


@dataclass(frozen=True)
class Entry:
    """Days in a row that have the same in common: a break, a snow day, an early release."""

    first: dt.date
    last: dt.date
    name: str
    detail: str
    closed: bool
    at_short_notice: bool
    for_district: bool

    @property
    def dates(self) -> str:
        return spoken_span(self.first, self.last)

    @property
    def icon(self) -> str:
        if self.at_short_notice:
            return "outline/snowflake"
        return "outline/calendar-off" if self.closed else "outline/clock"

    @property
    def tone(self) -> str:
        if self.at_short_notice:
            return Tone.BAD
        return Tone.INFO if self.closed else Tone.WARN

    @property
    def label(self) -> str:
        return _("Closed") if self.closed else self.detail


def clock(time: dt.time) -> str:
    """ "8:00 AM", as the language writes it."""
    return time_format(time, "g:i A")


def clock_at(plan: SchoolPlan, moment: dt.datetime) -> str:
    """The school's clock at `moment`."""
    return clock(moment.astimezone(plan.zone).time())


def spoken_span(first: dt.date, last: dt.date) -> str:
    """ "Mon, Dec 21 – Fri, Jan 1, 2027"."""
    if first == last:
        return worded(first, "D, M j, Y")
    start = worded(first, "D, M j") if first.year == last.year else worded(first, "D, M j, Y")
    return f"{start} – {worded(last, 'D, M j, Y')}"


def short_words(opens_at: dt.time | None, closes_at: dt.time | None) -> str:
    """What is different on a short day."""
    if opens_at and closes_at:
        return _("%(opens)s to %(closes)s") % {"opens": clock(opens_at), "closes": clock(closes_at)}
    if closes_at:
        return _("until %(closes)s") % {"closes": clock(closes_at)}
    return _("from %(opens)s on") % {"opens": clock(opens_at)} if opens_at else ""


def entries(plan: SchoolPlan, first: dt.date, last: dt.date) -> list[Entry]:
    """The closed and short days between `first` and `last`; days in a row under one name are one entry.

    A weekend, or another day the school is closed anyway, does not divide a break.
    """
    found = [*_runs(plan, first, last, plan.closings, closed=True)]
    found += _runs(plan, first, last, plan.short_names, closed=False)
    return sorted(found, key=lambda one: (one.first, one.closed))


def _runs(plan: SchoolPlan, first: dt.date, last: dt.date, days: Any, *, closed: bool) -> Iterator[Entry]:
    run: list[dt.date] = []

    def entry() -> Entry:
        one: Closing = days[run[0]]
        detail = "" if closed else short_words(*plan.short[run[0]])
        return Entry(run[0], run[-1], one.name, detail, closed, one.at_short_notice, one.for_district)

    for on in sorted(on for on in days if first <= on <= last):
        same = run and days[on] == days[run[0]] and _only_weekend_between(plan, run[-1], on)
        if run and not (same and (closed or plan.short[on] == plan.short[run[0]])):
            yield entry()
            run = []
        run.append(on)
    if run:
        yield entry()


def _only_weekend_between(plan: SchoolPlan, before: dt.date, on: dt.date) -> bool:
    if (on - before).days > 7:
        return False
    day = before + _DAY
    while day < on:
        if day.weekday() in plan.hours:
            return False
        day += _DAY
    return True


def months(
    plan: SchoolPlan,
    first: dt.date,
    last: dt.date,
    *,
    today: dt.date,
    url: Callable[[dt.date], str] | None = None,
) -> list[Month]:
    """Every month from that of `first` to that of `last`; weeks begin on Sunday. `url` gives a day its link.

    Of the days before `first` and after `last`, which are in no school year, nothing is said.
    """
    made = []
    weeks = calendar.Calendar(firstweekday=SUNDAY)
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        cells = [
            [
                None
                if day.month != month
                else _cell(plan, day, today, url)
                if first <= day <= last
                else DayCell(day.day, worded(day, "l, F j"), tone=Tone.NEUTRAL, today=day == today)
                for day in week
            ]
            for week in weeks.monthdatescalendar(year, month)
        ]
        made.append(Month(f"{MONTHS[month]} {year}", cells))
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return made


def _cell(plan: SchoolPlan, day: dt.date, today: dt.date, url: Callable[[dt.date], str] | None) -> DayCell:
    mark, tone = plan.cycle_day(day), ""
    words = [worded(day, "l, F j")]
    if mark:
        words.append(_("%(name)s day") % {"name": mark})
    if closing := plan.closings.get(day):
        tone = Tone.BAD if closing.at_short_notice else Tone.INFO
        words.append(_("closed: %(name)s") % {"name": closing.name})
    elif not plan.is_school_day(day):
        tone = Tone.NEUTRAL
        words.append(_("no school"))
    elif short := plan.short_names.get(day):
        tone = Tone.WARN
        words.append(f"{short.name}, {short_words(*plan.short[day])}")
    if chosen := plan.instead.get(day):
        if chosen.bells and plan.is_school_day(day):
            words.append(chosen.bells.name)
            tone = tone or Tone.GOOD
        if chosen.cycle_day and plan.is_school_day(day):
            tone = tone or Tone.GOOD
    return DayCell(
        number=day.day,
        word=", ".join(words),
        mark=mark,
        tone=str(tone),
        today=day == today,
        url=url(day) if url else "",
    )


#: Holidays that lie on a date, not on a weekday: (month, day).
FIXED = {(1, 1), (6, 19), (7, 4), (11, 11), (12, 25)}


def copied_days(found: list[Entry], *, years: int) -> list[Entry]:
    """The planned closings of a year as they would lie `years` later: on the third Monday of its month what
    was on the third Monday, a holiday of a fixed date on that date. A proposal for people to look through."""
    moved = []
    for one in found:
        if not one.closed or one.at_short_notice:
            continue
        if one.first == one.last and (one.first.month, one.first.day) in FIXED:
            first = one.first.replace(year=one.first.year + years)
        else:
            first = _same_weekday(one.first, one.first.year + years)
        last = first + (one.last - one.first)
        moved.append(replace(one, first=first, last=last))
    return moved


def _same_weekday(day: dt.date, year: int) -> dt.date:
    """The n-th Monday of a month, for what was its n-th Monday; the last one where there are not so many."""
    first = day.replace(year=year, day=1)
    found = first + ((day.weekday() - first.weekday()) % 7 + (day.day - 1) // 7 * 7) * _DAY
    return found if found.month == day.month else found - 7 * _DAY


def typed_spans(found: list[Entry]) -> str:
    """Closed days as lines that a form reads back."""
    lines = []
    for one in found:
        dates = f"{one.first:%m/%d/%Y}" if one.first == one.last else f"{one.first:%m/%d/%Y} - {one.last:%m/%d/%Y}"
        lines.append(f"{dates} {one.name}")
    return "\n".join(lines)


def today_line(school: School) -> str:
    """What is different at `school` today, in one line: "B day, early release 12:30 PM, period 3 until 10:40 AM".

    Empty when there is nothing to say. Asks the database once per version of the calendar and day.
    """
    moment = now()
    day = moment.astimezone(school.zone).date()
    plan = plan_of_day(school.pk, school.version, day)
    return ", ".join(day_words(plan, plan.on(day), moment))


def day_words(plan: SchoolPlan, day: SchoolDay, moment: dt.datetime) -> list[str]:
    """The parts of `today_line`."""
    if day.closing is not None:
        return [_("closed (%(name)s)") % {"name": day.closing.name}]
    if not day.is_open:
        return []
    words = []
    if day.cycle_day:
        words.append(_("%(name)s day") % {"name": day.cycle_day})
    if day.shortening is not None:
        words.append(f"{day.shortening.name} {short_words(*plan.short[day.day])}")
    chosen = plan.instead.get(day.day)
    if chosen and chosen.bells:
        words.append(_("bell schedule %(name)s") % {"name": chosen.bells.name})
    if running := day.period_at(moment):
        words.append(_period_words(running.name) + " " + _("until %(time)s") % {"time": clock_at(plan, running.ends)})
    elif following := day.period_after(moment):
        words.append(
            _period_words(following.name) + " " + _("at %(time)s") % {"time": clock_at(plan, following.starts)}
        )
    return words


def _period_words(name: str) -> str:
    return _("period %(name)s") % {"name": name} if name.isdigit() else name

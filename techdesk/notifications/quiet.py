"""When mail may come: quiet hours, and the hour of the daily mail. Pure arithmetic over wall-clock time; asks nothing.

A wall-clock time that does not exist on a day (the clock goes forward) is read with the offset from before the change;
one that exists twice means the first, unless that has passed. What comes out is UTC.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

_DAY = dt.timedelta(days=1)
SATURDAY = 5
#: A daily mail looks no further for a school day; after a summer it comes on the first weekday.
LOOK_AHEAD = 120


@dataclass(frozen=True)
class QuietHours:
    """No mail from `starts` until `ends` (over midnight when `ends` is the earlier one), nor at weekends if so said.

    Equal times: no quiet hours at night.
    """

    starts: dt.time
    ends: dt.time
    weekends: bool

    def hold_at(self, local: dt.datetime) -> bool:
        """Whether mail is held at this wall-clock moment."""
        if self.weekends and local.weekday() >= SATURDAY:
            return True
        clock = local.time()
        if self.starts <= self.ends:
            return self.starts <= clock < self.ends
        return clock >= self.starts or clock < self.ends

    def over_at(self, moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
        """`moment` when mail may come then, else the end of the quiet hours it falls into."""
        while self.hold_at(local := moment.astimezone(zone)):
            if self.weekends and local.weekday() >= SATURDAY:
                moment = moment_of(local.date() + _DAY, dt.time(), zone)
            else:
                moment = next_clock(moment, self.ends, zone)
        return moment.astimezone(dt.UTC)


def moment_of(day: dt.date, clock: dt.time, zone: ZoneInfo) -> dt.datetime:
    """The moment (UTC) at which the wall clock of `zone` shows `clock` on `day`."""
    return dt.datetime.combine(day, clock, zone).astimezone(dt.UTC)


def next_clock(moment: dt.datetime, clock: dt.time, zone: ZoneInfo) -> dt.datetime:
    """The first moment after `moment` at which the wall clock shows `clock`."""
    day = moment.astimezone(zone).date()
    for candidate in (clock, clock.replace(fold=1)):
        if (found := moment_of(day, candidate, zone)) > moment:
            return found
    return moment_of(day + _DAY, clock, zone)


@dataclass(frozen=True)
class Rhythm:
    """The days of one person's school: its time zone, its quiet hours (None: it has none), its school days."""

    zone: ZoneInfo
    quiet: QuietHours | None = None
    is_school_day: Callable[[dt.date], bool] = field(default=lambda day: day.weekday() < SATURDAY)

    def next_digest(self, moment: dt.datetime, clock: dt.time) -> dt.datetime:
        """The next time after `moment` that it is `clock` on a school day."""
        found = next_clock(moment, clock, self.zone)
        for _count in range(LOOK_AHEAD):
            if self.is_school_day(found.astimezone(self.zone).date()):
                return found
            found = next_clock(found, clock, self.zone)
        return found

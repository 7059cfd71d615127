"""The calendar of a school as a text that calendar programs read (RFC 5545).

Every event is a whole day, a DATE without a time zone: the same day everywhere. What a day holds: that it is closed,
that it is short, its name in the cycle, and where a school year or term begins and ends. Nothing in it names a person.
The same calendar makes the same text, so that a program that asks again can be told that nothing changed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.utils.translation import gettext as _

from techdesk.directory.calendar_words import entries
from techdesk.directory.models import School
from techdesk.directory.queries import SchoolPlan
from techdesk.directory.queries.calendar_plan import YearFacts

_DAY = dt.timedelta(days=1)
LINE = 75  # octets a content line may have, the break not counted (RFC 5545, 3.1)


@dataclass(frozen=True)
class Event:
    """Whole days from `first` to `last`, both included. `kind` and `first` make its lasting identity."""

    kind: str
    first: dt.date
    last: dt.date
    summary: str
    description: str = ""


def school_events(plan: SchoolPlan, first: dt.date, last: dt.date, years: Iterable[YearFacts]) -> list[Event]:
    """What the feed holds of the days from `first` to `last`, in order."""
    found = []
    for one in entries(plan, first, last):
        if one.closed:
            found.append(Event("closed", one.first, one.last, _("No school: %(name)s") % {"name": one.name}))
        else:
            summary = _("%(name)s, school %(hours)s") % {"name": one.name, "hours": one.detail}
            found.append(Event("short", one.first, one.last, summary))
    for year in years:
        for name, starts_on, ends_on in [
            (year.name, year.starts_on, year.ends_on),
            *((term.name, term.starts_on, term.ends_on) for term in year.terms),
        ]:
            if first <= starts_on <= last:
                found.append(Event(f"begins {name}", starts_on, starts_on, _("%(name)s begins") % {"name": name}))
            if first <= ends_on <= last:
                found.append(Event(f"ends {name}", ends_on, ends_on, _("%(name)s ends") % {"name": name}))
    day = first
    while day <= last:
        if name := plan.cycle_day(day):
            bells = plan.bells_on(day)
            found.append(Event("cycle", day, day, _("%(name)s day") % {"name": name}, bells.name if bells else ""))
        day += _DAY
    once = {(event.first, event.kind): event for event in found}  # two rosters may name the same year
    return [once[key] for key in sorted(once)]


def calendar_text(school: School, events: Sequence[Event]) -> bytes:
    """The iCalendar object of `school` with `events`."""
    stamp = school.updated_at.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Techdesk//School calendar//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escaped(school.name)}",
        f"X-WR-TIMEZONE:{escaped(school.time_zone)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT4H",
        "X-PUBLISHED-TTL:PT4H",
    ]
    for event in events:
        identity = f"{settings.BASE_URL}/calendar/{school.code}/{event.kind}/{event.first.isoformat()}"
        lines += [
            "BEGIN:VEVENT",
            f"UID:{uuid5(NAMESPACE_URL, identity)}",
            f"DTSTAMP:{stamp}",
            f"SEQUENCE:{school.version}",
            f"DTSTART;VALUE=DATE:{event.first:%Y%m%d}",
            # The end is the day after the last one (RFC 5545, 3.6.1).
            f"DTEND;VALUE=DATE:{event.last + _DAY:%Y%m%d}",
            f"SUMMARY:{escaped(event.summary)}",
            *([f"DESCRIPTION:{escaped(event.description)}"] if event.description else []),
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return b"".join(folded(line) for line in lines)


def escaped(text: str) -> str:
    """Text as a value (RFC 5545, 3.3.11); control characters, which may not stand in one, are left out."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")
    return "".join(c for c in text if c == "\t" or (ord(c) >= 32 and ord(c) != 127))


def folded(line: str) -> bytes:
    """A content line in UTF-8 with its break, divided so that no part has more than 75 octets and no letter is cut."""
    parts: list[bytes] = []
    part = b""
    for letter in line:
        octets = letter.encode()
        room = LINE if not parts else LINE - 1  # the space at the head of a further part counts
        if len(part) + len(octets) > room:
            parts.append(part)
            part = b""
        part += octets
    return b"\r\n ".join([*parts, part]) + b"\r\n"

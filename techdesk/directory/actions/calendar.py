"""When schools are open: hours, closed days, short days, school years and terms.

Every function takes `version`, the one that the person who changes saw (`queries.calendar_version`); another one is
Stale, None is not compared. Without `school` the change is one of the whole district.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from techdesk.base.clock import now
from techdesk.base.errors import BadInput, NotPossible
from techdesk.base.text import clean_line
from techdesk.directory.actions.calendar_change import touched_schools, write_change
from techdesk.directory.actions.fields import check, unless_taken
from techdesk.directory.choices import TermKind
from techdesk.directory.models import (
    ClosedDay,
    ExternalId,
    Person,
    School,
    SchoolHours,
    SchoolYear,
    Section,
    ShortDay,
    Term,
)
from techdesk.directory.queries.calendar import DEFAULT_HOURS, school_calendar

_DAY = dt.timedelta(days=1)
LONGEST_CLOSING = dt.timedelta(days=120)
MOST_DAYS = 400


@dataclass(frozen=True)
class Span:
    """Days from `first` to `last` (both included) under one name: "Winter break"."""

    first: dt.date
    last: dt.date
    name: str

    def days(self) -> list[dt.date]:
        return [self.first + n * _DAY for n in range((self.last - self.first).days + 1)]


@dataclass(frozen=True)
class TermInput:
    name: str
    starts_on: dt.date
    ends_on: dt.date


def _bad(field: str, message: Any, code: str) -> BadInput:
    return BadInput(message, code=code, errors={field: [message]})


# --- hours ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def set_hours(
    *, actor: Person, school: School, hours: Mapping[int, tuple[dt.time, dt.time]], version: int | None = None
) -> School:
    """Set when a school works: weekday (0 = Monday) -> (opens, closes), wall-clock time of its zone.

    A weekday that is left out is closed. Raises BadInput (`bad_hours`) for a weekday outside 0–6, for closing
    not after opening, and for a week without any hours: nothing could ever fall due.
    """
    if not hours or any(day not in range(7) or opens >= closes for day, (opens, closes) in hours.items()):
        message = _("Each weekday needs a closing time after its opening time, and one weekday must be open.")
        raise _bad("hours", message, "bad_hours")
    kept = touched_schools(school, version)[0]
    before = {row.weekday: (row.opens_at, row.closes_at) for row in SchoolHours.objects.filter(school=kept)}
    if before == dict(hours):
        return kept
    SchoolHours.objects.filter(school=kept).delete()
    SchoolHours.objects.bulk_create(
        [
            SchoolHours(school=kept, weekday=day, opens_at=opens, closes_at=closes)
            for day, (opens, closes) in sorted(hours.items())
        ]
    )
    facts = {str(day): [opens.isoformat(), closes.isoformat()] for day, (opens, closes) in sorted(hours.items())}
    write_change(actor, [kept], "set_hours", {"hours": facts})
    return kept


# --- closed days ----------------------------------------------------------------------------------------------------


@transaction.atomic
def close_days(
    *,
    actor: Person,
    spans: Sequence[Span],
    school: School | None = None,
    at_short_notice: bool = False,
    version: int | None = None,
) -> list[ClosedDay]:
    """Mark days as closed; return those that were not before. A day that is closed already keeps its name.

    Of several days in a row only the weekdays on which a touched school works are written: the weekend of a break is
    none of it. Raises BadInput by field: `bad_dates` (ends before it starts), `too_long`, a missing name.
    """
    touched = touched_schools(school, version)
    weekdays = _weekdays_of(touched)
    wanted: dict[dt.date, ClosedDay] = {}
    for span in spans:
        if span.last < span.first:
            raise _bad("last", _("The last day lies before the first."), "bad_dates")
        if span.last - span.first > LONGEST_CLOSING:
            raise _bad("last", _("Close at most 120 days in one go."), "too_long")
        for on in span.days():
            if span.first == span.last or on.weekday() in weekdays:
                day = ClosedDay(school=school, on=on, name=clean_line(span.name), at_short_notice=at_short_notice)
                check(day, ["on", "name"])
                wanted.setdefault(on, day)
    if len(wanted) > MOST_DAYS:
        raise _bad("days", _("These are too many days for one go."), "too_long")
    held = set(ClosedDay.objects.filter(school=school, on__in=list(wanted)).values_list("on", flat=True))
    fresh = [day for on, day in sorted(wanted.items()) if on not in held]
    if fresh:
        with unless_taken("directory_closedday_once", BadInput(_("This day is closed already."), code="duplicate_day")):
            ClosedDay.objects.bulk_create(fresh)
        facts = {"days": [[day.on.isoformat(), day.name] for day in fresh], "district": school is None}
        facts["at_short_notice"] = at_short_notice
        write_change(actor, touched, "close_days", facts, days=[day.on for day in fresh])
    return fresh


def add_closed_day(
    *, actor: Person, on: dt.date, name: str, school: School | None = None, version: int | None = None
) -> ClosedDay:
    """`close_days` for a single day; returns the row, also one that was there before."""
    close_days(actor=actor, spans=[Span(on, on, name)], school=school, version=version)
    return ClosedDay.objects.get(school=school, on=on)


@transaction.atomic
def announce_closed_day(
    *, actor: Person, on: dt.date, name: str, school: School | None = None, version: int | None = None
) -> ClosedDay:
    """School is out today or tomorrow: snow, a burst pipe. Closes the day at short notice.

    Whether the names of the days (A, B) shift is the cycle's own rule. A day that is closed already stays as it is.
    Raises BadInput: `not_at_short_notice` for any other day, `no_school_that_day` where the one school has none.
    """
    for one in [school] if school is not None else School.objects.active():
        today = now().astimezone(one.zone).date()
        if on in (today, today + _DAY):
            break
    else:
        message = _("Announce a closing for today or tomorrow. Plan other days under closed days.")
        raise _bad("on", message, "not_at_short_notice")
    held = ClosedDay.objects.filter(school=school, on=on).first()
    if held is not None:
        return held
    if school is not None and not school_calendar(school, on).is_school_day(on):
        raise _bad("on", _("There is no school that day."), "no_school_that_day")
    close_days(actor=actor, spans=[Span(on, on, name)], school=school, at_short_notice=True, version=version)
    return ClosedDay.objects.get(school=school, on=on)


@transaction.atomic
def open_days(
    *,
    actor: Person,
    first: dt.date,
    last: dt.date,
    school: School | None = None,
    version: int | None = None,
) -> int:
    """Take away the closed days from `first` to `last`; say how many. The history of the school keeps them."""
    touched = touched_schools(school, version)
    rows = ClosedDay.objects.filter(school=school, on__range=(first, last)).order_by("on")
    days = [(day.on, day.name) for day in rows]
    rows.delete()
    if days:
        facts = {"days": [[on.isoformat(), name] for on, name in days], "district": school is None}
        write_change(actor, touched, "open_days", facts, days=[on for on, _name in days])
    return len(days)


def remove_closed_day(*, actor: Person, on: dt.date, school: School | None = None, version: int | None = None) -> bool:
    """`open_days` for a single day; say whether it was closed."""
    return bool(open_days(actor=actor, first=on, last=on, school=school, version=version))


# --- short days -----------------------------------------------------------------------------------------------------


@transaction.atomic
def set_short_day(
    *,
    actor: Person,
    on: dt.date,
    name: str,
    opens_at: dt.time | None = None,
    closes_at: dt.time | None = None,
    school: School | None = None,
    version: int | None = None,
) -> ShortDay:
    """Give a day other hours: early release (`closes_at`), late start (`opens_at`). Replaces what the day had.

    Raises BadInput by field: neither time, closing not after opening, or a time that leaves no school that day
    (`bad_hours`): that is a closed day.
    """
    touched = touched_schools(school, version)
    if opens_at is None and closes_at is None:
        raise _bad("closes_at", _("Give the time when school starts or ends that day."), "bad_hours")
    if opens_at is not None and closes_at is not None and closes_at <= opens_at:
        raise _bad("closes_at", _("School ends after it starts."), "bad_hours")
    if school is not None:
        _check_something_is_left(school, on, opens_at, closes_at)
    day = ShortDay.objects.filter(school=school, on=on).first() or ShortDay(school=school, on=on)
    before = (day.name, day.opens_at, day.closes_at)
    day.name, day.opens_at, day.closes_at = clean_line(name), opens_at, closes_at
    check(day, ["on", "name"])
    if day.pk and before == (day.name, opens_at, closes_at):
        return day
    day.save()
    facts = {
        "on": on.isoformat(),
        "name": day.name,
        "opens_at": opens_at.isoformat() if opens_at else None,
        "closes_at": closes_at.isoformat() if closes_at else None,
        "district": school is None,
    }
    write_change(actor, touched, "set_short_day", facts, days=[on])
    return day


@transaction.atomic
def remove_short_day(*, actor: Person, on: dt.date, school: School | None = None, version: int | None = None) -> bool:
    """Give a day its usual hours again; say whether it had others."""
    touched = touched_schools(school, version)
    removed, _kinds = ShortDay.objects.filter(school=school, on=on).delete()
    if removed:
        facts = {"on": on.isoformat(), "district": school is None}
        write_change(actor, touched, "remove_short_day", facts, days=[on])
    return bool(removed)


def _check_something_is_left(school: School, on: dt.date, opens_at: dt.time | None, closes_at: dt.time | None) -> None:
    usual = school_calendar(school, on).hours.get(on.weekday())
    if usual is None:
        raise _bad("on", _("The school is closed on this weekday."), "no_school_that_day")
    if (opens_at or usual[0]) >= (closes_at or usual[1]):
        field = "closes_at" if closes_at else "opens_at"
        raise _bad(field, _("That leaves no time for school. Make it a closed day."), "bad_hours")


# --- school years and terms -----------------------------------------------------------------------------------------


@transaction.atomic
def create_school_year(
    *, actor: Person, name: str, starts_on: dt.date, ends_on: dt.date, version: int | None = None
) -> SchoolYear:
    """Add a school year of the district, or return the one of the same name and dates.

    Raises BadInput (`bad_dates`) when it does not end after it starts.
    """
    _check_dates(starts_on, ends_on)
    touched = touched_schools(None, version)
    year = SchoolYear(name=clean_line(name), starts_on=starts_on, ends_on=ends_on)
    check(year, ["name", "starts_on", "ends_on"])
    held = SchoolYear.objects.filter(name=year.name, starts_on=starts_on, ends_on=ends_on).first()
    if held is not None:
        return held
    year.save()
    facts = {"name": year.name, "from": starts_on.isoformat(), "to": ends_on.isoformat()}
    write_change(actor, touched, "create_school_year", facts)
    return year


@transaction.atomic
def change_school_year(
    *,
    actor: Person,
    year: SchoolYear,
    name: str,
    starts_on: dt.date,
    ends_on: dt.date,
    terms: Sequence[TermInput] = (),
    version: int | None = None,
) -> SchoolYear:
    """Set name and dates of a school year, and the terms that people gave it; terms of the roster stay as they are.

    A term is known by its name. Raises NotPossible (`from_roster`) when name or dates of a year of the roster would
    change; BadInput: `bad_dates`, `outside_year`, `duplicate_term`, `term_in_use` (classes are held in one that is
    missing), or by field.
    """
    _check_dates(starts_on, ends_on)
    touched = touched_schools(None, version)
    kept = SchoolYear.objects.select_for_update().get(pk=year.pk)
    changed = (kept.name, kept.starts_on, kept.ends_on) != (clean_line(name), starts_on, ends_on)
    if changed and ExternalId.objects.filter(kind="year", target_id=kept.pk).exists():
        raise NotPossible(_("This school year comes from the roster. Change it there."), code="from_roster")
    kept.name, kept.starts_on, kept.ends_on = clean_line(name), starts_on, ends_on
    check(kept, ["name", "starts_on", "ends_on"])
    if changed:
        twice = BadInput(_("There is such a school year already."), code="duplicate_year")
        with unless_taken("directory_schoolyear_once", twice):
            kept.save()
    if _write_terms(kept, terms) or changed:
        facts: dict[str, Any] = {"name": kept.name, "from": starts_on.isoformat(), "to": ends_on.isoformat()}
        facts |= {"terms": [[one.name, one.starts_on.isoformat(), one.ends_on.isoformat()] for one in terms]}
        write_change(actor, touched, "change_school_year", facts, moves_time=changed)
    return kept


def _write_terms(year: SchoolYear, terms: Sequence[TermInput]) -> bool:
    """Make the terms of `year` that no roster gave what `terms` says; say whether that changed anything."""
    held = {term.name: term for term in Term.objects.filter(year=year)}
    of_roster = set(
        ExternalId.objects.filter(kind="term", target_id__in=[term.pk for term in held.values()]).values_list(
            "target_id", flat=True
        )
    )
    by_hand = {name: term for name, term in held.items() if term.pk not in of_roster}
    written = False
    seen: set[str] = set()
    for one in terms:
        name = clean_line(one.name)
        if name in seen or (name in held and name not in by_hand):
            raise _bad("terms", _("The name %(name)s stands there twice.") % {"name": name}, "duplicate_term")
        seen.add(name)
        if one.ends_on < one.starts_on:
            raise _bad("terms", _("%(name)s ends before it starts.") % {"name": name}, "bad_dates")
        if one.starts_on < year.starts_on or one.ends_on > year.ends_on:
            raise _bad("terms", _("%(name)s does not lie in its school year.") % {"name": name}, "outside_year")
        term = by_hand.get(name) or Term(year=year, name=name, kind=TermKind.TERM)
        if (term.starts_on, term.ends_on) != (one.starts_on, one.ends_on):
            term.starts_on, term.ends_on = one.starts_on, one.ends_on
            check(term, ["name", "starts_on", "ends_on"])
            term.save()
            written = True
    gone = [term for name, term in by_hand.items() if name not in seen]
    for term in gone:
        if Section.objects.filter(Q(terms=term)).exists():
            message = _("Classes are held in %(name)s, so it cannot be taken away.") % {"name": term.name}
            raise _bad("terms", message, "term_in_use")
        term.delete()
    return written or bool(gone)


def _check_dates(starts_on: dt.date, ends_on: dt.date) -> None:
    if ends_on <= starts_on:
        raise _bad("ends_on", _("A school year ends after it starts."), "bad_dates")


def _weekdays_of(schools: Sequence[School]) -> set[int]:
    """On which weekdays any of `schools` works."""
    found: dict[int, set[int]] = {}
    for school_id, weekday in SchoolHours.objects.filter(school__in=schools).values_list("school_id", "weekday"):
        found.setdefault(school_id, set()).add(weekday)
    return set().union(*(found.get(school.pk, set(DEFAULT_HOURS)) for school in schools))

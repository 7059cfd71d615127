"""When mail to a person may come: the zone, the quiet hours and the school days of their school."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from techdesk.directory.models import RoleAssignment, School
from techdesk.directory.queries.calendar import Calendar, school_calendar
from techdesk.directory.queries.settings import values_of
from techdesk.directory.switches import Kind, Setting
from techdesk.notifications.hooks import QuietHours, Rhythm

QUIET_SETTINGS = (
    Setting(
        name="quiet_hours",
        group="mail",
        label=_("Mail keeps quiet hours"),
        help=_("Mail that can wait is sent when they are over. Each person may choose other times."),
        kind=Kind.YES_NO,
        default=settings.QUIET_HOURS,
    ),
    Setting(
        name="quiet_from",
        group="mail",
        label=_("Quiet from"),
        help=_("In the evening, by the clock of the school."),
        kind=Kind.TIME,
        default="20:00",
    ),
    Setting(
        name="quiet_until",
        group="mail",
        label=_("Quiet until"),
        help=_("In the morning."),
        kind=Kind.TIME,
        default="06:30",
    ),
    Setting(
        name="quiet_weekends",
        group="mail",
        label=_("Quiet on Saturdays and Sundays"),
        help=_("What waits is sent on Monday morning."),
        kind=Kind.YES_NO,
        default=True,
    ),
)


def school_rhythms(people: Iterable[Any]) -> dict[int, Rhythm]:
    """The rhythm of each of `people` by id: of the school where they hold a role (the room they usually work in
    decides between several), else the district's. Two queries, and one more for each further school; the calendar of
    a school is read when a daily mail asks for it."""
    people = list(people)
    schools = schools_of(people)
    made = {school.pk: _rhythm(school) for school in {school.pk: school for school in schools.values()}.values()}
    district = _rhythm(None) if len(schools) < len(people) else None
    found = {}
    for person in people:
        school = schools.get(person.pk)
        rhythm = made[school.pk] if school is not None else district
        if rhythm is not None:
            found[person.pk] = rhythm
    return found


def schools_of(people: list[Any]) -> dict[int, School]:
    """The school of each of `people` who have one, by id: of several, the one of the room they usually work in."""
    rows = RoleAssignment.objects.in_force().filter(person__in=people, school__isnull=False)
    held: dict[int, dict[int, School]] = {}
    for row in rows.select_related("school", "person__default_room").order_by("-id"):
        at = held.setdefault(row.person_id, {})
        assert row.school is not None  # noqa: S101 - filtered above; for the type checker
        at[row.school.pk] = row.school
        room = row.person.default_room
        if room is not None and room.school_id == row.school.pk:
            at[0] = row.school
    return {person: at.get(0) or next(reversed(at.values())) for person, at in held.items()}


def _rhythm(school: School | None) -> Rhythm:
    values = values_of(school, [one.name for one in QUIET_SETTINGS])
    quiet = None
    if values["quiet_hours"]:
        quiet = QuietHours(
            starts=dt.time.fromisoformat(values["quiet_from"]),
            ends=dt.time.fromisoformat(values["quiet_until"]),
            weekends=values["quiet_weekends"],
        )
    if school is None:
        return Rhythm(zone=ZoneInfo(settings.DISTRICT_TIME_ZONE), quiet=quiet)
    return Rhythm(zone=school.zone, quiet=quiet, is_school_day=partial(_is_school_day, cache(partial(_read, school))))


def _read(school: School, first: dt.date) -> Calendar:
    return school_calendar(school, first)


def _is_school_day(calendar_from: Any, day: dt.date) -> bool:
    # One calendar holds two years to both sides; the first of its year is asked for, so that one is read once.
    calendar: Calendar = calendar_from(day.replace(month=1, day=1))
    return calendar.is_school_day(day)

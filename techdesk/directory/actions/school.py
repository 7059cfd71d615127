"""Schools, their rooms, opening hours and closed days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from techdesk.audit.actions import Deed, record, record_many
from techdesk.base.clock import now
from techdesk.base.errors import BadInput, Stale
from techdesk.base.text import clean_line
from techdesk.directory.actions.fields import check, put, unless_taken
from techdesk.directory.actions.locks import lock_school, lock_schools
from techdesk.directory.choices import RoomKind
from techdesk.directory.models import ClosedDay, Person, Room, School, SchoolHours, SchoolYear
from techdesk.directory.models.school import district_time_zone

CHANGEABLE = frozenset({"name", "time_zone", "is_active"})


def _code_taken(message: Any, code: str) -> BadInput:
    return BadInput(message, code=code, errors={"code": [message]})


@transaction.atomic
def create_school(*, actor: Person, code: str, name: str, time_zone: str | None = None) -> School:
    """Add a school. Its code is unique without case and never used again.

    Raises BadInput: `duplicate_code`, or `bad_input` with messages by field (an unknown time zone among them).
    """
    school = School()
    put(school, {"code": code, "name": name, "time_zone": time_zone or district_time_zone()})
    with unless_taken(
        "directory_school_code", _code_taken(_("Another school already has this code."), "duplicate_code")
    ):
        school.save()
    record(actor=actor, verb="create", thing=school, facts={"code": school.code})
    return school


@transaction.atomic
def change_school(*, actor: Person, school: School, version: int | None = None, **fields: Any) -> School:
    """Change name, time zone or whether the school is active. The same values again change nothing.

    Raises Stale when `version` is not the present one, BadInput by field, TypeError for another field.
    """
    if unknown := set(fields) - CHANGEABLE:
        raise TypeError(f"change_school() does not change {sorted(unknown)}")
    kept = lock_school(school)
    if version is not None and version != kept.version:
        raise Stale(_("Somebody else changed this school meanwhile. Look at it again, then save."))
    changed = put(kept, fields)
    if changed:
        kept.write(*changed)
        record(actor=actor, verb="change", thing=kept, facts={"fields": sorted(changed)})
    return kept


@transaction.atomic
def create_room(
    *,
    actor: Person,
    school: School,
    code: str,
    name: str = "",
    kind: str = RoomKind.CLASSROOM,
    building: str = "",
    floor: str = "",
) -> Room:
    """Add a room to a school. Its code is unique within the school without case; its sign code is made here.

    Raises BadInput: `duplicate_code`, or `bad_input` with messages by field.
    """
    room = Room(school=school)
    put(room, {"code": code, "name": name, "kind": kind, "building": building, "floor": floor})
    with unless_taken(
        "directory_room_code", _code_taken(_("The school already has a room of this code."), "duplicate_code")
    ):
        room.save()
    record(actor=actor, verb="create", thing=room, facts={"code": room.code})
    return room


@transaction.atomic
def set_hours(*, actor: Person, school: School, hours: Mapping[int, tuple[dt.time, dt.time]]) -> School:
    """Set when a school works: weekday (0 = Monday) -> (opens, closes), wall-clock time of its zone.

    A weekday that is left out is closed. Raises BadInput (`bad_hours`) for a weekday outside 0–6, for closing
    not after opening, and for a week without any hours: nothing could ever fall due.
    """
    if not hours or any(day not in range(7) or opens >= closes for day, (opens, closes) in hours.items()):
        message = _("Each weekday needs a closing time after its opening time, and one weekday must be open.")
        raise BadInput(message, code="bad_hours", errors={"hours": [message]})
    kept = lock_school(school)
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
    kept.write()
    facts = {str(day): [opens.isoformat(), closes.isoformat()] for day, (opens, closes) in sorted(hours.items())}
    record(actor=actor, verb="set_hours", thing=kept, facts={"hours": facts})
    return kept


@transaction.atomic
def add_closed_day(*, actor: Person, on: dt.date, name: str, school: School | None = None) -> ClosedDay:
    """Mark a day as closed at one school, or in the whole district without one.

    The same day twice keeps the first; its name is not changed. Raises BadInput by field.
    """
    touched = _touched(school)
    held = ClosedDay.objects.filter(school=school, on=on).first()
    if held is not None:
        return held
    day = ClosedDay(school=school, on=on, name=clean_line(name))
    check(day, ["on", "name"])
    with unless_taken("directory_closedday_once", BadInput(_("This day is closed already."), code="duplicate_day")):
        day.save()
    _calendar_changed(actor, touched, "add_closed_day", {"on": on.isoformat(), "district": school is None})
    return day


@transaction.atomic
def remove_closed_day(*, actor: Person, on: dt.date, school: School | None = None) -> bool:
    """Open a day again; say whether it was closed. The history of the school keeps that it was."""
    touched = _touched(school)
    removed, _kinds = ClosedDay.objects.filter(school=school, on=on).delete()
    if removed:
        _calendar_changed(actor, touched, "remove_closed_day", {"on": on.isoformat(), "district": school is None})
    return bool(removed)


@transaction.atomic
def create_school_year(*, actor: Person, name: str, starts_on: dt.date, ends_on: dt.date) -> SchoolYear:
    """Add a school year of the district, or return the one of the same name and dates.

    Raises BadInput (`bad_dates`) when it does not end after it starts.
    """
    if ends_on <= starts_on:
        message = _("A school year ends after it starts.")
        raise BadInput(message, code="bad_dates", errors={"ends_on": [message]})
    touched = _touched(None)
    year = SchoolYear(name=clean_line(name), starts_on=starts_on, ends_on=ends_on)
    check(year, ["name", "starts_on", "ends_on"])
    held = SchoolYear.objects.filter(name=year.name, starts_on=starts_on, ends_on=ends_on).first()
    if held is not None:
        return held
    year.save()
    _calendar_changed(actor, touched, "create_school_year", {"from": starts_on.isoformat(), "to": ends_on.isoformat()})
    return year


def _touched(school: School | None) -> list[School]:
    """The schools whose calendar changes, locked: one, or all of the district."""
    return lock_schools([school] if school is not None else School.objects.all())


def _calendar_changed(actor: Person, schools: list[School], verb: str, facts: dict[str, Any]) -> None:
    moment = now()
    for school in schools:
        school.version, school.updated_at = school.version + 1, moment
    School.objects.bulk_update(schools, ["version", "updated_at"])
    record_many(actor=actor, deeds=[Deed(verb=verb, thing=school, facts=facts) for school in schools])

"""Schools, rooms, hours, closed days and school years."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

import pytest

from techdesk.audit.models import AuditEntry, ChangeEvent
from techdesk.base.errors import BadInput, Stale
from techdesk.directory.actions import (
    add_closed_day,
    change_school,
    create_room,
    create_school,
    create_school_year,
    remove_closed_day,
    set_hours,
)
from techdesk.directory.models import ClosedDay, Room, School, SchoolHours, SchoolYear
from techdesk.directory.queries import is_school_day
from tests.factories import PersonFactory, SchoolFactory

DAY = dt.date(2026, 11, 26)
MORNING = (dt.time(7, 30), dt.time(15, 0))


def test_a_school_is_made(admin: Any) -> None:
    school = create_school(actor=admin, code=" LIN ", name=" Lincoln  Elementary ", time_zone="America/Denver")

    assert (school.code, school.name, school.zone.key) == ("LIN", "Lincoln Elementary", "America/Denver")
    entry = AuditEntry.objects.about(school).get()
    assert (entry.verb, entry.school_id) == ("create", school.pk)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"code": ""}, "code"),
        ({"name": " "}, "name"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"code": "x" * 41}, "code"),
    ],
)
def test_bad_facts_are_refused_at_their_field(admin: Any, facts: dict[str, str], field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        create_school(actor=admin, **{"code": "A", "name": "A", **facts})
    assert list(refusal.value.errors) == [field]


def test_a_code_is_used_once_whatever_its_case(admin: Any, school: Any) -> None:
    with pytest.raises(BadInput) as refusal:
        create_school(actor=admin, code="lin", name="Another")
    assert refusal.value.code == "duplicate_code"
    assert School.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_schools_at_once_of_one_code(at_once: Any) -> None:
    actor = PersonFactory()
    answers = at_once([partial(create_school, actor=actor, code="LIN", name="Lincoln")] * 3)
    assert sum(isinstance(answer, School) for answer in answers) == 1
    assert {a.code for a in answers if not isinstance(a, School)} == {"duplicate_code"}


def test_a_school_is_changed_once(admin: Any, school: Any) -> None:
    change_school(actor=admin, school=school, version=1, name="Lincoln Elementary")
    change_school(actor=admin, school=school, name="Lincoln Elementary")

    kept = School.objects.get(pk=school.pk)
    assert (kept.name, kept.version) == ("Lincoln Elementary", 2)
    with pytest.raises(Stale):
        change_school(actor=admin, school=school, version=1, name="Else")
    with pytest.raises(TypeError):
        change_school(actor=admin, school=school, code="ELSE")


def test_rooms(admin: Any, school: Any, elsewhere: Any) -> None:
    room = create_room(actor=admin, school=school, code="104", name="Art", kind="lab", building="B")

    assert (room.public_key, room.kind, len(room.sign_code)) == ("LIN/104", "lab", 6)
    assert AuditEntry.objects.about(room).get().school_id == school.pk
    create_room(actor=admin, school=elsewhere, code="104")
    with pytest.raises(BadInput) as refusal:
        create_room(actor=admin, school=school, code="104")
    assert refusal.value.code == "duplicate_code"
    with pytest.raises(BadInput) as refusal:
        create_room(actor=admin, school=school, code="105", kind="dungeon")
    assert list(refusal.value.errors) == ["kind"]
    assert Room.objects.count() == 2


def test_hours_replace_the_week(admin: Any, school: Any) -> None:
    set_hours(actor=admin, school=school, hours={0: MORNING, 5: MORNING})
    assert set(SchoolHours.objects.filter(school=school).values_list("weekday", flat=True)) == {0, 5}
    set_hours(actor=admin, school=school, hours={1: MORNING})
    set_hours(actor=admin, school=school, hours={1: MORNING})

    assert set(SchoolHours.objects.filter(school=school).values_list("weekday", flat=True)) == {1}
    assert School.objects.get(pk=school.pk).version == 3
    assert AuditEntry.objects.about(school).filter(verb="set_hours").count() == 2


@pytest.mark.parametrize(
    "hours", [{}, {7: MORNING}, {-1: MORNING}, {0: (MORNING[1], MORNING[0])}, {0: (MORNING[0],) * 2}]
)
def test_hours_that_make_no_week_are_refused(admin: Any, school: Any, hours: Any) -> None:
    with pytest.raises(BadInput) as refusal:
        set_hours(actor=admin, school=school, hours=hours)
    assert refusal.value.code == "bad_hours"
    assert not SchoolHours.objects.exists()


def test_a_closed_day_of_one_school(admin: Any, school: Any, elsewhere: Any) -> None:
    first = add_closed_day(actor=admin, school=school, on=DAY, name="Thanksgiving")
    again = add_closed_day(actor=admin, school=school, on=DAY, name="Turkey day")

    assert again.pk == first.pk and again.name == "Thanksgiving"
    assert not is_school_day(school, DAY) and is_school_day(elsewhere, DAY)
    assert School.objects.get(pk=school.pk).version == 2
    assert remove_closed_day(actor=admin, school=school, on=DAY)
    assert not remove_closed_day(actor=admin, school=school, on=DAY)
    assert is_school_day(school, DAY)
    assert [e.verb for e in AuditEntry.objects.about(school)] == ["close_days", "open_days"]


def test_a_closed_day_of_the_district_stands_in_every_schools_history(admin: Any, school: Any, elsewhere: Any) -> None:
    add_closed_day(actor=admin, on=DAY, name="Thanksgiving")

    assert not is_school_day(school, DAY) and not is_school_day(elsewhere, DAY)
    assert ChangeEvent.objects.filter(verb="close_days").count() == 2
    with pytest.raises(BadInput):
        add_closed_day(actor=admin, on=DAY + dt.timedelta(days=1), name="")


@pytest.mark.django_db(transaction=True)
def test_two_closed_days_at_once_are_one(at_once: Any) -> None:
    actor, school = PersonFactory(), SchoolFactory()
    answers = at_once([partial(add_closed_day, actor=actor, school=school, on=DAY, name="Snow")] * 4)
    assert len({answer.pk for answer in answers}) == 1
    assert ClosedDay.objects.count() == 1


def test_school_years(admin: Any, school: Any) -> None:
    facts = {"name": "2026/27", "starts_on": dt.date(2026, 8, 17), "ends_on": dt.date(2027, 6, 4)}
    year = create_school_year(actor=admin, **facts)
    assert create_school_year(actor=admin, **facts).pk == year.pk
    assert SchoolYear.objects.count() == 1
    with pytest.raises(BadInput) as refusal:
        create_school_year(actor=admin, name="x", starts_on=facts["ends_on"], ends_on=facts["starts_on"])
    assert refusal.value.code == "bad_dates"

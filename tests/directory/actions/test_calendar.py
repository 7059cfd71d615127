"""Changing the calendar: closed and short days, announcements, terms, bells, cycle, one day; and who hears of it."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

import pytest
import time_machine

from techdesk.audit.models import AuditEntry, ChangeEvent
from techdesk.base.errors import BadInput, NotPossible, Stale
from techdesk.directory import actions
from techdesk.directory.actions import PeriodInput, Span, TermInput
from techdesk.directory.models import (
    BellSchedule,
    CalendarFeed,
    ClosedDay,
    DayCycle,
    ExternalId,
    School,
    SchoolHours,
    ShortDay,
    Term,
)
from techdesk.directory.queries import add_school_minutes, calendar_version, next_school_time, school_day_on
from techdesk.directory.signals import calendar_changed
from tests.factories import PersonFactory, SchoolFactory, SectionFactory, person_with

EARLY, NOON = dt.time(8), dt.time(12)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def periods(text: str) -> list[PeriodInput]:
    return [PeriodInput(n, dt.time(int(a)), dt.time(int(b))) for n, a, b in (row.split() for row in text.split(","))]


@pytest.fixture
def heard() -> Any:
    """What `calendar_changed` told."""
    told: list[dict[str, Any]] = []

    def listen(sender: Any, **facts: Any) -> None:
        told.append(facts)

    calendar_changed.connect(listen)
    yield told
    calendar_changed.disconnect(listen)


def test_a_break_is_written_without_its_weekends(admin: Any, school: Any, elsewhere: Any) -> None:
    SchoolHours.objects.create(school=elsewhere, weekday=5, opens_at=EARLY, closes_at=NOON)
    span = Span(day("2026-12-18"), day("2026-12-21"), " Winter  break ")
    made = actions.close_days(actor=admin, school=school, spans=[span])
    assert [(one.on.day, one.name) for one in made] == [(18, "Winter break"), (21, "Winter break")]
    # One school works on Saturdays, so a break of the district has one.
    assert [one.on.day for one in actions.close_days(actor=admin, spans=[span])] == [18, 19, 21]
    assert actions.close_days(actor=admin, spans=[span]) == []
    assert ChangeEvent.objects.filter(verb="close_days").count() == 3
    assert AuditEntry.objects.about(school).first().facts["days"][0] == ["2026-12-18", "Winter break"]


def test_snow_at_ten_past_six_stops_the_clocks_at_once(
    admin: Any, school: Any, heard: Any, django_capture_on_commit_callbacks: Any
) -> None:
    """Chicago, Tuesday, November 24, 2026, 6:10."""
    with time_machine.travel(utc("2026-11-24T12:10"), tick=False):
        assert next_school_time(school, utc("2026-11-24T12:10")) == utc("2026-11-24T14:00")
        with django_capture_on_commit_callbacks(execute=True):
            row = actions.announce_closed_day(actor=admin, school=school, on=day("2026-11-24"), name="Snow")
        assert row.at_short_notice
        assert next_school_time(school, utc("2026-11-24T12:10")) == utc("2026-11-25T14:00")
        assert add_school_minutes(school, utc("2026-11-23T21:00"), 90) == utc("2026-11-25T14:30")
        again = actions.announce_closed_day(actor=admin, school=school, on=day("2026-11-24"), name="More snow")
        assert again.pk == row.pk and again.name == "Snow"
        for on, code in ((day("2026-11-26"), "not_at_short_notice"), (day("2026-11-23"), "not_at_short_notice")):
            with pytest.raises(BadInput) as refusal:
                actions.announce_closed_day(actor=admin, school=school, on=on, name="Snow")
            assert refusal.value.code == code
    with time_machine.travel(utc("2026-11-28T15:00"), tick=False), pytest.raises(BadInput) as refusal:
        actions.announce_closed_day(actor=admin, school=school, on=day("2026-11-28"), name="Snow")
    assert refusal.value.code == "no_school_that_day"
    facts = {"school_ids": (school.pk,), "days": (day("2026-11-24"),), "actor_id": admin.pk}
    assert [{name: told[name] for name in facts} for told in heard] == [facts]


@pytest.mark.parametrize(("shifts", "expected"), [(True, "B"), (False, "A")])
def test_whether_a_snow_day_moves_the_names_is_the_cycles_rule(
    admin: Any, school: Any, shifts: bool, expected: str
) -> None:
    actions.set_cycle(
        actor=admin,
        school=school,
        starts_on=day("2026-11-23"),
        kind="rotating",
        names=["A", "B"],
        snow_days_shift=shifts,
    )
    with time_machine.travel(utc("2026-11-24T12:10"), tick=False):
        actions.announce_closed_day(actor=admin, school=school, on=day("2026-11-24"), name="Snow")
    assert school_day_on(school, day("2026-11-25")).cycle_day == expected


def test_a_short_day_replaces_the_one_before(
    admin: Any, school: Any, heard: Any, django_capture_on_commit_callbacks: Any
) -> None:
    on = day("2026-11-24")
    with django_capture_on_commit_callbacks(execute=True):
        actions.set_short_day(actor=admin, school=school, on=on, name="Early release", closes_at=NOON)
        actions.set_short_day(actor=admin, school=school, on=on, name="Early release", closes_at=NOON)
        actions.set_short_day(actor=admin, school=school, on=on, name="Late start", opens_at=dt.time(10))
    assert ShortDay.objects.get().closes_at is None and len(heard) == 2
    assert actions.remove_short_day(actor=admin, school=school, on=on)
    assert not actions.remove_short_day(actor=admin, school=school, on=on)
    assert [e.verb for e in AuditEntry.objects.about(school)] == ["set_short_day", "set_short_day", "remove_short_day"]
    with pytest.raises(BadInput):
        actions.set_short_day(actor=admin, on=on, name="", closes_at=NOON)


def test_every_change_compares_the_version_and_the_district_compares_all(
    admin: Any, school: Any, elsewhere: Any
) -> None:
    version = calendar_version(None)
    span = Span(day("2026-11-24"), day("2026-11-24"), "Closed")
    actions.close_days(actor=admin, school=school, spans=[span], version=school.version)
    stale = [
        partial(actions.close_days, spans=[span], version=version),
        partial(actions.close_days, school=school, spans=[span], version=school.version),
        partial(actions.open_days, school=school, first=span.first, last=span.last, version=1),
        partial(actions.set_short_day, school=school, on=span.first, name="x", closes_at=NOON, version=1),
        partial(actions.set_hours, school=school, hours={0: (EARLY, NOON)}, version=1),
        partial(actions.save_bell_schedule, school=school, name="R", periods=periods("1 8 9"), version=1),
        partial(actions.set_cycle, school=school, starts_on=span.first, kind="rotating", names=["A"], version=1),
        partial(actions.set_schedule_day, school=school, on=span.first, cycle_day="A", version=1),
        partial(actions.create_school_year, name="x", starts_on=span.first, ends_on=day("2027-06-04"), version=version),
    ]
    for change in stale:
        with pytest.raises(Stale):
            change(actor=admin)
    assert AuditEntry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_once_with_the_same_version_one_is_told(at_once: Any) -> None:
    actor, school = PersonFactory(), SchoolFactory()
    calls = [
        partial(
            actions.save_bell_schedule, actor=actor, school=school, name=f"S{n}", periods=periods("1 8 9"), version=1
        )
        for n in range(3)
    ]
    answers = at_once(calls)
    assert sum(isinstance(answer, Stale) for answer in answers) == 2
    assert BellSchedule.objects.filter(is_default=True).count() == 1
    answers = at_once([partial(actions.make_calendar_feed, actor=actor, school=school)] * 3)
    assert all(isinstance(answer, tuple) for answer in answers)
    assert CalendarFeed.objects.in_force().count() == 1


def test_one_default_and_one_schedule_for_a_day_of_the_cycle(admin: Any, school: Any) -> None:
    first = actions.save_bell_schedule(actor=admin, school=school, name="Regular", periods=periods("2 9 10,1 8 9"))
    assert first.is_default and [p.name for p in first.periods.order_by("position")] == ["1", "2"]
    second = actions.save_bell_schedule(
        actor=admin, school=school, name="Block", periods=periods("5 8 10"), is_default=True, cycle_days=["B"]
    )
    first.refresh_from_db()
    assert second.is_default and not first.is_default
    cases: list[tuple[dict[str, Any], str]] = [
        ({"name": "regular"}, "duplicate_name"),
        ({"name": "Other", "cycle_days": ["B"]}, "cycle_day_taken"),
        ({"name": "Other", "periods": []}, "no_periods"),
        ({"name": "Other", "periods": periods("1 8 9,2 9 10") * 16}, "too_many_periods"),
        ({"name": "Other", "periods": periods("1 8 10,2 9 11")}, "periods_overlap"),
        ({"name": "Other", "periods": periods("1 9 9")}, "bad_period"),
        ({"name": "Other", "periods": periods("a 8 9,A 9 10")}, "duplicate_period"),
        ({"name": "", "periods": periods("1 8 9")}, "bad_input"),
    ]
    for facts, code in cases:
        with pytest.raises(BadInput) as refusal:
            actions.save_bell_schedule(actor=admin, school=school, **{"periods": periods("1 8 9"), **facts})
        assert refusal.value.code == code
    actions.retire_bell_schedule(actor=admin, schedule=first)
    actions.retire_bell_schedule(actor=admin, schedule=first)
    assert actions.save_bell_schedule(actor=admin, school=school, name="Regular", periods=periods("1 8 9")).pk
    assert AuditEntry.objects.filter(verb="retire_bell_schedule").count() == 1


def test_another_schools_bells_are_not_chosen(admin: Any, school: Any, elsewhere: Any) -> None:
    theirs = actions.save_bell_schedule(actor=admin, school=elsewhere, name="Regular", periods=periods("1 8 9"))
    for facts, code in (({"schedule": theirs}, "no_such_schedule"), ({"cycle_day": "A"}, "no_such_day")):
        with pytest.raises(BadInput) as refusal:
            actions.set_schedule_day(actor=admin, school=school, on=day("2026-11-24"), **facts)
        assert refusal.value.code == code
    with pytest.raises(BellSchedule.DoesNotExist):
        actions.save_bell_schedule(actor=admin, school=school, name="x", periods=periods("1 8 9"), schedule=theirs)


def test_a_cycle_is_replaced_by_one_of_the_same_first_day(admin: Any, school: Any) -> None:
    facts: dict[str, Any] = {"school": school, "starts_on": day("2026-11-23"), "kind": "rotating"}
    actions.set_cycle(actor=admin, names=["A", "B"], **facts)
    actions.set_cycle(actor=admin, names=["A", "B"], **facts)
    actions.set_cycle(actor=admin, names=["1", "2", "3"], first="2", **facts)
    assert DayCycle.objects.get().first == "2"
    assert School.objects.get(pk=school.pk).version == 3
    assert actions.remove_cycle(actor=admin, school=school, starts_on=day("2026-11-23"))
    assert not actions.remove_cycle(actor=admin, school=school, starts_on=day("2026-11-23"))
    with pytest.raises(BadInput):
        actions.set_cycle(actor=admin, **{**facts, "kind": "lunar"}, names=["A"] * 7)


def test_a_term_in_which_classes_are_held_stays(admin: Any, school: Any) -> None:
    year = actions.create_school_year(actor=admin, name="Y", starts_on=day("2026-08-17"), ends_on=day("2027-06-04"))
    facts: dict[str, Any] = {"year": year, "name": "Y", "starts_on": year.starts_on, "ends_on": year.ends_on}
    fall = TermInput("Fall", day("2026-08-17"), day("2026-12-18"))
    actions.change_school_year(actor=admin, terms=[fall], **facts)
    version = School.objects.get(pk=school.pk).version
    actions.change_school_year(actor=admin, terms=[fall], **facts)
    assert School.objects.get(pk=school.pk).version == version
    SectionFactory(school=school).terms.add(Term.objects.get())
    for terms, code in (
        ([], "term_in_use"),
        ([fall, fall], "duplicate_term"),
        ([TermInput("Fall", day("2026-12-18"), day("2026-08-17"))], "bad_dates"),
        ([TermInput("Fall", day("2026-08-17"), day("2027-06-05"))], "outside_year"),
    ):
        with pytest.raises(BadInput) as refusal:
            actions.change_school_year(actor=admin, terms=terms, **facts)
        assert refusal.value.code == code
    ExternalId.objects.create(source="roster", kind="year", value="y", target_id=year.pk)
    with pytest.raises(NotPossible) as wrong:
        actions.change_school_year(actor=admin, **{**facts, "name": "Z"}, terms=[fall])
    assert wrong.value.code == "from_roster"


def test_changes_that_move_no_time_are_told_to_nobody(
    admin: Any, school: Any, heard: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        actions.set_cycle(actor=admin, school=school, starts_on=day("2026-11-23"), kind="rotating", names=["A"])
        actions.set_schedule_day(actor=admin, school=school, on=day("2026-11-24"), cycle_day="A")
        actions.save_bell_schedule(actor=admin, school=school, name="R", periods=periods("1 8 9"))
    assert heard == []
    with django_capture_on_commit_callbacks(execute=True):
        actions.set_hours(actor=admin, school=school, hours={0: (EARLY, NOON)})
    assert [told["days"] for told in heard] == [()]


def test_the_address_of_a_feed_is_its_owners(admin: Any, school: Any) -> None:
    teacher = person_with("teacher", school)
    feed, token = actions.make_calendar_feed(actor=teacher, school=school)
    assert CalendarFeed.objects.with_hash(actions.feed_hash(token)).get() == feed
    assert not actions.stop_calendar_feed(actor=admin, school=school)
    assert actions.stop_calendar_feed(actor=teacher, school=school)
    assert not actions.stop_calendar_feed(actor=teacher, school=school)
    assert [e.verb for e in AuditEntry.objects.about(feed)] == ["create", "revoke"]
    assert not ClosedDay.objects.exists()

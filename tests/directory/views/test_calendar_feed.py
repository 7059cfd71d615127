"""The calendar feed: read back with a parser that is not ours."""

from __future__ import annotations

import datetime as dt
from typing import Any

import icalendar
import pytest
import time_machine
from django.core.cache import cache
from hypothesis import given
from hypothesis import strategies as st

from techdesk.audit.models import AuditEntry
from techdesk.directory.actions import (
    Span,
    TermInput,
    change_school_year,
    close_days,
    create_school_year,
    deactivate_people,
    feed_hash,
    set_cycle,
    set_short_day,
)
from techdesk.directory.ical import escaped, folded
from techdesk.directory.models import CalendarFeed, RoleAssignment
from techdesk.directory.views import calendar_feed
from tests.factories import person_with

PAGE = "/calendar/subscribe/?school=LIN"
AUTUMN = dt.datetime(2026, 11, 23, 16, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel(AUTUMN, tick=False):
        yield


@pytest.fixture
def teacher(school: Any) -> Any:
    return person_with("teacher", school, family_name="Quokkason")


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def path_of(answer: Any) -> str:
    return answer.context["address"].removeprefix("http://testserver")


def fill(admin: Any, school: Any) -> None:
    year = create_school_year(actor=admin, name="2026/27", starts_on=day("2026-08-17"), ends_on=day("2027-06-04"))
    change_school_year(
        actor=admin,
        year=year,
        name=year.name,
        starts_on=year.starts_on,
        ends_on=year.ends_on,
        terms=[TermInput("Fall; first, semester", day("2026-08-17"), day("2026-12-18"))],
    )
    long_name = "Winter break: the building is closed, the heating too; bring plants home — año nuevo \\ 2027 ❄❄❄❄❄❄"
    close_days(actor=admin, spans=[Span(day("2026-12-21"), day("2027-01-01"), long_name)])
    set_short_day(actor=admin, school=school, on=day("2026-11-25"), name="Early release", closes_at=dt.time(12, 30))
    set_cycle(actor=admin, school=school, starts_on=day("2026-11-23"), kind="rotating", names=["A", "B"])


def test_a_program_reads_what_the_school_has(
    admin: Any, school: Any, teacher: Any, signed_in: Any, client: Any
) -> None:
    fill(admin, school)
    path = path_of(signed_in(teacher).post(PAGE))
    answer = client.get(path)  # nobody is signed in here

    assert answer.status_code == 200 and answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Cache-Control"] == "private, no-cache"
    raw = answer.content
    assert raw.endswith(b"END:VCALENDAR\r\n") and b"\n" not in raw.replace(b"\r\n", b"")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 75
    assert b"Quokkason" not in raw and teacher.email.encode() not in raw

    parsed = icalendar.Calendar.from_ical(raw)
    assert str(parsed["X-WR-CALNAME"]) == "Lincoln"
    events = {str(event["SUMMARY"]): event for event in parsed.walk("VEVENT")}
    everything = list(parsed.walk("VEVENT"))
    assert len({str(event["UID"]) for event in everything}) == len(everything)
    winter = next(event for summary, event in events.items() if "Winter break" in summary)
    assert str(winter["SUMMARY"]).endswith("bring plants home — año nuevo \\ 2027 ❄❄❄❄❄❄")
    assert (winter["DTSTART"].dt, winter["DTEND"].dt) == (day("2026-12-21"), day("2027-01-02"))
    short = events["Early release, school until 12:30 PM"]
    assert (short["DTSTART"].dt, short["DTEND"].dt) == (day("2026-11-25"), day("2026-11-26"))
    assert events["Fall; first, semester begins"]["DTSTART"].dt == day("2026-08-17")
    assert events["Fall; first, semester ends"]["DTSTART"].dt == day("2026-12-18")
    named = {event["DTSTART"].dt: str(event["SUMMARY"]) for event in everything if str(event["SUMMARY"])[1:] == " day"}
    assert named[day("2026-11-23")] == "A day" and named[day("2026-11-24")] == "B day"
    assert day("2026-12-22") not in named and day("2026-11-28") not in named
    assert all(event["DTSTAMP"].dt.tzinfo is not None for event in everything)


def test_a_program_that_has_it_already_gets_304_until_something_changes(
    admin: Any, school: Any, teacher: Any, signed_in: Any, client: Any
) -> None:
    path = path_of(signed_in(teacher).post(PAGE))
    etag = client.get(path)["ETag"]
    again = client.get(path, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert client.head(path, headers={"If-None-Match": etag}).status_code == 304
    close_days(actor=admin, school=school, spans=[Span(day("2026-11-27"), day("2026-11-27"), "Boiler")])
    changed = client.get(path, headers={"If-None-Match": etag})
    assert changed.status_code == 200 and b"Boiler" in changed.content and changed["ETag"] != etag
    assert client.post(path).status_code == 405


def test_the_address_is_kept_as_a_hash_and_shown_once(school: Any, teacher: Any, signed_in: Any) -> None:
    client = signed_in(teacher)
    assert "Make an address" in client.get(PAGE).content.decode()
    made = client.post(PAGE)
    token = path_of(made).rpartition("/")[2].removesuffix(".ics")
    feed = CalendarFeed.objects.get()
    assert len(token) == 43 and feed.token_hash == feed_hash(token)
    assert token in made.content.decode() and made["Cache-Control"] == "no-store"
    assert token not in client.get(PAGE).content.decode()
    entry = AuditEntry.objects.about(feed).get()
    assert (entry.verb, entry.actor, entry.facts) == ("create", teacher, {"school": "LIN"})
    assert token not in str(entry.facts)


def test_a_new_address_replaces_the_old_one_and_stop_stops_it(
    school: Any, teacher: Any, signed_in: Any, client: Any
) -> None:
    own = signed_in(teacher)
    first, second = path_of(own.post(PAGE)), path_of(own.post(PAGE))
    assert (client.get(first).status_code, client.get(second).status_code) == (404, 200)
    assert own.get("/calendar/subscribe/stop/?school=LIN").status_code == 405
    assert own.post("/calendar/subscribe/stop/?school=LIN").status_code == 302
    assert own.post("/calendar/subscribe/stop/?school=LIN").status_code == 302  # twice does no harm
    assert client.get(second).status_code == 404
    assert CalendarFeed.objects.in_force().count() == 0


def test_who_left_the_school_or_the_house_reads_no_more(
    admin: Any, school: Any, elsewhere: Any, teacher: Any, signed_in: Any, client: Any
) -> None:
    path = path_of(signed_in(teacher).post(PAGE))
    assert signed_in(teacher).post("/calendar/subscribe/?school=ROO").status_code == 404
    RoleAssignment.objects.filter(person=teacher).update(ended_at=AUTUMN)
    assert client.get(path).status_code == 404
    other = person_with("teacher", school)
    path = path_of(signed_in(other).post(PAGE))
    assert client.get(path).status_code == 200
    deactivate_people(actor=admin, people=[other])
    assert client.get(path).status_code == 404


def test_an_address_that_is_asked_for_without_end_is_slowed_down(
    school: Any, teacher: Any, signed_in: Any, client: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(calendar_feed, "MOST_AN_HOUR", 3)
    path = path_of(signed_in(teacher).post(PAGE))
    assert [client.get(path).status_code for _n in range(4)] == [200, 200, 200, 429]
    assert 0 < int(client.get(path)["Retry-After"]) <= 3600
    cache.clear()
    assert client.get(path).status_code == 200


def test_guessing_addresses_is_slowed_down(db: Any, client: Any) -> None:
    statuses = [client.get(f"/calendar/feed/{'x' * 42}{n % 10}.ics").status_code for n in range(32)]
    assert statuses[0] == 404 and statuses[-1] == 429


def test_the_feed_costs_the_same_for_any_length(
    admin: Any, school: Any, teacher: Any, signed_in: Any, client: Any, django_assert_num_queries: Any
) -> None:
    path = path_of(signed_in(teacher).post(PAGE))
    for many in (1, 30):
        first = day("2026-09-01")
        close_days(actor=admin, school=school, spans=[Span(first, first + dt.timedelta(days=many), "Closed")])
        with django_assert_num_queries(14):
            assert client.get(path).status_code == 200


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=200))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    lines = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + folded(f"SUMMARY:{escaped(text)}")
    assert all(len(line) <= 75 for line in lines.split(b"\r\n"))
    parsed = icalendar.Calendar.from_ical(lines + b"END:VEVENT\r\nEND:VCALENDAR\r\n")
    assert str(parsed.walk("VEVENT")[0]["SUMMARY"]) == text

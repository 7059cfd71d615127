"""The calendar page of a school and the pages that change it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine

from techdesk.audit.models import AuditEntry
from techdesk.directory.actions import PeriodInput as P
from techdesk.directory.actions import (
    Span,
    TermInput,
    change_school_year,
    close_days,
    create_school_year,
    save_bell_schedule,
    set_cycle,
    set_short_day,
)
from techdesk.directory.models import (
    BellSchedule,
    ClosedDay,
    DayCycle,
    ExternalId,
    ScheduleDay,
    School,
    SchoolHours,
    SchoolYear,
    ShortDay,
    Term,
)
from techdesk.directory.queries import school_day_on
from tests.factories import person_with

PAGE, SETTINGS = "/calendar/", "/settings/calendar/"
#: Monday, November 23, 2026, 10:00 in Chicago.
MONDAY = dt.datetime(2026, 11, 23, 16, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def principal(school: Any) -> Any:
    return person_with("school_admin", school)


@pytest.fixture
def teacher(school: Any) -> Any:
    return person_with("teacher", school)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def text_of(answer: Any) -> str:
    return answer.content.decode()


def fill(admin: Any, school: Any) -> None:
    """A school with everything a calendar can have."""
    year = create_school_year(actor=admin, name="2026/27", starts_on=day("2026-08-17"), ends_on=day("2027-06-04"))
    terms = [TermInput("Fall semester", day("2026-08-17"), day("2026-12-18"))]
    change_school_year(
        actor=admin, year=year, name="2026/27", starts_on=year.starts_on, ends_on=year.ends_on, terms=terms
    )
    close_days(actor=admin, spans=[Span(day("2026-12-21"), day("2027-01-01"), "Winter break")])
    close_days(actor=admin, school=school, spans=[Span(day("2026-11-27"), day("2026-11-27"), "Boiler")])
    set_short_day(actor=admin, school=school, on=day("2026-11-25"), name="Early release", closes_at=dt.time(12, 30))
    set_cycle(actor=admin, school=school, starts_on=day("2026-11-23"), kind="rotating", names=["A", "B"])
    periods = [P("1", dt.time(8), dt.time(9, 45)), P("2", dt.time(9, 50), dt.time(10, 40))]
    save_bell_schedule(actor=admin, school=school, name="Regular", periods=periods)
    school.refresh_from_db()


def test_everybody_of_the_school_reads_its_year(admin: Any, school: Any, teacher: Any, signed_in: Any) -> None:
    fill(admin, school)
    answer = signed_in(teacher).get(PAGE)
    page = text_of(answer)
    assert "Today: A day, period 2 until 10:40 AM" in page
    assert "Mon, Dec 21, 2026" in page or "Mon, Dec 21" in page
    assert "Winter break" in page and "Boiler" in page and "until 12:30 PM" in page and "Fall semester" in page
    assert "Wednesday, November 25, A day, Early release, until 12:30 PM" in page
    assert "Monday, December 21, closed: Winter break" in page
    assert SETTINGS not in page
    assert [month.name for month in answer.context["months"]][:1] == ["August 2026"]
    assert len(answer.context["months"]) == 11
    # Nothing is said of the days before the year starts.
    assert 'title="Friday, August 14"' in page and "Friday, August 14, A day" not in page


def test_an_empty_calendar_and_another_year(school: Any, teacher: Any, signed_in: Any) -> None:
    client = signed_in(teacher)
    answer = client.get(PAGE, {"school": "lin"})
    assert "None known" in text_of(answer) and len(answer.context["months"]) == 12
    for year in ("2030", "1066", "x", "99999999999999999999"):
        assert client.get(PAGE, {"year": year}).status_code == 200


def test_who_sees_which_calendar(
    school: Any, elsewhere: Any, teacher: Any, principal: Any, admin: Any, signed_in: Any
) -> None:
    assert signed_in(teacher).get(PAGE, {"school": "ROO"}).status_code == 404
    assert signed_in(admin).get(PAGE, {"school": "ROO"}).status_code == 200
    assert signed_in(teacher).get(SETTINGS).status_code == 403
    assert signed_in(principal).get(SETTINGS, {"school": "ROO"}).status_code == 404
    both = person_with("teacher", elsewhere)
    from tests.factories import grant

    grant(both, "school_admin", school)
    client = signed_in(both)
    assert client.get(SETTINGS).status_code == 200
    assert client.get(SETTINGS, {"school": "ROO"}).status_code == 403
    assert client.post(SETTINGS + "close/?school=ROO", {}).status_code == 403
    assert not ClosedDay.objects.exists()


def test_a_snow_day_is_one_form(school: Any, principal: Any, signed_in: Any) -> None:
    client = signed_in(principal)
    page = text_of(client.get(SETTINGS + "announce/"))
    assert "Today" in page and "Tomorrow" in page and "Every school" not in page

    answer = client.post(
        SETTINGS + "announce/?school=LIN",
        {"version": school.version, "on": "2026-11-24", "name": "Snow day"},
        follow=True,
    )
    assert "Tue, Nov 24, 2026 is closed." in text_of(answer)
    row = ClosedDay.objects.get()
    assert (row.school, row.on, row.at_short_notice) == (school, day("2026-11-24"), True)
    entry = AuditEntry.objects.about(school).get()
    assert (entry.verb, entry.actor) == ("close_days", principal)
    with time_machine.travel(MONDAY + dt.timedelta(days=1), tick=False):
        assert "Today: closed (Snow day)" in text_of(signed_in(principal).get(PAGE))


def test_the_district_closes_every_school_at_once(
    school: Any, elsewhere: Any, admin: Any, principal: Any, signed_in: Any
) -> None:
    sent = {"version": 1, "district_version": 2, "place": "district", "on": "2026-11-23", "name": "Ice"}
    assert signed_in(admin).post(SETTINGS + "announce/?school=LIN", sent).status_code == 302
    assert ClosedDay.objects.get().school is None
    assert set(School.objects.values_list("version", flat=True)) == {2}
    # Who answers for one school says nothing about the others, whatever is sent.
    sent = {"version": 2, "place": "district", "on": "2026-11-24", "name": "Ice"}
    assert signed_in(principal).post(SETTINGS + "announce/?school=LIN", sent).status_code == 302
    assert ClosedDay.objects.get(on=day("2026-11-24")).school == school


@pytest.mark.parametrize(
    ("path", "sent", "words"),
    [
        ("announce/", {"on": "2026-12-24", "name": "Snow"}, "not one of the available choices"),
        ("announce/", {"on": "2026-11-24", "name": ""}, "required"),
        ("close/", {"name": "Break", "first": "2026-12-21", "last": "2026-12-20"}, "last day lies before the first"),
        ("close/", {"name": "Break", "first": "2026-01-01", "last": "2026-12-31"}, "at most 120 days"),
        ("close/", {"name": "Break", "first": "tomorrow"}, "Enter a valid date"),
        ("short/", {"name": "Early", "on": "2026-11-24"}, "Give the time when school starts or ends"),
        ("short/", {"name": "Early", "on": "2026-11-24", "closes_at": "noon"}, "Write a time such as"),
        ("short/", {"name": "Early", "on": "2026-11-24", "closes_at": "7:00"}, "leaves no time for school"),
        ("short/", {"name": "Early", "on": "2026-11-28", "closes_at": "12:00"}, "closed on this weekday"),
        ("hours/", {}, "one weekday must be open"),
        ("hours/", {"day_0": "8:00"}, "Write from when to when"),
        ("hours/", {"day_0": "8:00 - 7:00 AM"}, "School ends after it starts"),
        ("bells/", {"name": "R", "periods": "1 8:00-8:45\n2 8:40-9:00"}, "starts before period 1 is over"),
        ("bells/", {"name": "R", "periods": "first thing"}, "Line 1 cannot be read"),
        ("bells/", {"name": "R", "periods": "1 8:45-8:00"}, "ends before it starts"),
        ("bells/", {"name": "R", "periods": "1 25:00-26:00"}, "Line 1 cannot be read"),
        ("bells/", {"name": "R", "periods": "1 8:00-8:45\n1 9:00-9:45"}, "stands there twice"),
        ("cycle/", {"starts_on": "2026-11-23", "kind": "rotating", "names": "A,,B"}, "Give the names of the days"),
        ("cycle/", {"starts_on": "2026-11-23", "kind": "rotating", "names": "A,B", "first": "C"}, "one of the names"),
        ("cycle/", {"starts_on": "2026-11-23", "kind": "weekday", "names": "A,B,C,D,E,F,G,H"}, "for each weekday"),
        ("copy/", {"days": "Winter break"}, "Line 1 cannot be read"),
        ("copy/", {"days": "13/45/2026 Party"}, "Line 1 cannot be read"),
    ],
)
def test_bad_input_is_shown_at_its_field_and_nothing_is_written(
    school: Any, principal: Any, signed_in: Any, path: str, sent: dict[str, str], words: str
) -> None:
    answer = signed_in(principal).post(f"{SETTINGS}{path}?school=LIN", {"version": 1, **sent})
    assert answer.status_code in {400, 422}
    assert words in text_of(answer)
    assert School.objects.get(pk=school.pk).version == 1


CHANGES: list[tuple[str, dict[str, str], Any]] = [
    ("close/", {"name": "Break", "first": "2026-12-21", "last": "2027-01-01"}, lambda: ClosedDay.objects.count() == 10),
    ("short/", {"name": "Early", "on": "2026-11-24", "closes_at": "12:30 PM"}, lambda: ShortDay.objects.exists()),
    ("hours/", {"day_0": "7:30 - 3:00", "day_1": " "}, lambda: SchoolHours.objects.get().closes_at == dt.time(15)),
    (
        "bells/",
        {"name": "Regular", "periods": "1 8:00-8:45\nLunch 12:10 1:00 PM"},
        lambda: BellSchedule.objects.exists(),
    ),
    ("cycle/", {"starts_on": "2026-11-23", "kind": "rotating", "names": "A, B"}, lambda: DayCycle.objects.exists()),
    ("copy/", {"days": "11/26/2026 - 11/27/2026 Thanksgiving\n\n"}, lambda: ClosedDay.objects.count() == 2),
]


@pytest.mark.parametrize(("path", "sent", "done"), CHANGES, ids=[path for path, _sent, _done in CHANGES])
def test_every_change_is_saved_once_and_refused_when_somebody_was_quicker(
    school: Any, principal: Any, signed_in: Any, path: str, sent: dict[str, str], done: Any
) -> None:
    client = signed_in(principal)
    assert client.get(f"{SETTINGS}{path}").status_code == 200
    answer = client.post(f"{SETTINGS}{path}?school=LIN", {"version": 1, **sent})
    assert (answer.status_code, answer.headers.get("Location")) == (302, "/settings/calendar/?school=LIN")
    assert done()
    assert AuditEntry.objects.about(school).count() == 1
    client.get(answer.headers["Location"])

    stale = client.post(f"{SETTINGS}{path}?school=LIN", {"version": 1, **sent})
    assert stale.status_code == 409
    assert "Somebody changed this calendar" in text_of(stale)
    assert 'name="version" value="2"' in text_of(stale)
    assert AuditEntry.objects.about(school).count() == 1


def test_days_are_opened_and_given_their_usual_hours_again(
    admin: Any, school: Any, principal: Any, signed_in: Any
) -> None:
    fill(admin, school)
    client = signed_in(principal)
    page = text_of(client.get(SETTINGS))
    assert page.count("Open again") == 1 and page.count("Usual hours") == 1  # winter break is the district's

    sent = {"place": "school", "first": "2026-11-27", "last": "2026-11-27", "version": school.version}
    assert client.post(SETTINGS + "open/?school=LIN", {**sent, "version": 1}).status_code == 409
    assert client.post(SETTINGS + "open/?school=LIN", {**sent, "place": "district"}).status_code == 403
    assert client.post(SETTINGS + "open/?school=LIN", sent).status_code == 302
    assert not ClosedDay.objects.filter(school=school).exists()
    school.refresh_from_db()
    sent = {"place": "school", "first": "2026-11-25", "last": "2026-11-25", "version": school.version}
    assert client.post(SETTINGS + "usual/?school=LIN", sent).status_code == 302
    assert not ShortDay.objects.exists()
    assert client.post(SETTINGS + "usual/?school=LIN", {"first": "x"}).status_code == 400
    assert client.get(SETTINGS + "open/?school=LIN").status_code == 405
    # The district's break is opened by who may.
    whole = sum(School.objects.values_list("version", flat=True))
    sent = {"place": "district", "first": "2026-12-21", "last": "2027-01-01", "version": whole}
    assert signed_in(admin).post(SETTINGS + "open/?school=LIN", sent).status_code == 302
    assert not ClosedDay.objects.exists()


def test_a_bell_schedule_is_changed_and_put_away(admin: Any, school: Any, principal: Any, signed_in: Any) -> None:
    fill(admin, school)
    client = signed_in(principal)
    schedule = BellSchedule.objects.get()
    url = f"{SETTINGS}bells/?school=LIN&schedule={schedule.key}"
    page = text_of(client.get(url))
    assert "1 8:00 AM - 9:45 AM" in page
    sent = {"version": school.version, "name": "Regular", "periods": "1 8-9", "is_default": "on", "cycle_days": ["A"]}
    assert client.post(url, sent).status_code == 302
    schedule.refresh_from_db()
    assert (schedule.cycle_days, [p.name for p in schedule.periods.all()]) == (["A"], ["1"])
    for key in ("x", "019469c5-0000-7000-8000-000000000000"):
        assert client.get(f"{SETTINGS}bells/?school=LIN&schedule={key}").status_code == 404
        assert client.post(SETTINGS + "bells/retire/?school=LIN", {"schedule": key, "version": 1}).status_code == 404
    version = School.objects.get(pk=school.pk).version
    sent = {"schedule": str(schedule.key), "version": str(version)}
    assert client.post(SETTINGS + "bells/retire/?school=LIN", sent).status_code == 302
    schedule.refresh_from_db()
    assert not schedule.is_active


def test_today_is_a_b_day_and_an_assembly(admin: Any, school: Any, principal: Any, signed_in: Any) -> None:
    fill(admin, school)
    save_bell_schedule(actor=admin, school=school, name="Assembly", periods=[P("Assembly", dt.time(9), dt.time(11))])
    school.refresh_from_db()
    key = BellSchedule.objects.get(name="Assembly").public_key
    client = signed_in(principal)
    sent = {"version": school.version, "on": "2026-11-23", "cycle_day": "B", "schedule": key}
    assert client.post(SETTINGS + "day/?school=LIN", sent).status_code == 302
    assert "Today: B day, bell schedule Assembly, Assembly until 11:00 AM" in text_of(client.get(PAGE))
    assert school_day_on(school, day("2026-11-24")).cycle_day == "B"  # as before
    assert 'value="B" selected' in text_of(client.get(SETTINGS + "day/?school=LIN&on=2026-11-23"))
    school.refresh_from_db()
    assert client.post(SETTINGS + "day/?school=LIN", {"version": school.version, "on": "2026-11-23"}).status_code == 302
    assert not ScheduleDay.objects.exists()


def test_the_cycle_may_start_anew_and_be_taken_away(admin: Any, school: Any, principal: Any, signed_in: Any) -> None:
    fill(admin, school)
    client = signed_in(principal)
    sent = {"version": school.version, "starts_on": "2027-01-04", "kind": "weekday", "names": "A,B,A,B"}
    assert client.post(SETTINGS + "cycle/?school=LIN", sent).status_code == 302
    assert DayCycle.objects.get(starts_on=day("2027-01-04")).names == ["A", "B", "A", "B", "", "", ""]
    assert "by weekday: A, B, A, B, –" in text_of(client.get(SETTINGS + "cycle/?school=LIN"))
    version = School.objects.get(pk=school.pk).version
    sent = {"version": version, "on": "2027-01-04"}
    assert client.post(SETTINGS + "cycle/remove/?school=LIN", sent).status_code == 302
    assert DayCycle.objects.count() == 1


def test_last_years_days_are_offered_on_this_years_dates(
    admin: Any, school: Any, principal: Any, signed_in: Any
) -> None:
    create_school_year(actor=admin, name="2025/26", starts_on=day("2025-08-18"), ends_on=day("2026-06-05"))
    create_school_year(actor=admin, name="2026/27", starts_on=day("2026-08-17"), ends_on=day("2027-06-04"))
    spans = [
        Span(day("2025-09-01"), day("2025-09-01"), "Labor Day"),
        Span(day("2025-11-11"), day("2025-11-11"), "Veterans Day"),
        Span(day("2025-11-27"), day("2025-11-28"), "Thanksgiving"),
        Span(day("2025-12-22"), day("2026-01-02"), "Winter break"),
        Span(day("2026-01-19"), day("2026-01-19"), "MLK Day"),
    ]
    close_days(actor=admin, school=school, spans=spans)
    snow = [Span(day("2026-02-03"), day("2026-02-03"), "Snow")]
    close_days(actor=admin, school=school, spans=snow, at_short_notice=True)
    form = signed_in(principal).get(SETTINGS + "copy/?school=LIN").context["form"]
    assert form.initial["days"].splitlines() == [
        "09/07/2026 Labor Day",
        "11/11/2026 Veterans Day",
        "11/26/2026 - 11/27/2026 Thanksgiving",
        "12/28/2026 - 01/08/2027 Winter break",  # the fourth Monday: the reader moves it
        "01/18/2027 MLK Day",
    ]


def test_terms_made_by_hand_are_changed_those_of_the_roster_are_not(
    admin: Any, school: Any, principal: Any, signed_in: Any
) -> None:
    client = signed_in(admin)
    whole = {"name": "2026/27", "starts_on": "2026-08-17", "ends_on": "2027-06-04"}
    sent = {**whole, "terms": "Fall semester 8/17/2026 - 12/18/2026\nSpring 2027-01-04 to 2027-06-04"}
    assert client.post(SETTINGS + "year/?school=LIN", {"version": 1, **sent}).status_code == 302
    assert list(Term.objects.order_by("starts_on").values_list("name", flat=True)) == ["Fall semester", "Spring"]
    url = f"{SETTINGS}year/?school=LIN&name=2026/27&from=2026-08-17&to=2027-06-04"
    assert "Fall semester 08/17/2026 - 12/18/2026" in text_of(client.get(url))
    version = School.objects.get(pk=school.pk).version
    assert client.post(url, {"version": 1, **sent}).status_code == 409
    sent["terms"] = "Fall semester 8/17/2026 - 12/22/2026"
    assert client.post(url, {"version": version, **sent}).status_code == 302
    assert Term.objects.get().ends_on == day("2026-12-22")
    for terms, words in (("Fall", "cannot be read"), ("Fall 1/1/2020 - 2/2/2020", "does not lie in its school year")):
        version = School.objects.get(pk=school.pk).version
        answer = client.post(url, {"version": version, **whole, "terms": terms})
        assert answer.status_code in {400, 422} and words in text_of(answer)
    year = SchoolYear.objects.get()
    ExternalId.objects.create(source="roster", kind="year", value="y", target_id=year.pk)
    ExternalId.objects.create(source="roster", kind="term", value="t", target_id=Term.objects.get().pk)
    page = text_of(client.get(url))
    assert "come from the roster" in page and "disabled" in page
    answer = client.post(url, {"version": version, "name": "Mine", "starts_on": "2020-01-01", "ends_on": "2021-01-01"})
    assert answer.status_code == 302
    year.refresh_from_db()
    assert (year.name, Term.objects.count()) == ("2026/27", 1)
    assert client.get(SETTINGS + "year/?school=LIN&name=x&from=y&to=z").status_code == 404
    assert signed_in(principal).get(SETTINGS + "year/").status_code == 403


@pytest.mark.parametrize("many", [1, 3])
def test_the_pages_cost_the_same_however_much_there_is(
    admin: Any, school: Any, principal: Any, signed_in: Any, django_assert_num_queries: Any, many: int
) -> None:
    fill(admin, school)
    for n in range(many):
        on = day("2027-02-01") + dt.timedelta(days=n)
        close_days(actor=admin, school=school, spans=[Span(on, on, f"Closed {n}")])
        save_bell_schedule(actor=admin, school=school, name=f"S{n}", periods=[P("1", dt.time(8), dt.time(9))])
        create_school_year(actor=admin, name=f"{n}", starts_on=day("2027-08-16"), ends_on=day("2028-06-02"))
    client = signed_in(principal)
    client.get(PAGE)
    client.get(SETTINGS)
    with django_assert_num_queries(PAGE_QUERIES):
        client.get(PAGE)
    with django_assert_num_queries(SETTINGS_QUERIES):
        client.get(SETTINGS)


PAGE_QUERIES, SETTINGS_QUERIES = 18, 18

"""Sessions end by themselves: after a day, after hours of nothing, and polling does not hide the nothing."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.conf import settings as live_settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client

from techdesk.directory.sessions import SEEN, SINCE, forget_ended_sessions
from tests.factories import person_with

PAGE = "/settings/"
HOUR = 3600


@pytest.fixture
def client(school: Any, signed_in: Any) -> Client:
    made: Client = signed_in(person_with("technician", school))
    return made


def let_pass(client: Client, hours: float, *, only: str = "") -> None:
    """As if the session had been used `hours` ago, and begun so much earlier."""
    session = client.session
    for name in (SEEN, SINCE):
        if not only or name == only:
            session[name] -= int(hours * HOUR)
    session.save()


def test_a_new_session_counts_from_now(client: Client) -> None:
    assert abs(client.session[SINCE] - time.time()) < 5
    assert client.session[SEEN] == client.session[SINCE]


def test_working_keeps_one_signed_in(client: Client) -> None:
    for _turn in range(3):
        let_pass(client, 3.5, only=SEEN)
        assert client.get(PAGE).status_code == 200


def test_four_hours_of_nothing_end_it(client: Client) -> None:
    let_pass(client, 4.01, only=SEEN)
    key = client.session.session_key

    answer = client.get(PAGE)

    assert answer.status_code == 302 and answer["Location"].startswith("/accounts/login/?next=")
    assert not Session.objects.filter(session_key=key).exists()
    assert "nothing happened here" in client.get(answer["Location"]).content.decode()


def test_polling_does_not_count_as_work(client: Client) -> None:
    let_pass(client, 3.5, only=SEEN)
    before = client.session[SEEN]
    live = {"X-Live": "1", "HX-Request": "true"}

    assert client.get(PAGE, headers=live).status_code == 200
    assert client.session[SEEN] == before
    let_pass(client, 0.6, only=SEEN)
    assert client.get(PAGE, headers=live).status_code == 401


def test_an_ended_session_answers_htmx_with_401(client: Client) -> None:
    let_pass(client, 5)
    answer = client.get(PAGE, headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/accounts/login/"


def test_a_day_ends_it_however_busy(client: Client) -> None:
    let_pass(client, 11.9, only=SINCE)
    assert client.get(PAGE).status_code == 200
    let_pass(client, 0.2, only=SINCE)
    answer = client.get(PAGE)
    assert answer.status_code == 302
    assert "the day is over" in client.get(answer["Location"]).content.decode()


def test_a_session_without_a_clock_is_over(client: Client) -> None:
    session = client.session
    del session[SINCE]
    session.save()
    assert client.get(PAGE).status_code == 302


def test_a_click_a_second_writes_once_a_minute(client: Client, django_assert_max_num_queries: Any) -> None:
    let_pass(client, 0.02, only=SEEN)  # 72 seconds
    client.get(PAGE)
    stored = Session.objects.get(session_key=client.session.session_key).session_data
    for _turn in range(3):
        client.get(PAGE)
    assert Session.objects.get(session_key=client.session.session_key).session_data == stored


def test_strangers_cost_no_session(db: Any, django_assert_num_queries: Any) -> None:
    stranger = Client()
    with django_assert_num_queries(0):
        stranger.get("/healthz")
    stranger.cookies[live_settings.SESSION_COOKIE_NAME] = "made-up"
    assert stranger.get(PAGE).status_code == 302


def test_rows_of_sessions_that_are_over_are_forgotten(client: Client) -> None:
    over = SessionStore()
    over.set_expiry(-1)
    over.create()
    assert Session.objects.count() == 2
    forget_ended_sessions()
    assert [row.session_key for row in Session.objects.all()] == [client.session.session_key]

"""Redis is a doorbell and a cache: pages do without it, and what was asked for meanwhile is done after its return."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings as plain_settings

from devices.actions import check_out
from techdesk.base.invariants import broken
from techdesk.directory.actions import create_token
from techdesk.notifications.models import Delivery
from tests.factories import DeviceFactory, SchoolFactory, person_with
from tests.faults.town import Town
from tickets.actions import open_ticket

LONGEST = 3.0
DONE_WITHIN = 60.0
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def timed(town: Town, method: str, path: str, **more: Any) -> tuple[str, int, float, Any]:
    begun = time.monotonic()
    status, body = town.request(method, path, **more)
    return f"{method} {path}", status, time.monotonic() - begun, body


def wrong_password(town: Town) -> tuple[str, int, float, Any]:
    """The sign-in form with a wrong password: attempts are counted in the cache."""
    import http.client
    from urllib.parse import urlencode

    begun = time.monotonic()
    server = http.client.HTTPConnection("127.0.0.1", town.port, timeout=30)
    try:
        server.request("GET", "/accounts/login/")
        page = server.getresponse()
        text = page.read().decode()
        token = CSRF.search(text)
        cookies = [one.partition(";")[0] for one in page.headers.get_all("Set-Cookie") or []]
        assert token is not None, (page.status, text[:300])
        form = urlencode({"csrfmiddlewaretoken": token[1], "login": "nobody@district.example", "password": "x"})
        sent = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": "; ".join(cookies)}
        server.request("POST", "/accounts/login/", body=form, headers=sent)
        answer = server.getresponse()
        return "sign in", answer.status, time.monotonic() - begun, answer.read()
    finally:
        server.close()


@pytest.fixture
def scene(shared_town: Callable[..., Town], settings: Any, signed_in: Any) -> dict[str, Any]:
    town = shared_town()
    school = SchoolFactory()
    technician, teacher = person_with("technician", school), person_with("teacher", school)
    student = person_with("student", school)
    device = DeviceFactory(school=school, asset_tag="C-1")
    check_out(actor=technician, device=device, person=student)
    ticket = open_ticket(actor=teacher, school=school, subject="Board stays dark")
    settings.SECRET_KEY = town.environment["TECHDESK_SECRET_KEY"]
    cookie = signed_in(technician).cookies[plain_settings.SESSION_COOKIE_NAME].value
    token = create_token(actor=teacher, owner=teacher, name="form", scope="write")[1]
    pages = ("/", "/tickets/", f"/tickets/{ticket.number}/", "/devices/", "/devices/C-1/", f"/people/{student.key}/")
    headers = {"Cookie": f"{plain_settings.SESSION_COOKIE_NAME}={cookie}"}
    return {"town": town, "pages": pages, "headers": headers, "token": token, "school": school.code}


def look_around(scene: dict[str, Any], turn: str) -> list[tuple[str, int, float, Any]]:
    """Every main page at once, twice, the sign-in form, the API, and a new ticket."""
    town, token = scene["town"], scene["token"]
    ask: list[Callable[[], Any]] = [
        lambda page=page: timed(town, "GET", page, headers=scene["headers"]) for page in scene["pages"]
    ]
    ask.append(lambda: timed(town, "GET", "/accounts/login/"))
    ask.append(lambda: timed(town, "GET", "/healthz"))
    ask.append(lambda: timed(town, "GET", "/api/v1/tickets/", token=token))
    ask.append(lambda: timed(town, "GET", "/api/v1/tickets/", token="nobody-knows-this"))
    ask.append(lambda: wrong_password(town))
    ticket = {"subject": f"Asked while it was {turn}", "school": scene["school"]}
    ask.append(lambda: timed(town, "POST", "/api/v1/tickets/", token=token, body=ticket))
    with ThreadPoolExecutor(6) as pool:
        return [one for _ in range(2) for one in pool.map(lambda question: question(), ask)]


def good(answers: list[tuple[str, int, float, Any]]) -> float:
    """All answered, and in time; returns the slowest."""
    for what, status, _seconds, body in answers:
        expected = {201} if "POST" in what else {200, 302} if what != "GET /api/v1/tickets/" else {200, 401}
        assert status in expected, (what, status, body)
    slowest = sorted(((one[2], one[0]) for one in answers), reverse=True)[:5]
    assert slowest[0][0] < LONGEST, slowest
    return slowest[0][0]


@contextlib.contextmanager
def flushed(town: Town) -> Any:
    town.empty_redis()
    yield
    town.empty_redis()


@pytest.mark.parametrize("state", ["stopped", "hung", "emptied"])
def test_pages_answer_and_nothing_is_forgotten(scene: dict[str, Any], state: str) -> None:
    town: Town = scene["town"]
    town.wait_until(lambda: not Delivery.objects.exclude(state="sent").exists(), 60)
    look_around(scene, "fresh")
    usual = max(one[2] for one in look_around(scene, "well"))
    print(f"usually {usual:.2f} s")
    away = {
        "stopped": town.without_valkey,
        "hung": lambda: town.stopped("valkey"),
        "emptied": lambda: flushed(town),
    }[state]
    with away():
        slowest = good(look_around(scene, state))
        ready = timed(town, "GET", "/readyz")
        assert ready[1] == (200 if state == "emptied" else 503) and ready[2] < LONGEST, ready
        good(look_around(scene, state))
    took = town.wait_until(lambda: not Delivery.objects.exclude(state="sent").exists(), DONE_WITHIN)
    print(f"{state}: slowest {slowest:.2f} s (usually {usual:.2f} s); everything sent {took:.1f} s after its return")
    about = [m["Subject"] for m in town.mail.messages if "Asked while it was" in m["Subject"] and state in m["Subject"]]
    assert len(set(about)) == 4 and len(about) == 8, "four tickets, each told to the technician and the teacher"
    assert town.request("GET", "/readyz")[0] == 200
    assert list(broken()) == []

"""Every refusal is a problem answer: one test for each status."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client, override_settings

from techdesk.api import answers
from tests.api.conftest import Caller, Town
from tickets.actions import open_ticket


def check(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = json.loads(answer.content)
    assert {"type", "title", "status", "detail", "code"} <= set(body)
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"] == f"urn:techdesk:problem:{code}"
    assert body["detail"]
    return body


def test_400_bad_json(town: Town, tech: Caller) -> None:
    for content in (b"{", b"{'a': 1}", b"\xff\xfe", b"NaN", b'{"note": "\\ud800"}', b"[" * 200_000):
        answer = tech.client.post("/api/v1/devices/C-0001/check-in/", content, content_type="application/json")
        assert answer.status_code == 400, content[:20]
        assert answer.json()["code"] in {"bad_json", "bad_input"}


def test_400_bad_input_by_field(town: Town, tech: Caller) -> None:
    body = check(tech.post("tickets/", {"school": "LIN"}), 400, "bad_input")
    assert set(body["errors"]) == {"subject"}
    body = check(tech.post("tickets/", {"school": "LIN", "subject": "x", "devices": ["", "a"]}), 400, "bad_input")
    assert body["errors"]["devices"][0].startswith("1: ")


def test_401(town: Town) -> None:
    check(Caller().get("devices/"), 401, "not_authenticated")
    check(Caller().post("tickets/", {}), 401, "not_authenticated")
    check(Caller("td_wrong").get("devices/"), 401, "token_unknown")


def test_403(town: Town, tech: Caller) -> None:
    ticket = open_ticket(actor=town.teacher, school=town.lincoln, subject="x")
    from tests.api.conftest import caller

    check(caller(town.teacher).post(f"tickets/{ticket.number}/resolve/", {"resolution": "x"}), 403, "not_permitted")


@pytest.mark.parametrize(
    "path",
    [
        "nothing/",
        "devices",
        "devices/C-0001",
        "",
        "tickets/abc/",
        "tickets/0/",
        "people/1/",
        "schools/NONE/",
        "tickets/99999999999999999999999/",
        "devices/%00/",
        "devices/a%00b/history/",
        "devices/%FF/",
        "schema",
    ],
)
def test_404(town: Town, tech: Caller, path: str) -> None:
    check(tech.get(path), 404, "not_found")


def test_404_names_a_forgotten_slash(town: Town, tech: Caller) -> None:
    assert "/api/v1/devices/" in check(tech.get("devices"), 404, "not_found")["detail"]
    assert "slash" not in check(tech.get("nothing"), 404, "not_found")["detail"]
    check(tech.post("devices/C-0001/check-in"), 404, "not_found")


def test_405_and_nothing_is_ever_deleted(town: Town, tech: Caller) -> None:
    for method in ("delete", "put", "patch"):
        for path in ("devices/", "devices/C-0001/", "tickets/", "people/", "schools/LIN/"):
            if (method, path) in (("patch", "devices/C-0001/"), ("patch", "schools/LIN/")):
                continue
            check(getattr(tech.client, method)(f"/api/v1/{path}"), 405, "method_not_allowed")
    answer = tech.get("devices/C-0001/check-out/")
    check(answer, 405, "method_not_allowed")
    check(tech.client.options("/api/v1/devices/"), 405, "method_not_allowed")


def test_406(town: Town, tech: Caller) -> None:
    check(tech.get("devices/", headers={"Accept": "application/xml"}), 406, "not_acceptable")


def test_409(town: Town, tech: Caller) -> None:
    ticket = open_ticket(actor=town.teacher, school=town.lincoln, subject="x")
    check(tech.post(f"tickets/{ticket.number}/close/"), 409, "cannot_close")


def test_413(town: Town, tech: Caller) -> None:
    big = "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    body = check(tech.post("devices/C-0001/check-in/", {"note": big}), 413, "too_large")
    assert body["limit_bytes"] == settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def test_415(town: Town, tech: Caller) -> None:
    answer = tech.client.post("/api/v1/devices/C-0001/check-in/", "note=x", content_type="text/plain")
    check(answer, 415, "unsupported_media_type")
    check(tech.client.post("/api/v1/devices/C-0001/check-in/", {"note": "x"}), 415, "unsupported_media_type")


def _limited(rate: str, name: str = "token") -> Any:
    rest = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {name: rate}}
    return override_settings(REST_FRAMEWORK=rest)


def test_429_with_retry_after(town: Town, tech: Caller) -> None:
    from tests.api.conftest import caller

    other = caller(town.teacher)
    with _limited("3/hour"):
        for _ in range(3):
            assert tech.get("schools/").status_code == 200
        answer = tech.get("schools/")
        check(answer, 429, "too_many_requests")
        assert 1 <= int(answer["Retry-After"]) <= 3600
        assert other.get("schools/").status_code == 200


def test_429_for_a_person_with_many_tokens(town: Town, tech: Caller, signed_in: Any) -> None:
    from tests.api.conftest import caller

    with _limited("4/hour", "person"):
        for script in (tech, caller(town.technician), tech):
            assert script.get("schools/").status_code == 200
        assert signed_in(town.technician).get("/api/v1/schools/").status_code == 200
        check(caller(town.technician).get("schools/"), 429, "too_many_requests")
        assert caller(town.teacher).get("schools/").status_code == 200


def test_429_for_strangers_by_address(town: Town, tech: Caller) -> None:
    with _limited("3/hour", "stranger"):
        check(Caller().get("devices/"), 401, "not_authenticated")
        check(Caller("td_guess").get("devices/"), 401, "token_unknown")
        check(Caller().post("tickets/", {}), 401, "not_authenticated")
        refused = Caller("td_other").get("devices/")
        check(refused, 429, "too_many_requests")
        assert 1 <= int(refused["Retry-After"]) <= 3600
        # Who has a token is not shut out with them, and another address is not either.
        assert tech.get("schools/").status_code == 200
        check(Caller("td_guess", REMOTE_ADDR="10.1.2.3").get("devices/"), 401, "token_unknown")


def test_a_limit_that_cannot_count_costs_less_than_a_second(town: Town, tech: Caller, settings: Any) -> None:
    """A Redis that is there and does not answer (as after SIGSTOP): the connection stands, nothing comes back."""
    import socket
    import time

    from techdesk.base.cache import PatientRedisCache

    with socket.create_server(("127.0.0.1", 0), backlog=50) as hung:
        address = f"redis://127.0.0.1:{hung.getsockname()[1]}/1"
        patience = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}  # as outside of tests
        settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": address, "OPTIONS": patience}}
        PatientRedisCache.silent_until = 0
        started = time.monotonic()
        assert tech.get("schools/").status_code == 200
        first = time.monotonic() - started
        assert PatientRedisCache.silent_until > time.monotonic(), "it was asked, and is left in peace now"
        started = time.monotonic()
        assert tech.get("schools/").status_code == 200
        assert time.monotonic() - started < first
    PatientRedisCache.silent_until = 0
    assert 0.4 < first < 2  # half a second of patience, and a busy machine


def test_no_limit_while_the_cache_is_away(town: Town, tech: Caller, settings: Any) -> None:
    from techdesk.base.cache import PatientRedisCache

    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "unix:///nowhere/at/all.sock?db=1"}}
    PatientRedisCache.silent_until = 0
    with _limited("1/hour"):
        for _ in range(3):
            assert tech.get("schools/").status_code == 200
    PatientRedisCache.silent_until = 0
    assert cache is not None


def test_500_is_generic_and_can_be_found_in_the_log(town: Town, tech: Caller, monkeypatch: Any) -> None:
    def broken(*args: Any, **options: Any) -> None:
        raise RuntimeError("the secret recipe")

    monkeypatch.setattr(answers, "keyset_page", broken)
    tech.client.raise_request_exception = False
    answer = tech.get("devices/", headers={"X-Request-ID": "find-me-12345"})
    body = check(answer, 500, "internal_error")
    assert body["request_id"] == "find-me-12345"
    assert "recipe" not in answer.content.decode()


def test_503_when_the_database_takes_too_long(town: Town, tech: Caller, monkeypatch: Any) -> None:
    def slow(*args: Any, **options: Any) -> None:
        raise OperationalError("canceling statement due to statement timeout")

    monkeypatch.setattr(answers, "keyset_page", slow)
    tech.client.raise_request_exception = False
    answer = tech.get("devices/")
    check(answer, 503, "try_again")
    assert answer["Retry-After"]


def test_what_is_refused_before_any_view(town: Town) -> None:
    answer = Client(headers={"Host": "evil.example"}).get("/api/v1/devices/")
    check(answer, 400, "bad_request")


def test_pages_outside_the_api_stay_pages(town: Town) -> None:
    answer = Client().get("/nothing-here/")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")

"""Every address × every role, and every object × a foreign school. New addresses are walked without a new test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from techdesk.base.policy import may
from tests.architecture import places
from tests.architecture.addresses import Address, library_reason, policy_of, public_reason, walk
from tests.architecture.places import CANARY, District, url_of

ADDRESSES = [
    address
    for address in walk()
    if not library_reason(address.view) and not address.name.startswith(("account_", "mfa_"))
]
#: Tables a GET may write to: the log of who looked, and the session's own clock.
WRITTEN_BY_READING = {"audit_disclosure", "django_session", "api_apitoken", "audit_changeevent"}
#: The one other thing reading changes: what the bell told of a page has been read when the page is.
READ_BY_READING = 'UPDATE "NOTIFICATIONS_NOTIFICATION" SET "READ_AT" = '

#: Addresses that show nothing by design: no such page, a link that is too old, what there is only in the demo.
ALWAYS_GONE = {
    "api:root",
    "api:unknown",
    "directory:calendar-feed",
    "directory:invitation",
    "directory:invitation-garbled",
    "notifications:demo-mail",
    "notifications:link",
    "notifications:link-garbled",
    "ui:catalogue",
    "ui:catalogue-found",
}


@pytest.fixture
def district(db: None) -> District:
    return places.build()


def _client(person: Any) -> Client:
    client = Client(raise_request_exception=True)
    if not isinstance(person, AnonymousUser):
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def _action(address: Address, method: str) -> str | None:
    mark = policy_of(address.view)
    return mark.get(method) if isinstance(mark, Mapping) else mark


def _body(answer: Any) -> str:
    if answer.streaming:
        return b"".join(answer.streaming_content).decode(errors="replace")
    return answer.content.decode(errors="replace")


def _walks(district: District) -> Iterator[tuple[Address, str]]:
    for address in ADDRESSES:
        url = url_of(address, district)
        assert url is not None, address
        yield address, url


def test_every_address_answers_every_role_as_the_matrix_says(district: District) -> None:
    """Nothing breaks; who may not do the action at all gets 403; a stranger gets the login page or 401."""
    viewers = {**district.people_a, **district.wide, "nobody": district.people_b["nobody"], "": AnonymousUser()}
    asked = 0
    answers: dict[str, set[int]] = {}
    for role, person in viewers.items():
        client = _client(person)
        for address, url in _walks(district):
            answer = client.get(url)
            _body(answer)
            label = f"{role or 'stranger'} GET {url}: {answer.status_code}"
            asked += 1
            answers.setdefault(address.label, set()).add(answer.status_code if role else 0)
            if address.name == "site:readyz":
                continue
            assert answer.status_code < 500, label
            if public_reason(address.view):
                continue
            if not role:
                assert answer.status_code in {302, 401}, label
                continue
            action = _action(address, "GET")
            if action and not may(person, action):
                assert answer.status_code in {403, 404, 405}, label
            else:
                assert answer.status_code in {200, 302, 304, 403, 404, 405, 400}, label
    assert asked > 500
    closed = {label for label, statuses in answers.items() if not statuses & {200, 302, 400}}
    only_sent_to = {label for label in closed if answers[label] <= {0, 403, 405}}
    assert closed - only_sent_to == ALWAYS_GONE, "nobody opens these, so nothing was learned about them"


def test_reading_writes_nothing_but_who_looked(district: District) -> None:
    client = _client(district.people_a["technician"])
    for _address, url in _walks(district):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            _body(client.get(url))
        for query in queries:
            sql = query["sql"].lstrip().upper()
            if sql.startswith(("INSERT", "UPDATE", "DELETE")) and not sql.startswith(READ_BY_READING):
                table = sql.replace("INSERT INTO", "").replace("DELETE FROM", "").replace("UPDATE", "").split()[0]
                assert table.strip('"').lower() in WRITTEN_BY_READING, f"GET {url} writes: {query['sql'][:200]}"


def test_an_unsafe_request_without_a_form_token_is_refused(district: District) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(district.people_a["technician"], backend="allauth.account.auth_backends.AuthenticationBackend")
    for _address, url in _walks(district):
        answer = client.post(url, {})
        assert answer.status_code in {403, 405, 404}, f"POST {url}: {answer.status_code}"


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_nobody_of_another_school_reaches_an_object_or_reads_a_word_of_it(district: District, method: str) -> None:
    writers = {"technician", "school_admin", "teacher", "student", "nobody"}
    for role, person in district.people_b.items():
        if method != "get" and role not in writers:
            continue  # the others may do less of what these may
        client = _client(person)
        for address, url in _walks(district):
            options = {"content_type": "application/json"} if address.name.startswith("api:") else {}
            answer = getattr(client, method)(url, {} if method in {"get", "post"} else "{}", **options)
            text = _body(answer)
            label = f"{role} {method.upper()} {url}: {answer.status_code}"
            assert CANARY.lower() not in text.lower().replace(url.lower(), ""), label
            assert CANARY not in answer.headers.get("Location", "").replace(url, ""), label
            if not address.arguments or public_reason(address.view) or address.name in {"tickets:ask-form"}:
                continue
            assert answer.status_code in {403, 404, 405}, label


def test_lists_searches_and_exports_of_another_school_hold_no_canary(district: District) -> None:
    """Asked for by name, by filter and by part of a word, in pages, pickers and the API."""
    questions = ("q", "search", "school", "person", "code")
    for role in ("technician", "school_admin", "teacher", "student", "auditor"):
        person = district.people_b[role]
        client = _client(person)
        for address, url in _walks(district):
            if address.arguments:
                continue
            for name in questions:
                answer = client.get(url, {name: CANARY})
                shown = _body(answer).replace(f'value="{CANARY}"', "").replace(f"={CANARY}", "")
                rows = shown.count(CANARY)
                # The question itself may be repeated in words ("Nothing found for …"), never an answer.
                assert rows <= 3, f"{role} {url}?{name}= shows {rows}"
                for telling in (f"{CANARY} 1/2", f"{CANARY}S", f"{CANARY} board", f"{CANARY} Elementary"):
                    assert telling not in shown, f"{role} {url}?{name}="

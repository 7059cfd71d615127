"""Tokens: kept as a hash, refused at once when they end, narrowed by scope and school."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.test import Client

from techdesk.api.models import ApiToken
from techdesk.base.clock import now
from techdesk.directory.actions import create_token, deactivate_people, revoke_token
from tests.api.conftest import Caller, Town, caller
from tests.factories import DeviceFactory, person_with


def test_only_the_hash_of_a_secret_is_kept(town: Town) -> None:
    token, secret = create_token(actor=town.technician, owner=town.technician, name="inventory", scope="read")
    assert len(secret) >= 43
    kept = ApiToken.objects.get()
    assert kept == token
    assert kept.prefix == secret[:8]
    assert secret not in str(ApiToken.objects.values().get())
    assert Caller(secret).get("devices/").status_code == 200


def test_nobody_without_a_token(town: Town) -> None:
    answer = Caller().get("devices/")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_authenticated"


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer nonsense", "Basic dXNlcjpwYXNz", "Bearer " + "x" * 5000]
)
def test_what_is_not_a_token_of_ours(town: Town, header: str) -> None:
    answer = Client(headers={"Authorization": header}).get("/api/v1/devices/")
    assert answer.status_code == 401
    assert answer.json()["code"] in {"token_unknown", "not_authenticated"}


def test_a_revoked_token_ends_with_the_next_request(town: Town) -> None:
    token, secret = create_token(actor=town.technician, owner=town.technician, name="x", scope="read")
    assert Caller(secret).get("devices/").status_code == 200
    revoke_token(actor=town.technician, token=token)
    answer = Caller(secret).get("devices/")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_revoked")


def test_an_expired_token(town: Town) -> None:
    soon = now() + dt.timedelta(minutes=5)
    _token, secret = create_token(actor=town.technician, owner=town.technician, name="x", scope="read", expires_at=soon)
    assert Caller(secret).get("devices/").status_code == 200
    with time_machine.travel(soon + dt.timedelta(seconds=1)):
        answer = Caller(secret).get("devices/")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")


def test_the_token_of_a_deactivated_owner(town: Town) -> None:
    script = caller(town.teacher)
    assert script.get("tickets/").status_code == 200
    deactivate_people(actor=town.technician, people=[town.teacher])
    answer = script.get("tickets/")
    assert answer.status_code == 401
    assert answer.json()["code"] in {"token_owner_inactive", "token_revoked"}


def test_a_read_token_never_writes(town: Town) -> None:
    script = caller(town.technician, scope="read")
    assert script.get("devices/C-0001/").status_code == 200
    answer = script.post("devices/C-0001/check-out/", {"room": "LIN/104"})
    assert (answer.status_code, answer.json()["code"]) == (403, "read_only_token")
    assert not town.device.custodies.exists()


def test_a_narrowed_token_reaches_one_school(town: Town) -> None:
    boss = person_with("district_technician")
    everything = caller(boss, scope="read")
    narrowed = caller(boss, scope="read", school=town.lincoln)
    assert {row["asset_tag"] for row in everything.every("devices/")} == {"C-0001", "R-0001"}
    assert {row["asset_tag"] for row in narrowed.every("devices/")} == {"C-0001"}
    assert narrowed.get("devices/R-0001/").status_code == 404
    assert [row["code"] for row in narrowed.every("schools/")] == ["LIN"]
    assert {row["school"] for row in narrowed.every("rooms/")} == {"LIN"}
    # What is one's own is left out too, when it lies elsewhere.
    DeviceFactory(school=town.roosevelt, asset_tag="R-OWN", assigned_to=boss)
    assert narrowed.get("devices/R-OWN/").status_code == 404


def test_use_is_noted_at_most_once_a_minute(town: Town) -> None:
    token, secret = create_token(actor=town.technician, owner=town.technician, name="x", scope="read")
    assert ApiToken.objects.get().last_used_at is None
    start = now()
    with time_machine.travel(start, tick=False) as clock:
        Caller(secret).get("schools/")
        first = ApiToken.objects.get().last_used_at
        assert first is not None
        clock.shift(30)
        Caller(secret).get("schools/")
        assert ApiToken.objects.get().last_used_at == first
        clock.shift(31)
        Caller(secret).get("schools/")
        assert ApiToken.objects.get().last_used_at > first
    token.refresh_from_db()
    assert token.version == 1


def test_a_signed_in_person_needs_the_form_token_to_write(town: Town) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(town.technician, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get("/api/v1/devices/C-0001/").status_code == 200
    answer = client.post("/api/v1/devices/C-0001/check-out/", "{}", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")


def test_a_read_token_is_no_way_round_by_a_session(town: Town) -> None:
    """A token beside a session: the token counts."""
    script = caller(town.technician, scope="read")
    script.client.force_login(town.technician, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert script.post("devices/C-0001/check-out/", {"room": "LIN/104"}).json()["code"] == "read_only_token"

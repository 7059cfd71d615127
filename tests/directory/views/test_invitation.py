"""The page behind an invitation link, as the invited person meets it."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client

from techdesk.base.clock import now
from techdesk.directory.actions import invite
from techdesk.directory.links import link_path
from techdesk.directory.models import Invitation, Person
from techdesk.notifications.actions import deliver_due
from tests.directory.actions.test_invite import newcomer
from tests.factories import grant

GOOD = {"password": "violet ladder morning", "again": "violet ladder morning"}


@pytest.fixture
def person(school: Any) -> Any:
    person = newcomer(given_name="Anastasia", email="anastasia@district.example")
    grant(person, "teacher", school)
    return person


@pytest.fixture
def url(admin: Any, person: Any) -> str:
    return link_path(invite(actor=admin, people=[person])[0])


def test_from_the_mail_to_being_signed_in(admin: Any, person: Any) -> None:
    invite(actor=admin, people=[person])
    deliver_due()
    [link] = re.findall(r"http://[^/]+(/invitation/\S+)", mail.outbox[0].body)
    client = Client()

    page = client.get(link)
    assert page.status_code == 200
    assert "Welcome, Anastasia" in page.content.decode() and "anastasia@district.example" in page.content.decode()
    answer = client.post(link, GOOD)

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/settings/").status_code == 200
    assert client.session["_auth_user_id"] == str(person.pk)
    # ... and with the password from then on.
    fresh = Client()
    fresh.post("/accounts/login/", {"login": "Anastasia@District.example", "password": GOOD["password"]})
    assert fresh.get("/settings/").status_code == 200


def test_looking_writes_nothing(url: str, person: Any) -> None:
    before = Invitation.objects.values().get()
    for method in ("get", "head"):
        assert getattr(Client(), method)(url).status_code == 200
    assert Invitation.objects.values().get() == before
    assert not Session.objects.exists()
    assert not Person.objects.get(pk=person.pk).has_password


def test_the_address_does_not_leak(url: str) -> None:
    page = Client().get(url)
    assert page["Referrer-Policy"] == "strict-origin"
    assert "no-store" in page["Cache-Control"]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"password": "short", "again": "short"}, "too short"),
        ({"password": "violet ladder", "again": "violet leader"}, "not the same"),
        ({"password": "", "again": ""}, "required"),
        ({"password": "anastasia@district.example"} | {"again": "anastasia@district.example"}, "too similar"),
        ({"password": "x" * 129, "again": "x" * 129}, "128"),
    ],
)
def test_a_bad_password_is_explained_and_the_link_stays_good(url: str, sent: dict[str, str], words: str) -> None:
    client = Client()
    page = client.post(url, sent)
    assert page.status_code == 200
    assert words in page.content.decode()
    assert "violet ladder" not in page.content.decode()
    assert client.post(url, GOOD).status_code == 302


def test_used_expired_revoked_garbled_and_empty_links_are_one_calm_page(admin: Any, person: Any, url: str) -> None:
    used = url
    assert Client().post(used, GOOD).status_code == 302
    other = newcomer()
    revoked = link_path(invite(actor=admin, people=[other])[0])
    [last] = invite(actor=admin, people=[other])
    expired = link_path(last)
    Invitation.objects.filter(pk=last.pk).update(expires_at=now() - dt.timedelta(seconds=1))
    off = newcomer()
    closed = link_path(invite(actor=admin, people=[off])[0])
    Person.objects.filter(pk=off.pk).update(is_active=False)
    broken = [used[:-5] + "/", used.swapcase().replace("/INVITATION/", "/invitation/"), used + "more/", "/invitation/"]
    broken += ["/invitation/%00/", "/invitation/%ED%A0%80/", "/invitation/<script>/", "/invitation/" + "x" * 3000 + "/"]

    for link in [used, revoked, expired, closed, *broken]:
        for page in (Client().get(link), Client().post(link, GOOD)):
            text = page.content.decode()
            assert page.status_code == 410, link
            assert "This link does not work any more" in text
            assert "ask your school" in text and "<script>/" not in text
            assert page["Referrer-Policy"] == "strict-origin"


def test_a_link_without_its_last_slash_works(url: str) -> None:
    assert Client().get(url.rstrip("/")).status_code == 200


def test_whoever_was_signed_in_here_before_is_signed_out(
    url: str, technician: Any, signed_in: Any, person: Any
) -> None:
    client = signed_in(technician)
    before = client.session.session_key

    client.post(url, GOOD)

    assert client.session["_auth_user_id"] == str(person.pk)
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_sessions_from_before_end(url: str, person: Any, signed_in: Any) -> None:
    """Somebody who came in another way, with a link for a forgotten password, is out when the invitation is used."""
    client = signed_in(person)
    assert client.get("/settings/").status_code == 200
    assert Client().post(url, GOOD).status_code == 302
    assert client.get("/settings/").status_code == 302


def test_guessing_is_slowed_down_per_address(db: Any) -> None:
    client = Client()
    codes = [client.get(f"/invitation/{turn}/", REMOTE_ADDR="203.0.113.9").status_code for turn in range(70)]
    assert codes[:60] == [410] * 60
    assert set(codes[60:]) == {429}
    assert client.get("/invitation/x/", REMOTE_ADDR="203.0.113.10").status_code == 410
    page = client.get("/invitation/x/", REMOTE_ADDR="203.0.113.9").content.decode()
    assert "Too many tries" in page


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(url: str, method: str) -> None:
    assert getattr(Client(), method)(url).status_code == 405

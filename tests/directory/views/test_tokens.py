"""The page of tokens: the secret once, revoked at once, who sees whose."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from techdesk.api.models import ApiToken
from techdesk.api.secrets import secret_hash
from techdesk.audit.models import AuditEntry
from techdesk.base.clock import now
from techdesk.directory.actions import create_token, deactivate_people
from techdesk.notifications.models import Notification
from tests.factories import DeviceFactory, person_with

PAGE = reverse("directory:tokens")
EVERYBODY = reverse("directory:tokens-of-everybody")
NIGHTLY = {"name": "Nightly inventory", "scope": "read", "days": "90"}


def secret_in(answer: Any) -> str:
    """The secret that the page shows."""
    return answer.content.decode().partition("<code>")[2].partition("</code>")[0]


def asked(secret: str, path: str = "devices/") -> Any:
    return Client(headers={"Authorization": f"Bearer {secret}"}).get(f"/api/v1/{path}")


def token_of(person: Any, **facts: Any) -> tuple[ApiToken, str]:
    return create_token(actor=person, owner=person, **{"name": "Mine", "scope": "read", **facts})


def test_the_secret_is_shown_once_and_kept_nowhere(technician: Any, signed_in: Any, caplog: Any) -> None:
    client = signed_in(technician)
    answer = client.post(PAGE, {**NIGHTLY, "domains": ["devices"], "school": "LIN"})

    secret = secret_in(answer)
    assert answer.status_code == 200 and answer["Cache-Control"] == "no-store"
    token = ApiToken.objects.get()
    assert token.secret_hash == secret_hash(secret)
    assert (token.person_id, token.name, token.scope, token.domains) == (
        technician.pk,
        "Nightly inventory",
        "read",
        ["devices"],
    )
    assert token.school is not None and token.school.code == "LIN"
    assert token.expires_at is not None and dt.timedelta(days=89) < token.expires_at - now() <= dt.timedelta(days=90)
    assert asked(secret).status_code == 200
    again = client.get(PAGE)
    assert "Nightly inventory" in again.content.decode() and again["Cache-Control"] == "no-store"
    for place in (again.content.decode(), str(answer.headers), str(client.cookies), caplog.text):
        assert secret not in place
    kept = [str(row) for rows in (AuditEntry, Notification, ApiToken) for row in rows.objects.values()]
    assert len(kept) >= 3 and not any(secret in row for row in kept)
    assert str(dict(client.session.items())).find(secret) == -1


def test_it_is_written_down_and_its_owner_told(technician: Any, signed_in: Any) -> None:
    signed_in(technician).post(PAGE, {**NIGHTLY, "domains": ["tickets", "devices"]})
    entry = AuditEntry.objects.about(ApiToken.objects.get()).get()
    assert (entry.verb, entry.actor_id) == ("create", technician.pk)
    assert entry.facts == {
        "owner": technician.public_key,
        "scope": "read",
        "domains": ["devices", "tickets"],
        "school": None,
    }
    told = Notification.objects.get(recipient=technician)
    assert told.kind == "directory.token_made" and told.path == PAGE


def test_revoked_with_the_next_request(technician: Any, signed_in: Any) -> None:
    token, secret = token_of(technician)
    assert asked(secret).status_code == 200
    client = signed_in(technician)
    shown = client.get(reverse("directory:token", args=[token.key]))
    assert shown.status_code == 200 and "Revoke" in shown.content.decode()

    answer = client.post(reverse("directory:token-revoke", args=[token.key]))

    assert (answer.status_code, answer.url) == (302, PAGE)
    refused = asked(secret)
    assert (refused.status_code, refused.json()["code"]) == (401, "token_revoked")
    # Once more changes nothing.
    assert client.post(reverse("directory:token-revoke", args=[token.key])).status_code == 302
    assert [entry.verb for entry in AuditEntry.objects.about(token)] == ["create", "revoke"]
    assert "Revoked" in client.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"scope": "admin"}, "scope"),
        ({"domains": ["secrets"]}, "domains"),
        ({"days": "7"}, "days"),
        ({"days": "0"}, "days"),  # one that never ends is for those who run the district
        ({"school": "ROO"}, "school"),
        ({"school": "GONE"}, "school"),
    ],
)
def test_what_does_not_fit_is_said_at_the_field(
    technician: Any, elsewhere: Any, signed_in: Any, sent: dict[str, Any], field: str
) -> None:
    answer = signed_in(technician).post(PAGE, {**NIGHTLY, **sent})
    assert answer.status_code == 422 and list(answer.context["form"].errors) == [field]
    assert not ApiToken.objects.exists() and "<code>" not in answer.content.decode()


def test_a_district_role_may_make_one_that_never_ends(signed_in: Any, db: Any) -> None:
    signed_in(person_with("district_technician")).post(PAGE, {**NIGHTLY, "days": "0"})
    assert ApiToken.objects.get().expires_at is None


def test_a_token_for_one_school_stays_there(school: Any, elsewhere: Any, signed_in: Any) -> None:
    DeviceFactory(school=school, asset_tag="L-1")
    DeviceFactory(school=elsewhere, asset_tag="R-1")
    boss = person_with("district_technician")
    secret = secret_in(signed_in(boss).post(PAGE, {**NIGHTLY, "school": "ROO"}))
    assert [row["asset_tag"] for row in asked(secret).json()["results"]] == ["R-1"]


@pytest.mark.parametrize("role", ["teacher", "student", "library_aide", "proctor", "auditor"])
def test_those_who_make_none_see_their_own_and_end_it(school: Any, signed_in: Any, role: str) -> None:
    person = person_with(role, school)
    token, _secret = create_token(actor=person_with("district_admin"), owner=person, name="Console", scope="read")
    client = signed_in(person)
    shown = client.get(PAGE)
    assert shown.status_code == 200 and shown.context["form"] is None and "Console" in shown.content.decode()
    assert client.post(PAGE, NIGHTLY).status_code == 403
    assert ApiToken.objects.count() == 1
    assert client.get(EVERYBODY).status_code == 403
    assert client.post(reverse("directory:token-revoke", args=[token.key])).status_code == 302
    token.refresh_from_db()
    assert token.revoked_at is not None


@pytest.mark.parametrize("role", ["technician", "librarian", "school_admin"])
def test_those_whose_work_a_script_may_do(school: Any, signed_in: Any, role: str) -> None:
    client = signed_in(person_with(role, school))
    assert secret_in(client.post(PAGE, NIGHTLY)).startswith("td_")
    assert client.get(EVERYBODY).status_code == 403


def test_a_foreign_token_is_not_there(school: Any, technician: Any, signed_in: Any) -> None:
    token, secret = token_of(person_with("technician", school), name="Foreign token")
    client = signed_in(technician)
    assert "Foreign token" not in client.get(PAGE).content.decode()
    assert client.get(reverse("directory:token", args=[token.key])).status_code == 404
    assert client.post(reverse("directory:token-revoke", args=[token.key])).status_code == 404
    assert asked(secret).status_code == 200


def test_an_administrator_ends_anybodys(school: Any, technician: Any, admin: Any, signed_in: Any) -> None:
    token, secret = token_of(technician, name="Forgotten script")
    token_of(person_with("technician", school), name="Other script")
    client = signed_in(admin)
    assert "Forgotten script" not in client.get(PAGE).content.decode()
    listed = client.get(EVERYBODY, {"person": technician.public_key}).content.decode()
    assert "Forgotten script" in listed and "Other script" not in listed and technician.name in listed
    shown = client.get(reverse("directory:token", args=[token.key])).content.decode()
    assert technician.name in shown and secret not in shown and token.secret_hash not in shown

    answer = client.post(reverse("directory:token-revoke", args=[token.key]))

    assert (answer.status_code, answer.url) == (302, EVERYBODY)
    assert asked(secret).status_code == 401
    assert AuditEntry.objects.about(token).last().actor_id == admin.pk
    assert [row.name for row in client.get(EVERYBODY).context["table"].rows] == ["Other script"]
    assert "Forgotten script" in client.get(EVERYBODY, {"ended": "on"}).content.decode()
    assert client.get(EVERYBODY, {"person": "nobody"}).context["table"].rows == []


def test_the_state_in_words(technician: Any, admin: Any, signed_in: Any) -> None:
    token_of(technician)
    dead, _secret = token_of(person_with("technician"))
    deactivate_people(actor=admin, people=[dead.person])
    ApiToken.objects.filter(person=technician).update(expires_at=now() - dt.timedelta(hours=1))
    text = signed_in(admin).get(EVERYBODY, {"ended": "on"}).content.decode()
    assert "Ended" in text and "account off" in text


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_two_tokens_and_ending_twice_is_once(at_once: Any) -> None:
    from functools import partial

    from techdesk.directory.actions import revoke_token

    person = person_with("district_admin")
    made = at_once([partial(token_of, person)] * 3)
    assert len({secret for _token, secret in made}) == 3 and ApiToken.objects.count() == 3
    token = made[0][0]
    ended = at_once([partial(revoke_token, actor=person, token=token)] * 3)
    assert len({one.revoked_at for one in ended}) == 1
    assert [entry.verb for entry in AuditEntry.objects.about(token)] == ["create", "revoke"]

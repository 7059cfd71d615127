"""grant_role and create_token: words or one JSON object, exit codes, dry runs, the first administrator."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from techdesk.api.models import ApiToken
from techdesk.api.secrets import secret_hash
from techdesk.audit.models import AuditEntry
from techdesk.base.clock import now
from techdesk.directory.models import Invitation, Person, RoleAssignment
from tests.factories import PersonFactory, StudentFactory


@pytest.fixture
def run(capsys: Any) -> Any:
    """run("grant_role", …) -> (exit code, standard output, standard error)"""

    def call(*words: str) -> tuple[int, str, str]:
        code = 0
        try:
            call_command(*words)
        except SystemExit as end:
            code = int(end.code or 0)
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


@pytest.fixture
def ana(db: Any) -> Any:
    return PersonFactory(email="ana@district.example")


def test_a_role_at_a_school(run: Any, ana: Any, school: Any) -> None:
    code, out, err = run("grant_role", "Ana@District.example", "technician", "--school", "lin")

    assert (code, err) == (0, "")
    assert out == "ana@district.example is now Technician at school LIN.\n"
    held = RoleAssignment.objects.in_force().get(person=ana)
    assert (held.role, held.school_id) == ("technician", school.pk)
    assert held.granted_by.is_service
    assert AuditEntry.objects.about(ana).get().verb == "grant_role"


def test_twice_changes_nothing(run: Any, ana: Any) -> None:
    run("grant_role", ana.email, "auditor")
    code, out, _err = run("grant_role", ana.email, "auditor")
    assert code == 0 and "already" in out
    assert RoleAssignment.objects.filter(person=ana).count() == 1


def test_json_is_one_object_and_nothing_else(run: Any, ana: Any, school: Any) -> None:
    code, out, err = run("grant_role", ana.email, "teacher", "--school", "LIN", "--json")
    told = json.loads(out)
    assert (code, err, out.count("\n")) == (0, "", 1)
    assert {
        name: told[name] for name in ("created", "unchanged", "refused", "errors", "role", "school", "dry_run")
    } == {
        "created": 1,
        "unchanged": 0,
        "refused": 0,
        "errors": [],
        "role": "teacher",
        "school": "LIN",
        "dry_run": False,
    }
    assert json.loads(run("grant_role", ana.email, "teacher", "--school", "LIN", "--json")[1])["unchanged"] == 1


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("nobody@district.example", "teacher"), "unknown_person"),
        (("ana@district.example", "janitor"), "unknown_role"),
        (("ana@district.example", "teacher", "--school", "GONE"), "unknown_school"),
        (("ana@district.example", "district_admin", "--school", "LIN"), "district_role"),
        (("kim@district.example", "technician"), "role_for_staff"),
        (("off@district.example", "teacher"), "person_inactive"),
        (("not an address", "teacher", "--create", "A B"), "bad_input"),
        (("new@district.example", "teacher", "--create", "Cher"), "bad_name"),
        (("new@district.example", "janitor", "--create", "Ana Diaz"), "unknown_role"),
    ],
)
def test_unusable_input_is_exit_2_and_changes_nothing(
    run: Any, ana: Any, school: Any, words: tuple[str, ...], error: str
) -> None:
    StudentFactory(email="kim@district.example")
    PersonFactory(email="off@district.example", is_active=False)
    people = Person.objects.humans().count()

    code, out, err = run("grant_role", *words)
    assert (code, out) == (2, "")
    assert err.startswith(f"{error}: ")
    code, out, err = run("grant_role", *words, "--json")
    assert (code, err) == (2, "")
    assert [e["code"] for e in json.loads(out)["errors"]] == [error]
    assert not RoleAssignment.objects.exists()
    assert Person.objects.humans().count() == people


def test_a_dry_run_keeps_nothing(run: Any, db: Any) -> None:
    words = ("grant_role", "new@district.example", "district_admin", "--create", "Ana Diaz", "--invite", "--dry-run")

    code, out, _err = run(*words)
    assert code == 0 and "nothing was changed" in out and "invitation/" not in out
    told = json.loads(run(*words, "--json")[1])
    assert (told["created"], told["dry_run"], told["invitation"]) == (2, True, None)
    assert not Person.objects.exists() and not Invitation.objects.exists()


def test_the_first_administrator_of_an_empty_district(run: Any, db: Any) -> None:
    words = ("grant_role", "Ana@District.example", "district_admin", "--create", "Ana Maria Diaz", "--invite")

    code, out, _err = run(*words)

    assert code == 0
    link = out.strip().splitlines()[-1]
    person = Person.objects.get(email="ana@district.example")
    assert (person.given_name, person.family_name, person.kind) == ("Ana Maria", "Diaz", "staff")
    client, path = Client(), link.removeprefix("http://127.0.0.1:8000")
    good = {"password": "violet ladder morning", "again": "violet ladder morning"}
    assert client.post(path, good).status_code == 302
    assert client.get("/people/").status_code == 200
    # Once more, when she has a password: nothing new, and no link that could take her account over.
    code, out, err = run(*words)
    assert code == 0 and "already" in out and "invitation/" not in out
    assert "No invitation" in err


def test_a_token_stands_alone_on_a_line(run: Any, ana: Any, school: Any) -> None:
    code, out, err = run("create_token", ana.email, "--scope", "read", "--school", "LIN", "--days", "30")

    assert code == 0 and "only now" in err
    secret = out.removesuffix("\n")
    assert "\n" not in secret and " " not in secret
    token = ApiToken.objects.get()
    assert token.secret_hash == secret_hash(secret)
    assert (token.person_id, token.scope, token.school_id) == (ana.pk, "read", school.pk)
    assert dt.timedelta(days=29) < token.expires_at - now() <= dt.timedelta(days=30)


def test_a_token_as_json(run: Any, ana: Any) -> None:
    code, out, err = run("create_token", ana.email, "--scope", "write", "--name", "Export", "--json")
    told = json.loads(out)
    assert (code, err) == (0, "")
    assert secret_hash(told["token"]) == ApiToken.objects.get(name="Export").secret_hash
    assert (told["created"], told["scope"], told["school"], told["expires_at"]) == (1, "write", None, None)


def test_a_token_for_some_parts(run: Any, ana: Any) -> None:
    words = ("create_token", ana.email, "--scope", "read", "--domain", "tickets", "--domain", "devices", "--json")
    assert json.loads(run(*words)[1])["domains"] == ["devices", "tickets"]
    assert ApiToken.objects.get().domains == ["devices", "tickets"]


def test_a_token_of_a_dry_run_is_not_shown_and_not_kept(run: Any, ana: Any) -> None:
    code, out, err = run("create_token", ana.email, "--scope", "read", "--dry-run")
    assert (code, out) == (0, "") and "Nothing was changed" in err
    assert json.loads(run("create_token", ana.email, "--scope", "read", "--dry-run", "--json")[1])["token"] is None
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("nobody@district.example", "--scope", "read"), "unknown_person"),
        (("ana@district.example", "--scope", "admin"), "bad_input"),
        (("ana@district.example", "--scope", "read", "--school", "GONE"), "unknown_school"),
        (("ana@district.example", "--scope", "read", "--days", "0"), "bad_date"),
        (("ana@district.example", "--scope", "read", "--domain", "secrets"), "unknown_domain"),
        (("ana@district.example", "--scope", "read", "--days", "99999999"), "bad_date"),
        (("ana@district.example", "--scope", "read", "--name", "x" * 101), "bad_input"),
    ],
)
def test_an_unusable_token_is_exit_2(run: Any, ana: Any, words: tuple[str, ...], error: str) -> None:
    code, out, err = run("create_token", *words)
    assert (code, out) == (2, "")
    assert err.startswith(f"{error}: ")
    assert not ApiToken.objects.exists()

"""The pages of an undo: the button, what it says before, what it lists afterwards; who may."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

import techdesk.jobs.tasks  # noqa: F401 - declares the jobs
from techdesk.directory.actions import change_person
from techdesk.directory.models import Person
from techdesk.jobs.actions import drain_slow
from techdesk.jobs.actions.imports import forget_touches
from techdesk.jobs.models import ImportRun, ImportTouch
from tests.directory.imports.commands import import_oneroster
from tests.directory.imports.rosters import changed, good, user, write
from tests.factories import SchoolFactory, person_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Any:
    return person_with("district_admin")


@pytest.fixture
def client(signed_in: Any, admin: Any) -> Client:
    return signed_in(admin)


@pytest.fixture
def run(tmp_path: Path) -> ImportRun:
    import_oneroster(write(tmp_path / "1", good()))
    files = changed(good(), "users", "zoe", grades="06")
    files["users"] = [*files["users"], user("new", givenName="New")]
    _code, summary = import_oneroster(write(tmp_path / "2", files))
    return ImportRun.objects.get(key=summary["imports"][0])


def test_from_the_button_to_undone(client: Client, run: ImportRun, admin: Any) -> None:
    page = client.get(f"/imports/{run.key}/").content.decode()
    assert "Undo this import" in page and f"/imports/{run.key}/undo/" in page
    asked = client.get(f"/imports/{run.key}/undo/").content.decode()
    assert "2 rows are taken back." in asked and "newer import" not in asked
    answer = client.post(f"/imports/{run.key}/undo/", {"version": run.version})
    run.refresh_from_db()
    assert answer["Location"] == f"/jobs/{run.job_run.key}/" and run.state == "undoing"
    working = client.get(f"/imports/{run.key}/").content.decode()
    assert "Techdesk is working on it" in working and "/undo/" not in working
    drain_slow()
    run.refresh_from_db()
    assert run.state == "undone" and run.job_run.done == run.job_run.total > 0
    after = client.get(f"/imports/{run.key}/").content.decode()
    assert "Everything is as it was before." in after and "Taken back" in after and "/undo/" not in after
    assert Person.objects.get(username="zoe").grade == "05" and not Person.objects.filter(username="new").exists()


def test_what_was_left_is_listed(client: Client, run: ImportRun, admin: Any) -> None:
    change_person(actor=admin, person=Person.objects.get(username="zoe"), phone="555 0100")
    client.post(f"/imports/{run.key}/undo/", {"version": run.version})
    drain_slow()
    page = client.get(f"/imports/{run.key}/").content.decode()
    assert "but not all of it" in page
    listed = client.get(f"/imports/{run.key}/?undone=refused").content.decode()
    assert "Zoë Martin" in listed and "changed_since_import" in listed and "New Familynew" not in listed


def test_the_newer_import_is_named(client: Client, run: ImportRun) -> None:
    older = ImportRun.objects.exclude(pk=run.pk).get()
    page = client.get(f"/imports/{older.key}/undo/").content.decode()
    assert "Undo the newer import first" in page and f"/imports/{run.key}/" in page


def test_twice_and_late(client: Client, run: ImportRun) -> None:
    assert client.post(f"/imports/{run.key}/undo/", {"version": run.version - 1}).status_code == 409
    assert client.post(f"/imports/{run.key}/undo/", {"version": run.version}).status_code == 302
    assert client.post(f"/imports/{run.key}/undo/", {"version": run.version}).status_code == 409
    answer = client.get(f"/imports/{run.key}/undo/")
    assert answer["Location"] == f"/imports/{run.key}/"


def test_who_may(signed_in: Any, run: ImportRun) -> None:
    school = SchoolFactory()
    allowed = [
        ("teacher", school, {403, 404}),
        ("technician", school, {403, 404}),
        ("district_technician", None, {200}),
    ]
    for role, place, status in allowed:
        assert signed_in(person_with(role, place)).get(f"/imports/{run.key}/undo/").status_code in status
    assert Client().get(f"/imports/{run.key}/undo/").status_code == 302


def test_what_lies_long_back_cannot_be_undone(client: Client, run: ImportRun) -> None:
    assert forget_touches() == 0
    ImportRun.objects.filter(pk=run.pk).update(created_at="2025-01-01T00:00:00Z")
    assert forget_touches() > 0
    assert not ImportTouch.objects.filter(run=run).exists()
    answer = client.post(f"/imports/{run.key}/undo/", {"version": run.version})
    assert answer.status_code == 409 and "not kept any more" in answer.content.decode()

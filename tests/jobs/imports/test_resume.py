"""kill -9 of the worker at random rows: what comes out is what an undisturbed import leaves, or an undisturbed undo."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

import techdesk.jobs.tasks  # noqa: F401 - declares the jobs
from techdesk.audit.models import AuditEntry, ChangeEvent
from techdesk.directory.actions import service_person
from techdesk.directory.imports.oneroster import ONEROSTER
from techdesk.directory.models import Section
from techdesk.jobs.actions import drain_slow
from techdesk.jobs.actions.imports import confirm_import, confirm_undo, upload_import
from techdesk.jobs.models import ImportRow, ImportRun, ImportTouch
from tests.directory.imports.dumps import dump
from tests.directory.imports.rosters import enrolment, good, pack, section, user, write
from tests.jobs.imports.tables import tables
from tests.jobs.imports.workers import killed_at

SOURCE = "maple-sis"


@pytest.fixture(autouse=True)
def var(settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path / "var"


def _roster(tmp_path: Path, rows: int) -> bytes:
    """About `rows` rows: three of five are people, the others say who is in which class."""
    files = good()
    people = [f"u{number}" for number in range(rows * 3 // 5)]
    classes = [f"k{number}" for number in range(max(rows // 200, 2))]
    files["users"] += [user(key, email=f"{key}@students.example") for key in people]
    files["classes"] += [section(key, title=f"Class {key}", classType="scheduled") for key in classes]
    places = [(key, classes[turn % len(classes)]) for turn, key in enumerate(people)][
        : rows - len(people) - len(classes)
    ]
    files["enrollments"] += [enrolment(f"x{key}", place, key) for key, place in places]
    return pack(write(tmp_path / f"r{rows}", files), tmp_path / f"{rows}.zip").read_bytes()


def _told() -> tuple[Counter[Any], Counter[Any]]:
    """How often each thing was told: nothing twice, nothing not at all."""
    # A class is told once for each batch that brings members, and where batches begin depends on where the kill fell.
    by_batch = {"object_type": "sections", "verb": "change"}
    entries = AuditEntry.objects.exclude(object_type="imports").exclude(**by_batch)
    events = ChangeEvent.objects.exclude(object_type="imports").exclude(**by_batch)
    return Counter(entries.values_list("object_type", "verb")), Counter(events.values_list("object_type", "verb"))


def _upload(content: bytes) -> ImportRun:
    return upload_import(
        actor=service_person("roster"), kind=ONEROSTER, uploads=[SimpleUploadedFile("roster.zip", content)]
    )


def _places(rows: int, count: int) -> list[int]:
    return sorted(random.sample(range(1, rows * 9 // 10), count))


def _applied() -> int:
    return ImportRow.objects.filter(applied=True).count()


def _undone() -> int:
    return ImportTouch.objects.exclude(verdict="").count()


def _undisturbed(content: bytes) -> tuple[dict[str, Any], Any, dict[str, int]]:
    run = _upload(content)
    drain_slow()
    confirm_import(actor=service_person("roster"), run=run)
    drain_slow()
    run.refresh_from_db()
    assert run.state == "applied"
    found = dump(SOURCE), _told(), run.summary["done"]
    call_command("flush", interactive=False, verbosity=0)
    return found


def _kill_and_compare(tmp_path: Path, rows: int, kills: int) -> None:
    content = _roster(tmp_path, rows)
    expected, told, done = _undisturbed(content)
    assert len(expected["people"]) > rows // 2
    run = _upload(content)
    log = tmp_path / "workers.log"
    read = killed_at(ImportRow.objects.count, _places(rows, 1), log)
    run.refresh_from_db()
    assert run.state == "staged", log.read_text()[-3000:]
    confirm_import(actor=service_person("roster"), run=run)
    killed = killed_at(_applied, _places(rows, kills), log)
    run.refresh_from_db()
    assert run.state == "applied", log.read_text()[-3000:]
    assert (read, killed) == (1, kills), "each worker was really killed in the middle of its work"
    assert dump(SOURCE) == expected
    assert _told() == told
    assert run.summary["done"] == done
    assert run.job_run.state == "done"


@pytest.mark.django_db(transaction=True)
def test_killed_at_three_rows_of_2000(tmp_path: Path) -> None:
    _kill_and_compare(tmp_path, 2_000, 3)


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_killed_at_ten_rows_of_20000(tmp_path: Path) -> None:
    _kill_and_compare(tmp_path, 20_000, 10)


def _import(content: bytes) -> ImportRun:
    run = _upload(content)
    drain_slow()
    confirm_import(actor=service_person("roster"), run=run, force=True)
    drain_slow()
    run.refresh_from_db()
    assert run.state == "applied"
    return run


def _kill_undo_and_compare(tmp_path: Path, rows: int, kills: int) -> None:
    for slug in ("roster", "imports"):
        service_person(slug)
    _import(_roster(tmp_path, 100))
    before = tables()
    sections = dict(Section.objects.values_list("pk", "version"))
    run = _import(_roster(tmp_path, rows))
    confirm_undo(actor=service_person("roster"), run=run)
    touches = ImportTouch.objects.filter(run=run).count()
    assert touches > rows
    killed = killed_at(_undone, _places(touches, kills), tmp_path / "workers.log")
    run.refresh_from_db()
    assert run.state == "undone", (tmp_path / "workers.log").read_text()[-3000:]
    assert killed == kills
    assert tables() == before
    assert run.summary["undone"]["refused"] == run.summary["undone"]["kept"] == 0
    assert all(version >= sections[pk] for pk, version in Section.objects.values_list("pk", "version"))


@pytest.mark.django_db(transaction=True)
def test_an_undo_killed_at_two_rows_of_2000(tmp_path: Path) -> None:
    _kill_undo_and_compare(tmp_path, 2_000, 2)


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_an_undo_killed_at_five_rows_of_20000(tmp_path: Path) -> None:
    _kill_undo_and_compare(tmp_path, 20_000, 5)

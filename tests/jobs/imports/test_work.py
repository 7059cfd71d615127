"""What workers do for an import: a second worker that comes to a run leaves it alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

import techdesk.jobs.tasks  # noqa: F401 - declares the jobs
from techdesk.base.clock import now
from techdesk.base.errors import BadInput, NotPossible
from techdesk.directory.actions import service_person
from techdesk.directory.imports.oneroster import ONEROSTER
from techdesk.jobs.actions import drain_slow
from techdesk.jobs.actions.imports import (
    apply_confirmed,
    apply_import,
    begin_apply,
    confirm_import,
    confirm_undo,
    fail_import,
    stage_import,
    stage_uploaded,
    upload_import,
)
from techdesk.jobs.actions.imports.uploads import waiting_inputs
from techdesk.jobs.actions.outbox import MAX_ATTEMPTS
from techdesk.jobs.imports.lock import AtWork, one_at_a_time, one_worker
from techdesk.jobs.models import ImportRow, ImportRun, Job
from tests.directory.imports.rosters import good, pack, write


@pytest.fixture(autouse=True)
def uploads(settings: Any, tmp_path: Path) -> Path:
    settings.VAR = tmp_path / "var"
    return settings.VAR / "uploads"


def _uploaded(tmp_path: Path) -> ImportRun:
    archive = pack(write(tmp_path / "r", good()), tmp_path / "r.zip")
    file = SimpleUploadedFile("roster.zip", archive.read_bytes())
    return upload_import(actor=service_person("roster"), kind=ONEROSTER, uploads=[file])


@contextmanager
def _held_elsewhere(lock: AbstractContextManager[None]) -> Iterator[None]:
    """While the block runs, another connection holds `lock`."""
    holds, done = Event(), Event()

    def hold() -> None:
        try:
            with lock:
                holds.set()
                done.wait(20)
        finally:
            connection.close()

    thread = Thread(target=hold)
    thread.start()
    assert holds.wait(20)
    try:
        yield
    finally:
        done.set()
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_a_second_worker_neither_fails_nor_empties_a_run_that_is_being_read(tmp_path: Path, uploads: Path) -> None:
    run = _uploaded(tmp_path)
    with _held_elsewhere(one_worker(run.pk)):
        with pytest.raises(AtWork):
            stage_uploaded(run_id=run.pk)
        assert drain_slow() == 1
    run.refresh_from_db()
    assert run.state == "reading" and len(list(uploads.iterdir())) == 1
    waiting = Job.objects.get(kind="jobs.stage_import")
    assert waiting.state == "waiting", "whoever was at it may still die"
    stage_uploaded(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == "staged" and not list(uploads.iterdir())


@pytest.mark.django_db(transaction=True)
def test_a_second_worker_does_not_stop_an_apply(tmp_path: Path) -> None:
    run = _uploaded(tmp_path)
    stage_uploaded(run_id=run.pk)
    actor = service_person("roster")
    confirm_import(actor=actor, run=run)
    with _held_elsewhere(one_worker(run.pk)), pytest.raises(AtWork):
        apply_confirmed(run_id=run.pk, actor_id=actor.pk)
    run.refresh_from_db()
    assert run.state == "applying" and "stopped" not in run.summary
    apply_confirmed(run_id=run.pk, actor_id=actor.pk)
    run.refresh_from_db()
    assert run.state == "applied"


@pytest.mark.django_db(transaction=True)
def test_an_apply_that_meets_another_import_can_be_pressed_again(tmp_path: Path) -> None:
    run = _uploaded(tmp_path)
    stage_uploaded(run_id=run.pk)
    run.refresh_from_db()
    actor = service_person("roster")
    confirm_import(actor=actor, run=run)
    with _held_elsewhere(one_at_a_time(run.kind, run.source)):
        apply_confirmed(run_id=run.pk, actor_id=actor.pk)
    run.refresh_from_db()
    assert run.state == "staged" and "running" in run.summary["stopped"]


@pytest.mark.django_db
def test_uploads_of_a_run_that_was_read_do_not_stay(tmp_path: Path, uploads: Path) -> None:
    """The worker died after the last row was kept and before the files were deleted."""
    run = _uploaded(tmp_path)
    stage_import(run=run, inputs=waiting_inputs(run.files))
    assert list(uploads.iterdir())
    stage_uploaded(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == "staged" and not list(uploads.iterdir())


@pytest.mark.django_db
def test_a_run_that_was_read_by_somebody_else_is_not_closed_again(tmp_path: Path) -> None:
    run = _uploaded(tmp_path)
    late = ImportRun.objects.get(pk=run.pk)
    inputs = waiting_inputs(run.files)
    ImportRun.objects.filter(pk=run.pk).update(state="discarded")
    with pytest.raises(NotPossible) as refusal:
        stage_import(run=late, inputs=inputs)
    assert refusal.value.code == "not_ready"
    assert ImportRun.objects.get(pk=run.pk).state == "discarded"


@pytest.mark.django_db
def test_what_was_applied_keeps_its_rows(tmp_path: Path) -> None:
    run = _uploaded(tmp_path)
    stage_uploaded(run_id=run.pk)
    actor = service_person("roster")
    apply_import(actor=actor, run=begin_apply(actor=actor, run=run))
    fail_import(run=run, refusal=BadInput("late", code="late"))
    run.refresh_from_db()
    assert run.state == "applied" and ImportRow.objects.filter(run=run, applied=True).count() == 13


def _die_each_time(kind: str) -> None:
    """The worker that carries out the job was killed, as often as it is tried."""
    Job.objects.filter(kind=kind).update(attempts=MAX_ATTEMPTS, lease_until=now() - dt.timedelta(seconds=1))
    drain_slow()
    assert Job.objects.get(kind=kind).state == "dead"


@pytest.mark.django_db
def test_an_import_whose_job_was_given_up_does_not_stay_half_read(tmp_path: Path, uploads: Path) -> None:
    run = _uploaded(tmp_path)
    _die_each_time("jobs.stage_import")
    run.refresh_from_db()
    assert (run.state, run.summary["code"], run.job_run.state) == ("failed", "import_broke", "failed")
    assert not list(uploads.iterdir())


@pytest.mark.django_db
def test_an_apply_or_undo_that_was_given_up_can_be_pressed_again(tmp_path: Path) -> None:
    run = _uploaded(tmp_path)
    drain_slow()
    actor = service_person("roster")
    confirm_import(actor=actor, run=run)
    _die_each_time("jobs.apply_import")
    run.refresh_from_db()
    assert (run.state, run.job_run.state) == ("staged", "failed") and "Apply" in run.summary["stopped"]
    apply_import(actor=actor, run=begin_apply(actor=actor, run=run))
    confirm_undo(actor=actor, run=run)
    _die_each_time("jobs.undo_import")
    run.refresh_from_db()
    assert (run.state, run.job_run.state) == ("applied", "failed") and "Undo" in run.summary["undo_stopped"]
    confirm_undo(actor=actor, run=run)
    drain_slow()
    run.refresh_from_db()
    assert run.state == "undone"

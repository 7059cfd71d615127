"""What a worker does for an import: the three jobs, and what becomes of a run when one of them breaks off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth import get_user_model
from django.utils import translation
from django.utils.translation import gettext as _

from techdesk.base.errors import DomainError
from techdesk.base.log import log
from techdesk.jobs.actions.imports.apply import apply_import, stop_apply
from techdesk.jobs.actions.imports.columns import ask_for_columns
from techdesk.jobs.actions.imports.stage import Tell, fail_import, import_broke, stage_import
from techdesk.jobs.actions.imports.undo import stop_undo, undo_import
from techdesk.jobs.actions.imports.uploads import drop_uploads, waiting_inputs
from techdesk.jobs.actions.runs import tell_progress
from techdesk.jobs.choices import ImportState
from techdesk.jobs.imports.columns import ColumnsToMatch
from techdesk.jobs.imports.kinds import find_kind
from techdesk.jobs.imports.lock import one_worker
from techdesk.jobs.models import ImportRun


def stage_uploaded(*, run_id: int) -> None:
    """Read the uploads of a run, then delete them: a roster export may hold what we never keep. Where a person may
    still say that the columns mean something else, they wait until the import is applied or thrown away.

    A second call after a worker died reads anew; a run that was read already is left as it is. Raises AtWork, and
    leaves run and uploads alone, while another worker reads it: the job asks again later.
    """
    with one_worker(run_id):
        run = _run(run_id)
        if run.state == ImportState.READING:
            _stage(run)
        if not _may_be_read_again(run):
            drop_uploads(run.files)


def _may_be_read_again(run: ImportRun) -> bool:
    run.refresh_from_db(fields=["state"])
    waits = run.state in (ImportState.MAPPING, ImportState.STAGED, ImportState.APPLYING)
    return waits and find_kind(run.kind).mapper is not None


def _stage(run: ImportRun) -> None:
    with _spoken(run):
        try:
            stage_import(run=run, inputs=waiting_inputs(run.files), tell=_teller(run))
        except ColumnsToMatch as refusal:
            ask_for_columns(run=run, refusal=refusal)
        except DomainError as refusal:
            fail_import(run=run, refusal=refusal)
        except Exception:
            log.exception("import broke while it was read", run=run.pk)
            fail_import(run=run, refusal=import_broke())


def apply_confirmed(*, run_id: int, actor_id: int) -> None:
    """Apply a run that was confirmed. A second call after a worker died goes on where it stopped.

    Raises AtWork, and leaves the run alone, while another worker applies it: the job asks again later.
    """
    with one_worker(run_id):
        run = _run(run_id)
        if run.state == ImportState.APPLYING:
            _apply(run, get_user_model().objects.get(pk=actor_id))
        if not _may_be_read_again(run):
            drop_uploads(run.files)


def _apply(run: ImportRun, actor: Any) -> None:
    with _spoken(run):
        try:
            apply_import(actor=actor, run=run, tell=_teller(run))
        except DomainError as refusal:
            stop_apply(run=run, message=str(refusal))
        except Exception:
            log.exception("import broke while it was applied", run=run.pk)
            message = _("Something went wrong on our side. What was applied stays; press “Apply” to go on.")
            stop_apply(run=run, message=message)


def undo_confirmed(*, run_id: int, actor_id: int) -> None:
    """Undo a run that somebody asked to undo. As `apply_confirmed`: a second call goes on; raises AtWork."""
    with one_worker(run_id):
        run = _run(run_id)
        if run.state == ImportState.UNDOING:
            _undo(run, get_user_model().objects.get(pk=actor_id))


def _undo(run: ImportRun, actor: Any) -> None:
    with _spoken(run):
        try:
            undo_import(actor=actor, run=run, tell=_teller(run))
        except DomainError as refusal:
            stop_undo(run=run, message=str(refusal))
        except Exception:
            log.exception("import broke while it was undone", run=run.pk)
            message = _("Something went wrong on our side. What was taken back stays so; press “Undo” to go on.")
            stop_undo(run=run, message=message)


def stage_gave_up(*, run_id: int) -> None:
    """The workers that read a run died, one after the other."""
    run = _run(run_id)
    with _spoken(run):
        fail_import(run=run, refusal=import_broke())
    drop_uploads(run.files)


def apply_gave_up(*, run_id: int, actor_id: int) -> None:
    """The workers that applied a run died, one after the other."""
    run = _run(run_id)
    with _spoken(run):
        stop_apply(run=run, message=_("It did not get through. What was applied stays; press “Apply” to go on."))


def undo_gave_up(*, run_id: int, actor_id: int) -> None:
    """The workers that undid a run died, one after the other."""
    run = _run(run_id)
    with _spoken(run):
        stop_undo(run=run, message=_("It did not get through. What was taken back stays so; press “Undo” to go on."))


def _run(run_id: int) -> ImportRun:
    return ImportRun.objects.select_related("job_run", "owner").get(pk=run_id)


@contextmanager
def _spoken(run: ImportRun) -> Iterator[None]:
    """Messages are kept in the language of the person who will read them."""
    with translation.override(getattr(run.owner, "language", "") or "en"):
        yield


def _teller(run: ImportRun) -> Tell | None:
    watched = run.job_run
    if watched is None:
        return None
    return lambda done, total: tell_progress(watched, done=done, total=total)

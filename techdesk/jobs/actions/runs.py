"""Progress of long work, for the people who wait for it."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from techdesk.base.clock import now
from techdesk.jobs.choices import RunState
from techdesk.jobs.models import JobRun


@transaction.atomic
def start_run(*, actor: Any, kind: str, title: str, total: int = 0) -> JobRun:
    """Open a run that its owner can watch. The caller enqueues the work itself."""
    return JobRun.objects.create(kind=kind, title=title, owner=actor, total=total)


def tell_progress(run: JobRun, *, done: int, total: int | None = None) -> None:
    """Say how far the work is; commits at once when called outside a transaction."""
    run.state, run.done = RunState.RUNNING, done
    if total is not None:
        run.total = total
    run.save(update_fields=["state", "done", "total"])


@transaction.atomic
def finish_run(run: JobRun, *, failed: bool = False, message: str = "", result: dict[str, Any] | None = None) -> None:
    """Close a run. A second call changes nothing: the first word stands."""
    kept = JobRun.objects.select_for_update().get(pk=run.pk)
    if kept.finished_at is not None:
        return
    kept.state = RunState.FAILED if failed else RunState.DONE
    kept.message, kept.result, kept.finished_at = message, result or {}, now()
    if not failed:
        kept.done = max(kept.done, kept.total)
    kept.save()

"""The doorbell: a tick that asks whether work is due. Losing one, or getting two, changes nothing."""

from __future__ import annotations

from celery import shared_task

from techdesk.celery import every
from techdesk.jobs.actions import drain, drain_slow, forget_unused_files, job, missing_files
from techdesk.jobs.actions.imports import (
    apply_confirmed,
    apply_gave_up,
    forget_touches,
    stage_gave_up,
    stage_uploaded,
    sweep_uploads,
    undo_confirmed,
    undo_gave_up,
)


@every(1, name="jobs.drain")
@shared_task(name="jobs.drain")
def drain_task() -> None:
    drain()


@every(1, name="jobs.drain-slow")
@shared_task(name="jobs.drain_slow")
def drain_slow_task() -> None:
    drain_slow()


# An import of 100,000 rows takes minutes; a worker that died is replaced when the lease ends.
job("jobs.stage_import", lease_seconds=900, is_slow=True, gave_up=stage_gave_up)(stage_uploaded)
job("jobs.apply_import", lease_seconds=900, is_slow=True, gave_up=apply_gave_up)(apply_confirmed)
job("jobs.undo_import", lease_seconds=900, is_slow=True, gave_up=undo_gave_up)(undo_confirmed)


@every(6 * 3600, name="jobs.sweep_uploads")
@shared_task(name="jobs.sweep_uploads")
def sweep_uploads_task() -> None:
    sweep_uploads()


@every(6 * 3600, name="jobs.forget_touches")
@shared_task(name="jobs.forget_touches")
def forget_touches_task() -> None:
    forget_touches()


@every(6 * 3600, name="jobs.forget_unused_files")
@shared_task(name="jobs.forget_unused_files")
def forget_unused_files_task() -> None:
    forget_unused_files()


@every(24 * 3600, name="jobs.missing_files")
@shared_task(name="jobs.missing_files")
def missing_files_task() -> None:
    missing_files()

"""The job outbox: what must follow a change is a row in the change's own transaction.

A worker claims rows with a lease and commits, works, and marks them done; a row whose worker died is claimed again
when the lease ends. Every job function must therefore stand being run twice.
"""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pghistory
from django.db import connection, transaction

from techdesk.base.clock import now
from techdesk.base.errors import DomainError
from techdesk.base.log import log
from techdesk.jobs.choices import JobState
from techdesk.jobs.imports.lock import AtWork
from techdesk.jobs.models import Job

MAX_ATTEMPTS = 8
#: When to look again at a job that another worker is still carrying out.
BUSY = dt.timedelta(seconds=30)
SLOW_LOCK = 0x7EC4_0010


@dataclass(frozen=True)
class JobKind:
    run: Callable[..., None]
    lease: dt.timedelta
    is_slow: bool
    gave_up: Callable[..., None] | None


_kinds: dict[str, JobKind] = {}


def job(
    kind: str,
    *,
    lease_seconds: int = 120,
    is_slow: bool = False,
    gave_up: Callable[..., None] | None = None,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare the function that carries out jobs of `kind`; it gets the payload as keyword arguments (ids only).

    `lease_seconds` must exceed the longest run. Slow jobs (minutes) are carried out one at a time, so that they
    never take all workers from mail and quick work. `gave_up` gets the same payload when the job is tried no more, in
    the transaction that says so: what waits for it must not wait for ever. Declare it in the app's tasks.py.
    """

    def register(run: Callable[..., None]) -> Callable[..., None]:
        _kinds[kind] = JobKind(run, dt.timedelta(seconds=lease_seconds), is_slow, gave_up)
        return run

    return register


def enqueue(kind: str, *, key: str | None = None, available_at: dt.datetime | None = None, **payload: Any) -> None:
    """Ask for a job in the present transaction. `key` makes it unique for ever: a second request is ignored.

    Payload values are ids and plain JSON values; they may be read by an operator, so no names of people.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("enqueue() belongs in the transaction of the change it follows")
    Job.objects.bulk_create(
        [Job(kind=kind, key=key, payload=payload, available_at=available_at or now())],
        ignore_conflicts=key is not None,
    )


def _claim(*, slow: bool) -> Job | None:
    """The next due job, ours for its lease. One at a time: a job that waited behind a long one would outlive its lease
    and be carried out twice."""
    moment = now()
    slow_kinds = [kind for kind, known in _kinds.items() if known.is_slow]
    with transaction.atomic():
        due = Job.objects.due(moment)
        due = due.filter(kind__in=slow_kinds) if slow else due.exclude(kind__in=slow_kinds)
        row = due.select_for_update(skip_locked=True).first()
        if row is None:
            return None
        known = _kinds.get(row.kind)
        row.lease_until = moment + (known.lease if known else dt.timedelta(seconds=60))
        row.attempts += 1
        row.save(update_fields=["lease_until", "attempts"])
    return row


def _back_off(attempts: int) -> dt.timedelta:
    """5 s, 10 s, 20 s … up to an hour, with a quarter of jitter so that a herd spreads."""
    seconds = min(5 * 2 ** (attempts - 1), 3600)
    return dt.timedelta(seconds=seconds * random.uniform(0.75, 1.25))  # noqa: S311


def _settle(row: Job, *, error: str = "", final: bool = False) -> None:
    with transaction.atomic():
        kept = Job.objects.select_for_update().get(pk=row.pk)
        kept.lease_until = None
        kept.last_error = error
        if not error:
            kept.state, kept.done_at = JobState.DONE, now()
        elif final or kept.attempts >= MAX_ATTEMPTS:
            kept.state = JobState.DEAD
            _give_up(kept)
        else:
            kept.available_at = now() + _back_off(kept.attempts)
        kept.save()


def _give_up(row: Job) -> None:
    known = _kinds.get(row.kind)
    if known is None or known.gave_up is None:
        return
    try:
        with transaction.atomic():
            known.gave_up(**row.payload)
    except Exception:  # the job is dead all the same
        log.exception("giving up a job failed", kind=row.kind, job=row.pk)


def _put_off(row: Job) -> None:
    """Somebody else is at it: look again in a while. This was no attempt."""
    with transaction.atomic():
        kept = Job.objects.select_for_update().get(pk=row.pk)
        if kept.state == JobState.WAITING:
            kept.lease_until, kept.attempts = None, max(kept.attempts - 1, 0)
            kept.available_at = now() + BUSY
            kept.save(update_fields=["lease_until", "attempts", "available_at"])


def _carry_out(row: Job) -> None:
    known = _kinds.get(row.kind)
    if known is None:
        _settle(row, error=f"Nothing is declared for {row.kind}")
        return
    if row.attempts > MAX_ATTEMPTS:
        _settle(row, error="The worker died each time", final=True)
        return
    try:
        with pghistory.context(job=row.kind, job_id=row.pk):
            known.run(**row.payload)
    except AtWork:
        _put_off(row)
    except DomainError as refusal:
        log.warning("job refused", kind=row.kind, job=row.pk, code=refusal.code)
        _settle(row, error=f"{refusal.code}: {refusal}", final=True)
    except Exception as error:  # a poisonous job must not stop the others
        log.exception("job failed", kind=row.kind, job=row.pk)
        _settle(row, error=f"{type(error).__name__}: {error}"[:2000])
    else:
        _settle(row)


def drain(*, seconds: float = 20.0, slow: bool = False) -> int:
    """Carry out due jobs until none is left or `seconds` have passed; return how many were carried out.

    Quick ones, or with `slow` the slow ones (see `drain_slow`). Any number of workers may drain at once: each row
    is claimed by one.
    """
    until = time.monotonic() + seconds
    carried_out = 0
    while time.monotonic() < until and (row := _claim(slow=slow)) is not None:
        _carry_out(row)
        carried_out += 1
    return carried_out


def drain_slow() -> int:
    """Carry out due slow jobs, unless another worker is at it: one at a time in the whole installation."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [SLOW_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        try:
            return drain(slow=True)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [SLOW_LOCK])

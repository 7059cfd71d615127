"""Applying an import that somebody looked at: batch by batch, each in one transaction, so that a worker that dies
continues where it stopped."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from techdesk.audit.actions import record
from techdesk.base.clock import now
from techdesk.base.errors import DomainError, NotPossible, Stale
from techdesk.jobs.actions.imports.conflicts import PAUSES, is_lock_conflict
from techdesk.jobs.actions.imports.stage import BATCH, Tell
from techdesk.jobs.actions.imports.uploads import drop_uploads
from techdesk.jobs.actions.outbox import enqueue
from techdesk.jobs.actions.runs import finish_run, start_run
from techdesk.jobs.choices import WRITES, ImportState, Verdict
from techdesk.jobs.imports.kinds import Part, Scope, find_kind
from techdesk.jobs.imports.lock import one_at_a_time
from techdesk.jobs.imports.touches import capturing
from techdesk.jobs.imports.verdicts import Planned, decide, hold_to_plan, refuse
from techdesk.jobs.models import ImportRow, ImportRun, JobRun

#: Words of the contract for each verdict.
SUMMARY = {
    Verdict.CREATE: "created",
    Verdict.UPDATE: "updated",
    Verdict.UNCHANGED: "unchanged",
    Verdict.DEACTIVATE: "deactivated",
    Verdict.REFUSE: "refused",
}


def confirm_import(*, actor: Any, run: ImportRun, version: int | None = None, force: bool = False) -> JobRun:
    """Have a staged import applied by a worker; return the run that shows how far it is.

    force: the person read that more would vanish than usual, and wants it. Raises Stale when the preview changed
    since `version`; NotPossible `not_ready` (not staged, or somebody pressed the button already), `too_many_removals`.
    """
    with transaction.atomic():
        kept = begin_apply(actor=actor, run=run, version=version, force=force)
        kept.job_run = start_run(actor=actor, kind="import", title=_("Applying %(title)s") % {"title": kept.title})
        kept.save(update_fields=["job_run"])
        enqueue("jobs.apply_import", run_id=kept.pk, actor_id=actor.pk)
        return kept.job_run


@transaction.atomic
def begin_apply(*, actor: Any, run: ImportRun, version: int | None = None, force: bool = False) -> ImportRun:
    """Set a staged import to "being applied"; see `confirm_import`."""
    kept = ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if version is not None and version != kept.version:
        raise Stale(_("This import changed while you looked at it. Look at it again, then apply it."))
    if kept.state != ImportState.STAGED:
        raise NotPossible(_("This import is not waiting to be applied."), code="not_ready")
    if kept.summary.get("removals") and not force:
        raise NotPossible(too_many_removals(kept), code="too_many_removals")
    kept.state = ImportState.APPLYING
    kept.write("state")
    record(actor=actor, verb="begin_apply", thing=kept, facts={"force": force})
    return kept


def too_many_removals(run: ImportRun) -> str:
    """The words for a run that would take away more than its guard allows."""
    kind = find_kind(run.kind)
    parts = [
        _("%(gone)d of %(listed)d (%(part)s)")
        % {"gone": found["gone"], "listed": found["listed"], "part": kind.part(found["part"]).label}
        for found in run.summary.get("removals", [])
    ]
    message = _("%(parts)s are no longer in the files. That is more than usual, so nothing was changed. ")
    message += _("If the files are complete, confirm that these may go.")
    return message % {"parts": ", ".join(parts)}


def apply_import(*, actor: Any, run: ImportRun, tell: Tell | None = None) -> ImportRun:
    """Carry out what the preview showed. Not atomic as a whole; a second call goes on with what is left.

    Each batch compares again under locks: rows whose object changed meanwhile are refused, not overwritten. Raises
    NotPossible `import_running`, `not_ready` when the run is not being applied.
    """
    run.refresh_from_db()
    if run.state != ImportState.APPLYING:
        raise NotPossible(_("This import is not waiting to be applied."), code="not_ready")
    kind = find_kind(run.kind)
    with one_at_a_time(kind.slug, run.source):
        scope = Scope(run=run, actor=actor)
        total = sum(planned.get(v, 0) for planned in run.summary.get("planned", {}).values() for v in WRITES)
        done = 0
        for part, ids in _planned_batches(run):
            _apply(kind.part(part), ids, actor, scope)
            done += len(ids)
            if tell is not None:
                tell(done, max(total, done))
        _close(run, actor)
    return run


def _planned_batches(run: ImportRun) -> Iterator[tuple[str, list[int]]]:
    """Part and ids of rows still to be carried out, batch by batch, in the order in which they were read: what a row
    refers to was read before it."""
    waiting = ImportRow.objects.of_run(run).filter(applied=False)
    ends: list[int] = []
    for verdict in WRITES:  # each from the index by run and verdict, so that rows of other runs are never read
        rows = waiting.with_verdict(verdict)
        ends += rows.order_by("pk").values_list("pk", flat=True)[:1]
        ends += rows.order_by("-pk").values_list("pk", flat=True)[:1]
    if not ends:
        return
    last, highest = min(ends) - 1, max(ends)
    while True:
        rows = waiting.filter(verdict__in=WRITES, pk__gt=last, pk__lte=highest).order_by("pk")
        found = list(rows.values_list("pk", "part")[:BATCH])
        if not found:
            return
        last = found[-1][0]
        for part, some in groupby(found, key=lambda row: row[1]):
            yield part, [pk for pk, _part in some]


def _apply(part: Part, ids: Sequence[int], actor: Any, scope: Scope) -> None:
    """One batch in one transaction. What a constraint refuses is found by halving, so that one row cannot stop the
    others."""
    problem = _tried(part, ids, actor, scope)
    if problem is None:
        return
    scope.cache.clear()
    if len(ids) > 1:
        middle = len(ids) // 2
        _apply(part, ids[:middle], actor, scope)
        _apply(part, ids[middle:], actor, scope)
        return
    with transaction.atomic():
        row = ImportRow.objects.select_for_update().get(pk=ids[0])
        if isinstance(problem, DomainError):
            refuse(row, problem.code, problem)
        else:
            refuse(row, "conflict", _("Something else here has the same name or number already. Look it up first."))
        row.save(update_fields=["verdict", "code", "message"])


def _tried(part: Part, ids: Sequence[int], actor: Any, scope: Scope) -> Exception | None:
    """Carry out a batch; the refusal when it was refused twice. Where somebody was quicker, the second comparison sees
    it and refuses the right row. Only what met somebody else's lock waits before the next attempt."""
    pauses = list(PAUSES)
    is_second = False
    while True:
        try:
            with transaction.atomic(), capturing(scope.run):
                _apply_batch(part, ids, actor, scope)
            return None
        except OperationalError as error:
            if not is_lock_conflict(error) or not pauses:
                raise
            time.sleep(pauses.pop(0))
        except (IntegrityError, DomainError) as error:
            if is_second:
                return error
            is_second = True
        scope.cache.clear()


def _apply_batch(part: Part, ids: Sequence[int], actor: Any, scope: Scope) -> None:
    rows = list(ImportRow.objects.select_for_update().filter(pk__in=ids, applied=False).order_by("pk"))
    plans = scope.plans = {row.pk: Planned.of(row) for row in rows}
    for row in rows:
        row.target_id, row.before, row.verdict, row.run = None, {}, "", scope.run
    part.compare(rows, scope)
    for row in rows:
        decide(row)
        hold_to_plan(row, plans[row.pk])
    writes = [row for row in rows if row.verdict in WRITES]
    if writes:
        part.write(writes, actor=actor, scope=scope)
    _mark_applied(writes)
    turned = [row for row in rows if row.verdict != plans[row.pk].verdict]
    ImportRow.objects.bulk_update(turned, ["verdict", "code", "message", "before", "target_id"])


def _mark_applied(rows: Sequence[ImportRow]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_importrow AS kept SET applied = true, target_id = done.target"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS done(id, target) WHERE kept.id = done.id",
            [[row.pk for row in rows], [row.target_id for row in rows]],
        )


@transaction.atomic
def _close(run: ImportRun, actor: Any) -> None:
    kept = ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if kept.state != ImportState.APPLYING:
        raise NotPossible(_("This import is not waiting to be applied."), code="not_ready")
    kept.state, kept.applied_at = ImportState.APPLIED, now()
    kept.summary = {**kept.summary, "done": count_verdicts(kept)}
    kept.write("state", "applied_at", "summary")
    record(actor=actor, verb="apply_import", thing=kept, facts=kept.summary["done"])
    if after_apply := find_kind(kept.kind).after_apply:
        with capturing(kept):
            after_apply(actor=actor, run=kept)
    if kept.job_run is not None:
        finish_run(kept.job_run, result={"url": kept.get_absolute_url()})
    run.refresh_from_db()


def count_verdicts(run: ImportRun) -> dict[str, int]:
    """Rows of a run by the words of the contract: created, updated, unchanged, deactivated, refused."""
    counted: Counter[str] = Counter(dict.fromkeys(SUMMARY.values(), 0))
    for verdict, count in ImportRow.objects.filter(run=run).values_list("verdict").annotate(Count("pk")).order_by():
        counted[SUMMARY[Verdict(verdict)]] += count
    return dict(counted)


@transaction.atomic
def stop_apply(*, run: ImportRun, message: str) -> None:
    """An apply broke off: what was done stays done, and the rest can be applied by the same button."""
    kept = ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if kept.state != ImportState.APPLYING:
        return
    kept.state = ImportState.STAGED
    kept.summary = {**kept.summary, "stopped": message}
    kept.write("state", "summary")
    record(actor=kept.owner, verb="stop_apply", thing=kept)
    if kept.job_run is not None:
        finish_run(kept.job_run, failed=True, message=message, result={"url": kept.get_absolute_url()})


@transaction.atomic
def discard_import(*, actor: Any, run: ImportRun) -> ImportRun:
    """Throw a staged import away: its rows go, the run stays as a line of history.

    Raises NotPossible `not_ready` when it is not waiting to be applied, `partly_applied` when some of it was.
    """
    kept = ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if kept.state not in (ImportState.MAPPING, ImportState.STAGED):
        raise NotPossible(_("Only an import that waits to be applied can be thrown away."), code="not_ready")
    if ImportRow.objects.filter(run=kept, applied=True).exists():
        message = _("Some of this import was applied already. Apply the rest instead.")
        raise NotPossible(message, code="partly_applied")
    ImportRow.objects.filter(run=kept).delete()
    kept.state = ImportState.DISCARDED
    kept.write("state")
    record(actor=actor, verb="discard_import", thing=kept)
    transaction.on_commit(lambda: drop_uploads(kept.files))
    return kept

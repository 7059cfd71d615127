"""Undoing an import: what it wrote is taken back, the last transaction first, each in one transaction, so that a
worker that dies continues where it stopped."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from techdesk.audit.actions import record
from techdesk.base.clock import now
from techdesk.base.errors import NotPossible, Stale
from techdesk.jobs.actions.imports.stage import Tell
from techdesk.jobs.actions.imports.undo_batch import CHANGED, CONFLICT, STILL_NEEDED, undo_batch
from techdesk.jobs.actions.outbox import enqueue
from techdesk.jobs.actions.runs import finish_run, start_run
from techdesk.jobs.choices import WRITES, ImportState, Undone
from techdesk.jobs.imports.kinds import find_kind
from techdesk.jobs.imports.lock import one_at_a_time
from techdesk.jobs.imports.references import References
from techdesk.jobs.imports.touches import root_of
from techdesk.jobs.models import ImportRow, ImportRun, ImportTouch, JobRun

#: How long an import that was applied can be undone.
REMEMBERED_DAYS = 90


def confirm_undo(*, actor: Any, run: ImportRun, version: int | None = None) -> JobRun:
    """Have an import undone by a worker; return the run that shows how far it is. Raises as `begin_undo` does."""
    with transaction.atomic():
        kept = begin_undo(actor=actor, run=run, version=version)
        kept.job_run = start_run(actor=actor, kind="undo", title=_("Undoing %(title)s") % {"title": kept.title})
        kept.save(update_fields=["job_run"])
        enqueue("jobs.undo_import", run_id=kept.pk, actor_id=actor.pk)
        return kept.job_run


@transaction.atomic
def begin_undo(*, actor: Any, run: ImportRun, version: int | None = None) -> ImportRun:
    """Set an import that was applied, wholly or in part, to "being undone".

    Raises Stale when it changed since `version`; NotPossible `not_ready` (not applied, or somebody pressed the button
    already), `not_remembered` (applied so long ago that what was there before is not kept any more).
    """
    kept = ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if version is not None and version != kept.version:
        raise Stale(_("This import changed while you looked at it. Look at it again, then undo it."))
    if not is_undoable(kept):
        raise NotPossible(_("Only an import that was applied can be undone, and only once."), code="not_ready")
    if not ImportTouch.objects.of_run(kept).exists() and _written(kept).exists():
        message = _("What was there before this import is not kept any more, so it cannot be undone.")
        raise NotPossible(message, code="not_remembered")
    kept.state = ImportState.UNDOING
    kept.summary = {name: value for name, value in kept.summary.items() if name not in ("stopped", "undo_stopped")}
    kept.write("state", "summary")
    record(actor=actor, verb="begin_undo", thing=kept)
    return kept


def is_undoable(run: ImportRun) -> bool:
    """Was the run applied, or stopped while it was?"""
    if run.state == ImportState.APPLIED:
        return True
    return run.state == ImportState.STAGED and _written(run).exists()


def rows_to_undo(run: ImportRun) -> int:
    """How many rows of the files an undo would take back."""
    count: int = _written(run).count()
    return count


def _written(run: ImportRun) -> Any:
    return ImportRow.objects.of_run(run).filter(applied=True, verdict__in=WRITES)


def undo_import(*, actor: Any, run: ImportRun, tell: Tell | None = None) -> ImportRun:
    """Take back what the import wrote. Not atomic as a whole; a second call goes on with what is left.

    See `undo_batch` for what is left as it is and what is switched off; `run.summary["undone"]` counts the rows of the
    files: done, kept, refused. Raises NotPossible `import_running`, `not_ready` when the run is not being undone.
    """
    run.refresh_from_db()
    if run.state != ImportState.UNDOING:
        raise NotPossible(_("This import is not being undone."), code="not_ready")
    with one_at_a_time(run.kind, run.source):
        references = References()
        waiting = ImportTouch.objects.of_run(run).waiting().count()
        total = ImportTouch.objects.of_run(run).count()
        while touches := _last_batch(run):
            undo_batch(actor=actor, run=run, touches=touches, references=references)
            waiting -= len(touches)
            if tell is not None:
                tell(total - waiting, total)
        _close(run, actor)
    return run


def _last_batch(run: ImportRun) -> list[ImportTouch]:
    """What the last transaction of the run that still stands wrote. Of one run, transactions follow each other."""
    waiting = ImportTouch.objects.of_run(run).waiting()
    last = waiting.values_list("batch", flat=True).first()
    if last is None:
        return []
    before = waiting.exclude(batch=last).values_list("pk", flat=True).first()
    return list(waiting.filter(pk__gt=before or 0))


@transaction.atomic
def _close(run: ImportRun, actor: Any) -> None:
    kept = ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if kept.state != ImportState.UNDOING:
        raise NotPossible(_("This import is not being undone."), code="not_ready")
    _judge_rows(kept)
    counted: Counter[str] = Counter(_written(kept).values_list("undone", flat=True).iterator())
    kept.state = ImportState.UNDONE
    kept.summary = {**kept.summary, "undone": {verdict: counted[verdict] for verdict in Undone.values}}
    kept.summary["undone_at"] = now().isoformat()
    kept.write("state", "summary")
    # What was there before has been brought back; people's data is not kept for longer than it is needed.
    ImportTouch.objects.of_run(kept).delete()
    record(actor=actor, verb="undo_import", thing=kept, facts=kept.summary["undone"])
    if kept.job_run is not None:
        finish_run(kept.job_run, result={"url": kept.get_absolute_url()})
    run.refresh_from_db()


def _judge_rows(run: ImportRun) -> None:
    """Write down at each row of the files what became of the thing it was about."""
    kind = find_kind(run.kind)
    _written(run).update(undone=Undone.DONE)
    found: dict[tuple[str, str, str], set[int]] = defaultdict(set)  # (verdict, code, table) -> ids of things
    left = ImportTouch.objects.of_run(run).exclude(verdict=Undone.DONE)
    for touch in left.iterator(chunk_size=2000):
        table, pk = root_of(touch.table, touch.object_id, touch.after or touch.before or {})
        found[touch.verdict, touch.code, table].add(pk)
    # What was left as it is has the last word about a thing of which something else was switched off.
    for (verdict, code, table), ids in sorted(found.items(), key=lambda one: one[0]):
        _say(run, [part.name for part in kind.parts if table in part.tables], table, sorted(ids), verdict, code)


def _say(run: ImportRun, parts: Sequence[str], table: str, ids: Sequence[int], verdict: str, code: str) -> None:
    kind = find_kind(run.kind)
    rows = [
        row
        for row in _written(run).filter(part__in=parts, target_id__in=ids).iterator(chunk_size=2000)
        if kind.part(row.part).table_of(row) == table
    ]
    for row in rows:
        row.undone, row.code, row.message = verdict, code, why_left(code)
    ImportRow.objects.bulk_update(rows, ["undone", "code", "message"], batch_size=500)


def why_left(code: str) -> str:
    """What a person reads about something that an undo did not take back."""
    words = {
        CHANGED: _("It was changed here after the import, so it stays as it is now."),
        CONFLICT: _("Something else here has the same name, number or place now, so it stays as it is."),
        STILL_NEEDED: _("Something here depends on it, so it was switched off instead of taken away."),
    }
    return words.get(code) or _("It is in use here, so it stays as it is.")


@transaction.atomic
def stop_undo(*, run: ImportRun, message: str) -> None:
    """An undo broke off: what was taken back stays so, and the same button goes on with the rest."""
    kept = ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if kept.state != ImportState.UNDOING:
        return
    kept.state = ImportState.APPLIED  # also where it was applied in part: what is half undone is not applied again
    kept.summary = {**kept.summary, "undo_stopped": message}
    kept.write("state", "summary")
    record(actor=kept.owner, verb="stop_undo", thing=kept)
    if kept.job_run is not None:
        finish_run(kept.job_run, failed=True, message=message, result={"url": kept.get_absolute_url()})


def newer_imports(run: ImportRun) -> Any:
    """Imports of the same source that built upon this one: they are to be undone first."""
    later = ImportRun.objects.filter(kind=run.kind, source=run.source, pk__gt=run.pk)
    return later.filter(state__in=[ImportState.APPLYING, ImportState.APPLIED]).order_by("pk")


def forget_touches(*, days: int = REMEMBERED_DAYS) -> int:
    """Forget what was there before imports of more than `days` ago: they can no longer be undone, and people's data is
    not kept for longer than it serves. Return how many rows went."""
    over = [ImportState.APPLIED, ImportState.STAGED]
    old = ImportRun.objects.filter(created_at__lt=now() - dt.timedelta(days=days), state__in=over)
    forgotten, _by_model = ImportTouch.objects.filter(run__in=old).delete()
    return forgotten

"""Reading an import: every row of every file gets its verdict, and nothing else is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from techdesk.audit.actions import record
from techdesk.base.errors import BadInput, DomainError, NotPossible
from techdesk.base.text import clean_line
from techdesk.jobs.actions.imports.columns import reading_options, touch_remembered
from techdesk.jobs.actions.imports.uploads import take_uploads
from techdesk.jobs.actions.outbox import enqueue
from techdesk.jobs.actions.runs import finish_run, start_run
from techdesk.jobs.choices import ImportState, Verdict
from techdesk.jobs.imports.files import InputPath, unpack
from techdesk.jobs.imports.kinds import ENDED_IN_TIME, SAME_KEY_TWICE, Delivery, ImportKind, Part, Scope, find_kind
from techdesk.jobs.imports.lock import one_at_a_time
from techdesk.jobs.imports.verdicts import decide
from techdesk.jobs.models import ImportRow, ImportRun

BATCH = 500
MAX_REMOVALS = 10.0
#: Nothing more becomes of a run in these states.
OVER = frozenset(
    {ImportState.APPLIED, ImportState.UNDOING, ImportState.UNDONE, ImportState.FAILED, ImportState.DISCARDED}
)

Tell = Callable[[int, int], None]
T = TypeVar("T")


@transaction.atomic
def begin_import(
    *,
    actor: Any,
    kind: ImportKind,
    files: Sequence[Mapping[str, Any]],
    school: Any = None,
    options: Mapping[str, Any] | None = None,
) -> ImportRun:
    """Write down that an import begins; `stage_import` reads it. Who may is asked by the caller.

    files: [{"name", "size", …}]. options: what the kind understands (source, max_removals, schools …), plain JSON.
    """
    names = files[0]["name"] if len(files) == 1 else _("%(count)d files") % {"count": len(files)}
    run = ImportRun.objects.create(
        kind=kind.slug,
        source=clean_line(str((options or {}).get("source") or kind.slug))[:120],
        title=clean_line(f"{kind.label}: {names}")[:200],
        school=school,
        owner=actor,
        files=[dict(file) for file in files],
        options=dict(options or {}),
    )
    record(actor=actor, verb="begin_import", thing=run, facts={"kind": kind.slug})
    return run


def upload_import(
    *,
    actor: Any,
    kind: ImportKind,
    uploads: Sequence[Any],
    school: Any = None,
    options: Mapping[str, Any] | None = None,
) -> ImportRun:
    """Take uploaded files in and have them read by a worker; `run.job_run` shows how far it is.

    Raises as `take_uploads` does; then nothing is kept.
    """
    files = take_uploads(uploads)  # before the transaction: what fails in it leaves files that the sweep deletes
    with transaction.atomic():
        run = begin_import(actor=actor, kind=kind, files=files, school=school, options=options)
        run.job_run = start_run(actor=actor, kind="import", title=_("Reading %(title)s") % {"title": run.title})
        run.save(update_fields=["job_run"])
        enqueue("jobs.stage_import", run_id=run.pk)
    return run


def stage_import(*, run: ImportRun, inputs: Sequence[InputPath], tell: Tell | None = None) -> ImportRun:
    """Read the files and keep a verdict per row. Not atomic as a whole: a run that breaks off is read anew.

    tell: called with (rows done, rows in all). Raises BadInput or TooLarge for unusable input (a code each; no_rows),
    NotPossible `import_running` when the same source is being imported by somebody else; the caller then calls
    `fail_import`.
    """
    kind = find_kind(run.kind)
    delivery = kind.open(unpack(inputs, sheets=kind.mapper is not None), reading_options(run, kind))
    with one_at_a_time(kind.slug, delivery.source):
        ImportRow.objects.filter(run=run).delete()
        run.source = delivery.source[:120]
        scope = Scope(run=run, delivery=delivery, actor=run.owner)
        counts: dict[str, Counter[str]] = {}
        done = 0
        for part in kind.parts:
            counts[part.name] = Counter()
            for batch in _batches(_every_row(part, delivery, scope)):
                _judge(part, batch, scope)
                ImportRow.objects.bulk_create(batch)
                _count(counts[part.name], batch)
                done += len(batch)
                if tell is not None:
                    tell(done, max(delivery.total, done))
        if not done and not kind.may_be_empty:
            raise BadInput(_("There is no row in this: only headings. Export it again."), code="no_rows")
        _close(run, delivery, counts, _removals(kind, counts, scope))
    return run


def _every_row(part: Part, delivery: Delivery, scope: Scope) -> Iterator[ImportRow]:
    yield from delivery.rows(part.name)
    yield from part.missing(scope)


def _batches(rows: Iterable[T]) -> Iterator[list[T]]:
    source = iter(rows)
    while batch := list(islice(source, BATCH)):
        yield batch


def _judge(part: Part, rows: Sequence[ImportRow], scope: Scope) -> None:
    """Verdicts for rows that the reader did not settle by itself."""
    open_rows = [row for row in rows if not row.verdict]
    if open_rows:
        part.compare(open_rows, scope)
    for row in open_rows:
        decide(row)
    for row in rows:
        row.run = scope.run
        if row.verdict == Verdict.REFUSE and row.key and row.code != SAME_KEY_TWICE:
            scope.refused.setdefault(row.part, set()).add(row.key)


def _count(counter: Counter[str], rows: Sequence[ImportRow]) -> None:
    for row in rows:
        counter[row.verdict] += 1
        if row.verdict == Verdict.DEACTIVATE and row.code != ENDED_IN_TIME:
            counter["removals"] += 1


def _removals(kind: ImportKind, counts: Mapping[str, Counter[str]], scope: Scope) -> list[dict[str, Any]]:
    """The parts of which more would vanish than the guard lets through."""
    usual = float(scope.run.options.get("max_removals", MAX_REMOVALS))
    expected = scope.run.options.get("expected_removals", {})  # by part: where more than usual is no surprise
    found = []
    for part in kind.parts:
        gone = counts[part.name]["removals"]
        if not gone:
            continue
        listed = part.listed_count(scope)
        most = float(expected.get(part.name, usual))
        if gone * 100 > most * listed:
            found.append({"part": part.name, "gone": gone, "listed": listed, "most": most})
    return found


@transaction.atomic
def _close(
    run: ImportRun, delivery: Delivery, counts: Mapping[str, Counter[str]], removals: list[dict[str, Any]]
) -> None:
    kept = ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if kept.state != ImportState.READING:
        raise NotPossible(_("This import was read already."), code="not_ready")
    kept.state, kept.source = ImportState.STAGED, run.source
    kept.summary = {
        "planned": {
            name: {verdict: counter[verdict] for verdict in Verdict.values} for name, counter in counts.items()
        },
        "notes": [{"code": note.code, "message": note.message} for note in delivery.notes],
        "removals": removals,
        "columns": [one.facts() for one in delivery.columns],
    }
    touch_remembered(kept, delivery.columns)
    kept.write("state", "source", "summary")
    if kept.job_run is not None:
        finish_run(kept.job_run, result={"url": kept.get_absolute_url()})
    run.refresh_from_db()


class ImportBroke(DomainError):
    """Something of ours failed while an import was read; the log says what."""

    status = 500
    code = "import_broke"


def import_broke() -> ImportBroke:
    return ImportBroke(_("Something went wrong on our side. Nothing was changed."))


@transaction.atomic
def fail_import(*, run: ImportRun, refusal: DomainError) -> None:
    """Close a run whose input cannot be used: nothing of it is kept but the reason.

    A run that is over, or of which something was applied, stays as it is: its rows are the record of what was done.
    """
    kept = ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if kept.state in OVER or ImportRow.objects.of_run(kept).filter(applied=True).exists():
        return
    ImportRow.objects.filter(run=kept).delete()
    kept.state = ImportState.FAILED
    kept.summary = {"code": refusal.code, "message": str(refusal)}
    kept.write("state", "summary")
    record(actor=kept.owner, verb="fail_import", thing=kept, facts={"code": refusal.code})
    if kept.job_run is not None:
        finish_run(kept.job_run, failed=True, message=str(refusal), result={"url": kept.get_absolute_url()})

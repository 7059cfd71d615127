"""Matching the columns of an import: asking for it, taking the answer, and remembering it for the next file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from techdesk.audit.actions import record
from techdesk.base.clock import now
from techdesk.base.errors import NotPossible, Stale
from techdesk.jobs.actions.imports.uploads import waiting_inputs
from techdesk.jobs.actions.outbox import enqueue
from techdesk.jobs.actions.runs import finish_run, start_run
from techdesk.jobs.choices import ImportState
from techdesk.jobs.imports.columns import ColumnsToMatch, Matched, column_keys, signature
from techdesk.jobs.imports.kinds import ImportKind
from techdesk.jobs.models import ColumnMapping, ImportRow, ImportRun, JobRun


def reading_options(run: ImportRun, kind: ImportKind) -> dict[str, Any]:
    """The options of a run as `ImportKind.open` gets them: with the code of its school, and for a kind with a mapper
    with what is remembered about columns."""
    options = dict(run.options)
    if run.school is not None:
        options["school"] = run.school.code
    if kind.mapper is not None:
        kept = ColumnMapping.objects.remembered(kind.slug, run.school_id)
        options["remembered"] = dict(kept.values_list("signature", "mapping"))
    return options


def touch_remembered(run: ImportRun, columns: Sequence[Matched]) -> None:
    """Note that remembered columns were of use, so that one sees which are not."""
    used = [signature(one.table.headings) for one in columns if one.origin == "remembered"]
    if used:
        kept = ColumnMapping.objects.remembered(run.kind, run.school_id)
        kept.filter(signature__in=used).update(last_used_at=now())


@transaction.atomic
def ask_for_columns(*, run: ImportRun, refusal: ColumnsToMatch) -> None:
    """Wait until somebody says what the columns are; the uploads wait as well."""
    kept = ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if kept.state != ImportState.READING:
        return
    kept.state = ImportState.MAPPING
    kept.summary = {"code": refusal.code, "message": str(refusal)}
    kept.write("state", "summary")
    record(actor=kept.owner, verb="ask_for_columns", thing=kept)
    if kept.job_run is not None:
        finish_run(kept.job_run, result={"url": kept.get_absolute_url()})


@transaction.atomic
def choose_sheet(*, actor: Any, run: ImportRun, version: int, sheet: str) -> JobRun:
    """Read another sheet of the workbook. Raises as `match_columns` does."""
    kept = _locked(run, version)
    kept.options = {**kept.options, "sheet": sheet}
    return _read_again(actor, kept)


@transaction.atomic
def match_columns(
    *,
    actor: Any,
    run: ImportRun,
    version: int,
    tables: Sequence[tuple[Sequence[str], Mapping[str, str]]],
) -> JobRun:
    """Take what a person said about the columns (headings of each table, column key -> field or ""), remember it for
    this kind and school, and have the files read with it; return the run that shows how far it is.

    Raises Stale when the import changed since `version`; NotPossible `not_ready` when it was applied or thrown away
    meanwhile; BadInput `file_gone` when its files are no longer kept.
    """
    kept = _locked(run, version)
    chosen = dict(kept.options.get("columns", {}))
    moment = now()
    for headings, mapping in tables:
        sign = signature(headings)
        clean = {key: mapping.get(key, "") for key in column_keys(headings) if key}
        chosen[sign] = clean
        facts = {"mapping": clean, "headings": list(headings), "last_used_at": moment}
        ColumnMapping.objects.update_or_create(
            kind=kept.kind,
            signature=sign,
            school=kept.school,
            defaults=facts,
            create_defaults={**facts, "created_by": actor},
        )
    kept.options = {**kept.options, "columns": chosen}
    return _read_again(actor, kept)


def _locked(run: ImportRun, version: int) -> ImportRun:
    kept = ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if version != kept.version:
        raise Stale(_("This import changed while you looked at it. Look at it again, then match its columns."))
    can_change = kept.state in (ImportState.MAPPING, ImportState.STAGED)
    if not can_change or ImportRow.objects.of_run(kept).filter(applied=True).exists():
        raise NotPossible(_("The columns of this import can no longer be changed."), code="not_ready")
    waiting_inputs(kept.files)
    return kept


def _read_again(actor: Any, run: ImportRun) -> JobRun:
    run.state, run.summary = ImportState.READING, {}
    run.job_run = start_run(actor=actor, kind="import", title=_("Reading %(title)s") % {"title": run.title})
    run.write("state", "summary", "options", "job_run")
    record(actor=actor, verb="match_columns", thing=run)
    enqueue("jobs.stage_import", run_id=run.pk)
    return run.job_run

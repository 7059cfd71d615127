"""What the columns of an import mean: asked of the person who uploaded it, where the headings do not say it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from techdesk.audit.actions import disclose
from techdesk.base.policy import load, policy, require
from techdesk.jobs.actions.imports import choose_sheet, match_columns, waiting_inputs
from techdesk.jobs.actions.imports.columns import reading_options
from techdesk.jobs.choices import ImportState
from techdesk.jobs.forms import ColumnsForm, SheetForm, VersionForm
from techdesk.jobs.imports.columns import Mapper, known_columns, sheets_of
from techdesk.jobs.imports.files import unpack
from techdesk.jobs.imports.kinds import find_kind
from techdesk.jobs.imports.sheets import Table, open_any_table
from techdesk.jobs.models import ImportRun


@policy("jobs.apply_import")
@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: HttpRequest, key: UUID) -> HttpResponse:
    """Each column with its first values and a choice of what it is; a POST takes the answer and has the files read
    with it."""
    person: Any = request.user
    run, mapper = _load(request, key)
    if run.state not in (ImportState.MAPPING, ImportState.STAGED):
        return redirect(run)
    options = reading_options(run, find_kind(run.kind))
    files = unpack(waiting_inputs(run.files), sheets=True)
    tables = [open_any_table(file, sheet=options.get("sheet", "")) for file in files]
    is_post = request.method == "POST"
    forms = [
        ColumnsForm(request.POST if is_post else None, table=table, mapper=mapper, mapping=mapping, number=number)
        for number, (table, mapping) in enumerate(known_columns(tables, mapper, options))
    ]
    version = VersionForm(request.POST if is_post else None, initial={"version": run.version})
    problem = str(run.summary.get("message", ""))
    if is_post and all(form.is_valid() for form in (*forms, version)):
        problem = _lacking(mapper, forms, options)
        if not problem:
            said = [(form.table.headings, form.said()) for form in forms]
            watched = match_columns(actor=person, run=run, version=version.cleaned_data["version"], tables=said)
            return redirect(watched)
    if mapper.named is not None:
        named = mapper.named(value for form in forms for value in form.examples)
        disclose(viewer=person, channel="page", purpose="columns of an import", students=named)
    context = {
        "run": run,
        "crumbs": [(_("Imports"), reverse("jobs:imports")), (run.title, run.get_absolute_url())],
        "forms": forms,
        "version": version,
        "problem": problem,
        "sheet_form": _sheet_form(run, tables),
    }
    return render(request, "jobs/columns.html", context, status=422 if is_post else 200)


@policy("jobs.apply_import")
@require_POST
def sheet(request: HttpRequest, key: UUID) -> HttpResponse:
    """Read another sheet of the workbook."""
    run, _mapper = _load(request, key)
    form = SheetForm(request.POST, sheets=[request.POST.get("sheet", "")])
    if not form.is_valid():
        return redirect("jobs:import-columns", run.key)
    said = form.cleaned_data
    return redirect(choose_sheet(actor=request.user, run=run, version=said["version"], sheet=said["sheet"]))


def _load(request: HttpRequest, key: UUID) -> tuple[ImportRun, Mapper]:
    """The import and what its columns may be. Only for whoever uploaded the files: the values are theirs."""
    person: Any = request.user
    run = load(request, ImportRun.objects.for_list(), key=key)
    kind = find_kind(run.kind)
    require(person, kind.action, school_id=run.school_id)
    if kind.mapper is None or run.owner_id != person.pk:
        raise PermissionDenied("jobs.apply_import")
    return run, kind.mapper


def _sheet_form(run: ImportRun, tables: Sequence[Table]) -> SheetForm | None:
    sheets = sheets_of(tables)
    if not sheets:
        return None
    chosen = next((found for table in tables if (found := getattr(table, "sheet", ""))), "")
    return SheetForm(initial={"version": run.version, "sheet": chosen}, sheets=sheets, auto_id="id_sheet_%s")


def _lacking(mapper: Mapper, forms: Sequence[ColumnsForm], options: dict[str, Any]) -> str:
    """What is still missing, in words; with the name of the file where there are several."""
    for form in forms:
        if words := mapper.lacks({name for name in form.said().values() if name}, options):
            return f"{form.table.name}: {words}" if len(forms) > 1 else words
    return ""

"""Imports: the list with its upload forms, the preview, and the two buttons under it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from techdesk.audit.actions import disclose
from techdesk.base.errors import DomainError
from techdesk.base.paging import keyset_page
from techdesk.base.policy import load, may, policy, require
from techdesk.jobs.actions.imports import (
    confirm_import,
    discard_import,
    is_undoable,
    too_many_removals,
    upload_import,
)
from techdesk.jobs.choices import WRITES, ImportState, Undone, Verdict
from techdesk.jobs.forms import ApplyForm, RowFilters, UploadForm
from techdesk.jobs.hooks import import_panels, imports_panels
from techdesk.jobs.imports.kinds import ImportKind, find_kind, kinds_for
from techdesk.jobs.models import ImportRow, ImportRun
from techdesk.jobs.queries import verdict_counts
from techdesk.jobs.tables import RUNS, RunLine, row_columns, row_lines
from techdesk.ui.lists import Table, filter_chips

PAGE = 50
#: Where it was known from what the columns of a file are.
ORIGINS = {
    "said": gettext_lazy("As you matched them for this import."),
    "remembered": gettext_lazy("As they were matched for an earlier file with the same columns."),
    "headings": gettext_lazy("As their headings say."),
}
#: Verdicts as tiles above a preview, what matters first.
TILES = (Verdict.CREATE, Verdict.UPDATE, Verdict.DEACTIVATE, Verdict.REFUSE, Verdict.UNCHANGED)


@policy("jobs.view_import")
@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """What can be imported, with a form each, and the imports there were. A POST takes files in."""
    person: Any = request.user
    kinds = kinds_for(person)
    if not kinds:
        raise PermissionDenied("jobs.view_import")
    forms = {kind.slug: UploadForm(kind=kind, person=person) for kind in kinds}
    status = 200
    if request.method == "POST":
        slug = request.POST.get("kind", "")
        if slug not in forms:
            raise PermissionDenied("jobs.view_import")
        forms[slug] = form = UploadForm(request.POST, request.FILES, kind=find_kind(slug), person=person)
        if answer := _take_in(person, form):
            return answer
        status = 422
    runs = keyset_page(
        ImportRun.objects.visible_to(person).for_list(), order=("-pk",), cursor=request.GET.get("cursor"), limit=PAGE
    )
    table = Table(RUNS, [RunLine(run) for run in runs.rows], caption=_("Imports"), request=request)
    context = {"offers": list(zip(kinds, forms.values(), strict=True)), "table": table, "page": runs}
    context["panels"] = imports_panels(request)
    # What needs no school brings the schools: whoever may, begins with it.
    context["has_roster"] = any(not kind.needs_school for kind in kinds)
    return render(request, "jobs/imports.html", context, status=status)


def _take_in(person: Any, form: UploadForm) -> HttpResponse | None:
    """Begin the import of a good form and lead to its progress; None when something is to be put right."""
    if not form.is_valid():
        return None
    school = form.cleaned_data.get("school")
    require(person, form.kind.action, school_id=school.pk if school else None)
    try:
        run = upload_import(
            actor=person,
            kind=form.kind,
            uploads=form.cleaned_data["files"],
            school=school,
            options=form.options(person),
        )
    except DomainError as refusal:
        form.add_error("files", str(refusal))
        return None
    return redirect(run.job_run or run)


@policy("jobs.view_import")
@require_safe
def preview(request: HttpRequest, key: UUID) -> HttpResponse:
    """What an import would do, or did: counts, then the rows with the difference in words."""
    person: Any = request.user
    run = load(request, ImportRun.objects.for_list().select_related("job_run"), key=key)
    kind = find_kind(run.kind)
    counts = verdict_counts(run)
    parts = {part.name: part.label for part in kind.parts if part.name in counts}
    is_undone = run.state == ImportState.UNDONE
    filters = RowFilters(request.GET, parts=parts, is_undone=is_undone)
    rows = filters.narrow(ImportRow.objects.of_run(run).select_related("run"))
    page = keyset_page(rows, order=("pk",), cursor=request.GET.get("cursor"), limit=PAGE)
    _disclose(person, kind, page.rows)
    is_staged = run.state == ImportState.STAGED
    return render(
        request,
        "jobs/import.html",
        {
            "run": run,
            "crumbs": [(_("Imports"), reverse("jobs:imports"))],
            "kind": kind,
            "tiles": _undone_tiles(run) if is_undone else _tiles(counts),
            "may_undo": is_undoable(run) and _may_undo(person, run, kind),
            "notes": run.summary.get("notes", []),
            "removals": too_many_removals(run) if is_staged and run.summary.get("removals") else "",
            "may_apply": is_staged and _may_apply(person, run, kind),
            "form": ApplyForm(initial={"version": run.version}, asks_to_force=bool(run.summary.get("removals"))),
            "has_work": any(counted.get(v, 0) for counted in counts.values() for v in WRITES),
            "has_refused": any(counted.get(Verdict.REFUSE, 0) for counted in counts.values()),
            "columns": _columns(run, kind),
            "may_match": _may_match(person, run, kind),
            "may_discard": run.state == ImportState.MAPPING and _may_apply(person, run, kind),
            "panels": import_panels(request, run),
            "filters": filters,
            "chips": filter_chips(filters, request),
            "table": Table(
                row_columns(kind),
                row_lines(kind, page.rows),
                caption=_("Rows"),
                request=request,
                row_url=lambda row: "",
            ),
            "page": page,
        },
    )


@dataclass(frozen=True)
class Tile:
    verdict: Verdict | Undone
    count: int
    url: str


def _tiles(counts: Mapping[str, Mapping[str, int]]) -> list[Tile]:
    totals = {verdict: sum(counted.get(verdict, 0) for counted in counts.values()) for verdict in TILES}
    return [Tile(verdict, total, f"?verdict={verdict.value}") for verdict, total in totals.items()]


def _undone_tiles(run: ImportRun) -> list[Tile]:
    counts = run.summary["undone"]
    return [Tile(undone, counts.get(undone, 0), f"?undone={undone.value}") for undone in Undone]


def _disclose(person: Any, kind: ImportKind, rows: list[ImportRow]) -> None:
    students: list[int] = []
    for part in kind.parts:
        if some := [row for row in rows if row.part == part.name]:
            students += part.student_ids(some)
    disclose(viewer=person, channel="page", purpose="import preview", students=students)


def _columns(run: ImportRun, kind: ImportKind) -> list[dict[str, Any]]:
    """What each table's columns were taken for: (heading, words) pairs, and where that was known from."""
    if kind.mapper is None:
        return []
    return [
        {
            "title": _("Columns of %(file)s") % {"file": one["file"]},
            "origin": ORIGINS[one["origin"]],
            "pairs": [(heading, kind.mapper.label(name)) for heading, name in one["columns"]],
        }
        for one in run.summary.get("columns", [])
    ]


def _may_match(person: Any, run: ImportRun, kind: ImportKind) -> bool:
    """May `person` say what the columns are: whose files they are, as long as nothing was applied?"""
    waits = run.state in (ImportState.MAPPING, ImportState.STAGED) and "stopped" not in run.summary
    return waits and kind.mapper is not None and run.owner_id == person.pk and _may_apply(person, run, kind)


def _may_apply(person: Any, run: ImportRun, kind: ImportKind) -> bool:
    return may(person, "jobs.apply_import", run) and may(person, kind.action, school_id=run.school_id)


def _may_undo(person: Any, run: ImportRun, kind: ImportKind) -> bool:
    return may(person, "jobs.undo_import", run) and may(person, kind.action, school_id=run.school_id)


@policy("jobs.apply_import")
@require_POST
def apply(request: HttpRequest, key: UUID) -> HttpResponse:
    """Have the import applied and lead to its progress."""
    run = _load_to_apply(request, key)
    form = ApplyForm(request.POST, asks_to_force=True)
    version = form.cleaned_data["version"] if form.is_valid() else None
    watched = confirm_import(actor=request.user, run=run, version=version, force=bool(form.cleaned_data.get("force")))
    return redirect(watched)


@policy("jobs.apply_import")
@require_POST
def discard(request: HttpRequest, key: UUID) -> HttpResponse:
    """Throw the import away and go back to the list."""
    discard_import(actor=request.user, run=_load_to_apply(request, key))
    messages.info(request, _("The import was thrown away. Nothing was changed."))
    return redirect(reverse("jobs:imports"))


def _load_to_apply(request: HttpRequest, key: UUID) -> ImportRun:
    person: Any = request.user
    run = load(request, ImportRun.objects.all(), key=key)
    require(person, find_kind(run.kind).action, school_id=run.school_id)
    return run

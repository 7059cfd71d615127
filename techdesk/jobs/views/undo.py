"""Undoing an import: what would be taken back, and the button."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from techdesk.base.policy import load, policy, require
from techdesk.jobs.actions.imports import confirm_undo, is_undoable, newer_imports, rows_to_undo
from techdesk.jobs.forms import ApplyForm
from techdesk.jobs.imports.kinds import find_kind
from techdesk.jobs.models import ImportRun


@policy("jobs.undo_import")
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, key: UUID) -> HttpResponse:
    """Ask whether an import is to be undone; a POST has it undone and leads to the progress."""
    person: Any = request.user
    run = load(request, ImportRun.objects.for_list(), key=key)
    require(person, find_kind(run.kind).action, school_id=run.school_id)
    if request.method == "POST":
        form = ApplyForm(request.POST)
        version = form.cleaned_data["version"] if form.is_valid() else None
        return redirect(confirm_undo(actor=person, run=run, version=version))
    if not is_undoable(run):
        return redirect(run)
    context = {
        "run": run,
        "crumbs": [(_("Imports"), reverse("jobs:imports")), (run.title, run.get_absolute_url())],
        "count": rows_to_undo(run),
        "newer": list(newer_imports(run).visible_to(person)[:5]),
        "form": ApplyForm(initial={"version": run.version}),
    }
    return render(request, "jobs/undo.html", context)

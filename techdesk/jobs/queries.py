"""Reads across runs, imports and their rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.apps import apps
from django.db.models import Count, QuerySet

from techdesk.base.policy import Someone, permitted
from techdesk.jobs.choices import ImportState, Verdict
from techdesk.jobs.models import ImportRow, ImportRun


def schools_to_import_for(person: Someone, action: str) -> QuerySet[Any]:
    """The schools for which `person` may do `action`, by name. (Schools belong to a floor above: asked for by name.)"""
    school = apps.get_model("directory", "School")
    return cast("QuerySet[Any]", permitted(person, action, school._default_manager.active()).order_by("name", "pk"))


def verdict_counts(run: ImportRun) -> dict[str, dict[str, int]]:
    """part -> verdict -> rows. From the summary while nothing was applied, from the rows afterwards."""
    planned: Mapping[str, Mapping[str, int]] = run.summary.get("planned", {})
    if run.state == ImportState.STAGED and "stopped" not in run.summary:
        return {part: dict(counts) for part, counts in planned.items()}
    found = {part: dict.fromkeys(Verdict.values, 0) for part in planned}
    rows = ImportRow.objects.filter(run=run).values_list("part", "verdict").annotate(Count("pk")).order_by()
    for part, verdict, count in rows:
        found.setdefault(part, dict.fromkeys(Verdict.values, 0))[verdict] = count
    return found

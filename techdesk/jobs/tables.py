"""Columns of the lists of imports and of their rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from techdesk.jobs.choices import ImportState, Verdict
from techdesk.jobs.imports.kinds import ImportKind, find_kind
from techdesk.jobs.imports.words import differences
from techdesk.jobs.models import ImportRow, ImportRun
from techdesk.ui.lists import Column

RUNS = (
    Column("run.title", gettext_lazy("Import"), phone="main"),
    Column("kind", gettext_lazy("What")),
    Column("run.school", gettext_lazy("School"), phone="hide"),
    Column("run.owner.name", gettext_lazy("By")),
    Column("run.created_at", gettext_lazy("When")),
    Column("counts", gettext_lazy("Result")),
    Column("run.import_state", gettext_lazy("State"), phone="state"),
)
ROWS = (
    Column("title", gettext_lazy("What"), phone="main"),
    Column("part", gettext_lazy("Kind"), phone="hide"),
    Column("verdict", gettext_lazy("What happens"), phone="state"),
    Column("words", gettext_lazy("Difference"), template="jobs/cells/words.html"),
    Column("place", gettext_lazy("File and row"), css="muted"),
)
#: Words for the counts of a run, in the order people ask.
COUNTED = (
    ("created", gettext_lazy("new")),
    ("updated", gettext_lazy("changed")),
    ("deactivated", gettext_lazy("no longer listed")),
    ("refused", gettext_lazy("refused")),
)


@dataclass(frozen=True)
class RunLine:
    """One import in the list of imports."""

    run: ImportRun

    def get_absolute_url(self) -> str:
        return self.run.get_absolute_url()

    @property
    def kind(self) -> Any:
        try:
            return find_kind(self.run.kind).label
        except LookupError:  # of an app that is no longer installed
            return self.run.kind

    @property
    def counts(self) -> str:
        if self.run.state == ImportState.FAILED:
            return str(self.run.summary.get("message", ""))
        done = self.run.summary.get("done")
        if not done:
            return ""
        told = [f"{done[word]} {label}" for word, label in COUNTED if done.get(word)]
        return ", ".join(told) or _("Nothing new")


@dataclass(frozen=True)
class RowLine:
    """One row of an import on its preview page."""

    title: str
    part: Any
    verdict: Verdict
    words: Sequence[str]
    message: str
    code: str
    place: str


def row_lines(kind: ImportKind, rows: Iterable[ImportRow]) -> list[RowLine]:
    """Lines for one page of rows; each part is asked for its titles once."""
    by_part: dict[str, list[ImportRow]] = {}
    for row in (listed := list(rows)):
        by_part.setdefault(row.part, []).append(row)
    titles = {}
    for name, some in by_part.items():
        for row, title in zip(some, kind.part(name).titles(some), strict=True):
            titles[row.pk] = title
    return [_line(kind, row, titles[row.pk]) for row in listed]


def _line(kind: ImportKind, row: ImportRow, title: str) -> RowLine:
    part = kind.part(row.part)
    return RowLine(
        title=title or _("Row %(number)d") % {"number": row.number},
        part=part.label,
        verdict=row.row_verdict,
        words=differences(part, row),
        message=row.message,
        code=row.code if row.verdict == Verdict.REFUSE else "",
        place=f"{row.file}:{row.number}" if row.number else row.file,
    )

"""Columns of the lists of imports and of their rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from techdesk.jobs.choices import Undone, Verdict
from techdesk.jobs.imports.kinds import ImportKind
from techdesk.jobs.imports.words import differences
from techdesk.jobs.models import ImportRow, ImportRun
from techdesk.ui.lists import Column

RUNS = (
    Column("run.title", gettext_lazy("Import"), phone="main"),
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
    Column("file", gettext_lazy("File and row"), template="jobs/cells/place.html"),
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
    def counts(self) -> str:
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
    verdict: Verdict | Undone
    words: Sequence[str]
    message: str
    code: str
    file: str
    number: int


def row_columns(kind: ImportKind) -> tuple[Column, ...]:
    """Without the kind of thing where there is but one."""
    return ROWS if len(kind.parts) > 1 else tuple(column for column in ROWS if column.name != "part")


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
        verdict=Undone(row.undone) if row.undone else row.row_verdict,
        words=differences(part, row),
        message=row.message,
        code=row.code if row.verdict == Verdict.REFUSE or row.undone == Undone.REFUSED else "",
        file=row.file,
        number=row.number,
    )

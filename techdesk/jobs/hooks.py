"""What higher floors tell jobs: who may see a stored file besides whoever uploaded it, and which imports there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Q
from django.utils.html import conditional_escape

from techdesk.jobs.imports.cells import (
    RowProblem,
    bad_date,
    day,
    listed,
    needed,
    needed_day,
    plain,
    snake,
    words,
    yes_no,
)
from techdesk.jobs.imports.columns import MapField, Mapper, Matched, match_columns
from techdesk.jobs.imports.files import InputPath, SourceFile, unpack
from techdesk.jobs.imports.json_stream import list_elements
from techdesk.jobs.imports.kinds import (
    ENDED_IN_TIME,
    SAME_KEY_TWICE,
    Delivery,
    ImportKind,
    Note,
    Part,
    Scope,
    all_kinds,
    find_kind,
    register_import,
)
from techdesk.jobs.imports.sheets import SheetTable, Spooled, Table, open_any_table, other_sheets
from techdesk.jobs.imports.text import (
    CsvTable,
    TextFile,
    find_columns,
    look_through,
    open_table,
    pick,
    plain_heading,
    tidy,
    whole_row,
)
from techdesk.jobs.imports.touches import keep_with, undoable, watch_many
from techdesk.jobs.imports.verdicts import changed_facts, note, refuse, target

__all__ = [
    "ENDED_IN_TIME",
    "SAME_KEY_TWICE",
    "CsvTable",
    "Delivery",
    "FileRule",
    "ImportKind",
    "InputPath",
    "MapField",
    "Mapper",
    "Matched",
    "Note",
    "Part",
    "RowProblem",
    "Scope",
    "SheetTable",
    "SourceFile",
    "Spooled",
    "Table",
    "TextFile",
    "all_kinds",
    "bad_date",
    "changed_facts",
    "day",
    "files_seen_by",
    "find_columns",
    "find_kind",
    "import_panels",
    "imports_panels",
    "keep_with",
    "list_elements",
    "listed",
    "look_through",
    "needed",
    "needed_day",
    "note",
    "match_columns",
    "open_any_table",
    "open_table",
    "other_sheets",
    "pick",
    "plain",
    "plain_heading",
    "refuse",
    "register_file_rule",
    "register_import",
    "register_import_panel",
    "register_imports_panel",
    "snake",
    "target",
    "tidy",
    "undoable",
    "unpack",
    "watch_many",
    "whole_row",
    "words",
    "yes_no",
]

#: (request, import) -> HTML shown on the page of the import, or None.
ImportPanel = Callable[[Any, Any], str | None]

_import_panels: list[ImportPanel] = []


def register_import_panel(panel: ImportPanel) -> None:
    """Show what `panel(request, run)` renders on the page of an import. Call it from AppConfig.ready()."""
    if panel not in _import_panels:
        _import_panels.append(panel)


#: request -> HTML shown above the list of imports, or None.
ImportsPanel = Callable[[Any], str | None]

_imports_panels: list[ImportsPanel] = []


def register_imports_panel(panel: ImportsPanel) -> None:
    """Show what `panel(request)` renders on the page of all imports. Call it from AppConfig.ready()."""
    if panel not in _imports_panels:
        _imports_panels.append(panel)


def imports_panels(request: Any) -> list[Any]:
    """What the registered panels show on the page of all imports to this viewer."""
    return [conditional_escape(html) for panel in _imports_panels if (html := panel(request))]


def import_panels(request: Any, run: Any) -> list[Any]:
    """What the registered panels show of an import to this viewer."""
    return [conditional_escape(html) for panel in _import_panels if (html := panel(request, run))]


#: person -> the condition for the files (rows of StoredFile) that this person may see.
FileRule = Callable[[Any], Q]

_file_rules: list[FileRule] = []


def register_file_rule(rule: FileRule) -> None:
    """Let `rule` open files to people, e.g. the pictures of the tickets they see. Call it in the app's rules.py."""
    if rule not in _file_rules:
        _file_rules.append(rule)


def files_seen_by(person: Any) -> Q:
    """The files `person` uploaded, and those some registered rule opens."""
    condition = Q(uploaded_by=person)
    for rule in _file_rules:
        condition |= rule(person)
    return condition

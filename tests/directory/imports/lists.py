"""Plain lists as offices keep them, written for a test, and the command that imports them."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command
from openpyxl import Workbook

Row = Mapping[str, Any]


def kim(**more: Any) -> Row:
    base = {"Student ID": "00123", "First Name": "Kim", "Last Name": "Lee", "Grade": "5", "Email": "kim@s.test"}
    return {**base, **more}


def write_csv(path: Path, rows: Sequence[Row], *, delimiter: str = ",", encoding: str = "utf-8") -> Path:
    with path.open("w", newline="", encoding=encoding) as stream:
        writer = csv.DictWriter(stream, list(dict.fromkeys(name for row in rows for name in row)), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_xlsx(
    path: Path, rows: Sequence[Row], *, sheet: str = "Students", more: Mapping[str, Any] | None = None
) -> Path:
    book = Workbook()
    page = book.active
    page.title = sheet
    headings = list(dict.fromkeys(name for row in rows for name in row))
    page.append(headings)
    for row in rows:
        page.append([row.get(name) for name in headings])
    for title, others in (more or {}).items():
        extra = book.create_sheet(title)
        for cells in others:
            extra.append(cells)
    book.save(path)
    return path


def import_people(*paths: Path, school: str = "LIN", **options: Any) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON of the command."""
    out = StringIO()
    try:
        call_command("import_people", *map(str, paths), school=school, json=True, stdout=out, **options)
        code = 0
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    return code, json.loads(out.getvalue())


def counts(summary: Mapping[str, Any]) -> list[int]:
    return [summary[word] for word in ("created", "updated", "unchanged", "deactivated", "refused")]


def codes(summary: Mapping[str, Any]) -> list[str]:
    return [error["code"] for error in summary["errors"]]

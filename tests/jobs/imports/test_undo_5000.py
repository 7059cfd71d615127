"""An import of 5,000 rows, new, changed, moved and gone, is undone: the tables are as they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from techdesk.directory.actions import service_person
from techdesk.directory.models import Person
from techdesk.jobs.actions.imports import begin_undo, undo_import
from techdesk.jobs.models import ImportRow, ImportRun
from tests.directory.imports.commands import import_oneroster
from tests.directory.imports.rosters import enrolment, good, section, user, write
from tests.jobs.imports.tables import tables

CLASSES = 40


def _year(people: range, *, grade: str, title: str, shift: int) -> Any:
    """A district of these students, each in the class after the one before, `shift` classes on."""
    files = good()
    files["users"] += [user(f"u{n}", email=f"u{n}@students.example", grades=grade if n % 3 else "02") for n in people]
    files["classes"] += [section(f"k{n}", title=f"{title} {n}", location=f"Room {n}") for n in range(CLASSES)]
    files["enrollments"] += [enrolment(f"x{n}", f"k{(n + shift) % CLASSES}", f"u{n}") for n in people]
    return files


@pytest.mark.django_db(transaction=True)
def test_5000_rows_are_taken_back(tmp_path: Path) -> None:
    actor = service_person("roster")
    first = _year(range(1_500), grade="04", title="Class", shift=0)
    assert import_oneroster(write(tmp_path / "1", first))[0] == 0
    before = tables()
    second = _year(range(200, 2_900), grade="05", title="Team", shift=1)
    code, summary = import_oneroster(write(tmp_path / "2", second), force=True)
    assert code == 0, summary["errors"][:3]
    run = ImportRun.objects.get(key=summary["imports"][0])
    rows = ImportRow.objects.filter(run=run, applied=True).count()
    assert rows > 5_000 and min(summary[word] for word in ("created", "updated", "deactivated")) > 200
    undo_import(actor=actor, run=begin_undo(actor=actor, run=run))
    run.refresh_from_db()
    assert run.summary["undone"] == {"done": rows, "kept": 0, "refused": 0}
    after = tables()
    for table, found in before.items():
        assert after[table] == found, table
    assert Person.objects.filter(is_active=True, username__startswith="u").count() == 1_500

"""The shared sample export: 1.1, its 1.2 twin and the delta, as a district would send them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from techdesk.audit.models import AuditEntry
from techdesk.directory.models import District, Enrolment, Person, RoleAssignment, School, Section
from tests.directory.imports.commands import import_oneroster
from tests.directory.imports.dumps import dump

pytestmark = pytest.mark.django_db
SOURCE = "techdesk-test"
ROWS = 4 + 3 + 171 + 13 + 39 + 405  # 13: the rooms that the classes name


@pytest.fixture
def rosters(shared_data: Path) -> Path:
    folder = shared_data / "devices" / "oneroster"
    if not folder.is_dir():
        pytest.skip("the shared OneRoster sample is not there")
    return folder


def _counts(summary: dict[str, Any]) -> tuple[int, ...]:
    return tuple(summary[w] for w in ("created", "updated", "unchanged", "deactivated", "refused"))


def test_the_bulk_comes_in_whole_and_twice_changes_nothing(rosters: Path) -> None:
    code, summary = import_oneroster(rosters / "v1p1_bulk")
    assert (code, _counts(summary), summary["errors"]) == (0, (ROWS, 0, 0, 0, 0), [])
    assert District.objects.get().name == "Cedar Valley USD 999"
    assert set(School.objects.values_list("code", flat=True)) == {"0000999001", "0000999002", "0000999003"}
    assert Person.objects.filter(kind="student").count() == 122
    assert Person.objects.filter(kind="guardian").count() == 31
    assert (
        Section.objects.filter(kind="homeroom").count() == Section.objects.filter(title__startswith="Homeroom").count()
    )
    assert Enrolment.objects.count() == 405
    teacher = Person.objects.get(username="dmartin1130")
    held = RoleAssignment.objects.in_force().filter(person=teacher).values_list("role", "school__code")
    assert set(held) == {("teacher", "0000999002"), ("teacher", "0000999003")}
    administrator = Person.objects.get(username="qsilva1001")
    assert list(administrator.role_assignments.values_list("role", "school")) == [("staff", None)]
    before, entries = dump(SOURCE), AuditEntry.objects.exclude(object_type="imports").count()
    code, summary = import_oneroster(rosters / "v1p1_bulk")
    assert (code, _counts(summary)) == (0, (0, 0, ROWS, 0, 0))
    assert dump(SOURCE) == before
    assert AuditEntry.objects.exclude(object_type="imports").count() == entries


def test_the_twin_of_1_2_gives_the_same_people_schools_sections_and_enrolments(rosters: Path) -> None:
    with transaction.atomic():
        import_oneroster(rosters / "v1p1_bulk")
        first = dump(SOURCE)
        transaction.set_rollback(True)
    assert not School.objects.exists()
    code, summary = import_oneroster(rosters / "v1p2_bulk")
    assert (code, summary["created"]) == (0, ROWS)
    assert dump(SOURCE) == first


def test_1_2_after_1_1_of_the_same_source_is_unchanged_everywhere(rosters: Path) -> None:
    import_oneroster(rosters / "v1p1_bulk")
    code, summary = import_oneroster(rosters / "v1p2_bulk")
    assert (code, _counts(summary)) == (0, (0, 0, ROWS, 0, 0))


def test_the_delta_takes_away_moves_renames_and_adds(rosters: Path) -> None:
    import_oneroster(rosters / "v1p1_bulk")
    code, summary = import_oneroster(rosters / "v1p1_delta")
    assert (code, _counts(summary)) == (0, (2, 2, 0, 11, 0))
    assert set(Person.objects.filter(is_active=False).values_list("username", flat=True)) == {
        "rokafor1011",
        "opatel1045",
    }
    moved = Person.objects.get(username="lgarca1088")
    held = RoleAssignment.objects.in_force().filter(person=moved).values_list("role", "school__code")
    assert list(held) == [("student", "0000999003")]
    assert Person.objects.get(username="onguyen1020").family_name == "Park"
    assert Person.objects.get(username="newkid9001").enrolments.get().is_active
    code, summary = import_oneroster(rosters / "v1p1_delta")
    assert (code, _counts(summary)) == (0, (0, 0, 15, 0, 0))


def test_what_it_costs(rosters: Path) -> None:
    """Batches, not rows, cost queries: 635 rows need fewer than two hundred and forty."""
    with CaptureQueriesContext(connection) as first:
        import_oneroster(rosters / "v1p1_bulk")
    with CaptureQueriesContext(connection) as second:
        import_oneroster(rosters / "v1p1_bulk")
    assert len(first) < 240, len(first)
    assert len(second) < 90, len(second)

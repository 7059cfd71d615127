"""The guard against half a file, and what does not count as a removal."""

from __future__ import annotations

from pathlib import Path

import pytest

from techdesk.directory.models import Enrolment, Person, School, SchoolYear, Section
from techdesk.jobs.models import ImportRow, ImportRun
from tests.directory.imports.commands import import_oneroster
from tests.directory.imports.rosters import enrolment, good, org, user, without, write

pytestmark = pytest.mark.django_db


def _many(count: int = 20) -> dict:
    files = good()
    files["users"] = [*files["users"], *(user(f"n{i}") for i in range(count))]
    files["enrollments"] = [*files["enrollments"], *(enrolment(f"x{i}", "c1", f"n{i}") for i in range(count))]
    return files


def _less(files: dict, count: int) -> dict:
    files = without(files, "users", *(f"n{i}" for i in range(count)))
    return without(files, "enrollments", *(f"x{i}" for i in range(count)))


def test_more_than_a_tenth_refuses_the_whole_file(tmp_path: Path) -> None:
    import_oneroster(write(tmp_path / "1", _many()))
    code, summary = import_oneroster(write(tmp_path / "2", _less(_many(), 3)))
    assert code == 2
    assert [error["code"] for error in summary["errors"]] == ["too_many_removals"]
    assert "3 of 24" in summary["errors"][0]["message"]
    assert summary["deactivated"] == 0 and not Person.objects.filter(is_active=False).exists()
    assert ImportRun.objects.order_by("-pk")[0].state == "failed"
    assert not ImportRow.objects.filter(run=ImportRun.objects.order_by("-pk")[0]).exists()


def test_a_tenth_or_less_goes_through_and_force_lets_more(tmp_path: Path) -> None:
    import_oneroster(write(tmp_path / "1", _many()))
    code, summary = import_oneroster(write(tmp_path / "2", _less(_many(), 2)))
    assert (code, summary["deactivated"]) == (0, 4)
    code, summary = import_oneroster(write(tmp_path / "3", _less(_many(), 12)), dry_run=True)
    assert code == 2
    code, summary = import_oneroster(write(tmp_path / "3", _less(_many(), 12)), force=True)
    assert (code, summary["deactivated"]) == (0, 20)


def test_what_came_before_a_refused_export_counts_as_done(tmp_path: Path) -> None:
    """Two exports in one call: the first one is in, so "nothing changed" would be a lie."""
    code, summary = import_oneroster(
        write(tmp_path / "1", _many()), write(tmp_path / "2", _less(_many(), 3)), max_removals=10.0
    )
    assert code == 1 and summary["created"] and len(summary["imports"]) == 1
    assert [error["code"] for error in summary["errors"]] == ["too_many_removals"]


def test_a_delta_is_guarded_too(tmp_path: Path) -> None:
    import_oneroster(write(tmp_path / "1", _many()))
    gone = {"users": [{**row, "status": "tobedeleted"} for row in _many()["users"][4:10]]}
    code, summary = import_oneroster(write(tmp_path / "2", gone, mode="delta"))
    assert (code, summary["errors"][0]["code"]) == (2, "too_many_removals")


def test_a_school_that_closes_needs_force(tmp_path: Path) -> None:
    files = good()
    files["orgs"] = [*files["orgs"], org("s2", "Oak", identifier="OAK")]
    import_oneroster(write(tmp_path / "1", files))
    assert import_oneroster(write(tmp_path / "2", good()))[0] == 2
    assert import_oneroster(write(tmp_path / "2", good()), force=True)[0] == 0
    assert not School.objects.get(code="OAK").is_active
    assert import_oneroster(write(tmp_path / "1", files))[0] == 0
    assert School.objects.get(code="OAK").is_active


def test_what_was_over_ends_without_counting_and_last_year_is_not_judged(tmp_path: Path) -> None:
    """The year is over: its classes and enrolments may all be missing in the next year's file."""
    old = good()
    old["academicSessions"] = [
        {"sourcedId": "y0", "title": "2019-2020", "type": "schoolYear", "startDate": "2019-08-10"}
        | {"endDate": "2020-06-30", "schoolYear": "2020"}
    ]
    old["classes"] = [{**old["classes"][0], "termSourcedIds": "y0"}]
    import_oneroster(write(tmp_path / "1", old))
    assert Section.objects.get().year == SchoolYear.objects.get()
    new = good()
    new["classes"] = [{**new["classes"][0], "sourcedId": "c2"}]
    new["enrollments"] = [
        {**row, "sourcedId": f"n{row['sourcedId']}", "classSourcedId": "c2"} for row in new["enrollments"]
    ]
    code, summary = import_oneroster(write(tmp_path / "2", new))
    assert (code, summary["deactivated"], summary["errors"]) == (0, 4, [])
    assert Section.objects.filter(is_active=True).get().year.name == "2026-2027"
    assert Enrolment.objects.filter(is_active=True).count() == 3

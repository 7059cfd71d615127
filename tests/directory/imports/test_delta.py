"""A delta after its bulk changes exactly what it says; a roster from elsewhere takes nobody away; both are undone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from techdesk.directory.actions import service_person
from techdesk.directory.models import ExternalId, Person, RoleAssignment
from techdesk.jobs.actions.imports import begin_undo, undo_import
from techdesk.jobs.models import ImportRun
from techdesk.site.demo.load import load_demo
from tests.directory.imports.commands import import_oneroster
from tests.directory.imports.dumps import dump
from tests.jobs.imports.tables import tables

SOURCE = "techdesk-test"


@pytest.fixture
def rosters(shared_data: Path) -> Path:
    folder = shared_data / "devices" / "oneroster"
    if not folder.is_dir():
        pytest.skip("the shared OneRoster sample is not there")
    return folder


def _differences(before: dict[str, Any], after: dict[str, Any]) -> dict[str, set[str]]:
    """part -> the names of what is new, gone or another."""
    return {
        part: {name for name in {*before[part], *after[part]} if before[part].get(name) != after[part].get(name)}
        for part in before
    }


@pytest.mark.django_db
def test_the_delta_changes_exactly_what_it_says(rosters: Path) -> None:
    assert import_oneroster(rosters / "v1p1_bulk")[0] == 0
    before = dump(SOURCE)
    assert import_oneroster(rosters / "v1p1_delta")[0] == 0
    after = dump(SOURCE)
    gone, moved, renamed, new = {"u-1011", "u-1045"}, "u-1088", "u-1020", "u-9001"
    ended = {name for name in before["enrolments"] if name.endswith(("-u-1011", "-u-1045", "-u-1088"))}
    assert len(ended) == 9
    assert _differences(before, after) == {
        "schools": set(),
        "sections": set(),
        "people": {*gone, moved, renamed, new},
        "enrolments": {*ended, "e-cl-s2-0-07-u-9001"},
    }
    held = {ExternalId.objects.get(source=SOURCE, value=key).target_id: key for key in (*gone, moved, renamed, new)}
    people = {held[person.pk]: person for person in Person.objects.filter(pk__in=held)}
    schools: dict[str, list[str]] = {key: [] for key in people}
    for role in RoleAssignment.objects.in_force().filter(person__in=people.values()).select_related("school"):
        schools[held[role.person_id]].append(role.school.code if role.school else "*")
    assert {key: person.is_active for key, person in people.items()} == {
        **dict.fromkeys(gone, False),
        **dict.fromkeys((moved, renamed, new), True),
    }
    assert (schools[moved], schools[new]) == (["0000999003"], ["0000999002"])
    assert all(not schools[key] for key in gone)
    assert people[renamed].family_name == "Park" and before["people"][renamed][3] != "Park"
    assert [after["enrolments"][name][-1] for name in sorted(ended)] == [False] * 9


@pytest.mark.django_db(transaction=True)
def test_the_delta_is_undone(rosters: Path) -> None:
    actor = service_person("roster")
    import_oneroster(rosters / "v1p1_bulk")
    before = tables()
    _code, summary = import_oneroster(rosters / "v1p1_delta")
    assert tables() != before
    run = ImportRun.objects.get(key=summary["imports"][0])
    undo_import(actor=actor, run=begin_undo(actor=actor, run=run))
    assert run.state == "applied" and tables() == before
    run.refresh_from_db()
    assert run.summary["undone"] == {"done": 15, "kept": 0, "refused": 0}


@pytest.mark.django_db(transaction=True)
def test_a_foreign_roster_beside_the_demo_district_takes_nobody_away(rosters: Path) -> None:
    load_demo()
    service_person("roster")
    before = tables()
    active = set(Person.objects.filter(is_active=True).values_list("pk", flat=True))
    roles = set(RoleAssignment.objects.in_force().values_list("pk", flat=True))
    runs = []
    for name in ("v1p1_bulk", "v1p1_delta"):
        code, summary = import_oneroster(rosters / name)
        assert code in (0, 1), summary
        runs.append(ImportRun.objects.get(key=summary["imports"][0]))
    assert active <= set(Person.objects.filter(is_active=True).values_list("pk", flat=True))
    assert roles <= set(RoleAssignment.objects.in_force().values_list("pk", flat=True))
    assert tables()["directory_person"].items() >= before["directory_person"].items(), "nor changes anybody of it"
    for run in reversed(runs):
        actor = service_person("roster")
        undo_import(actor=actor, run=begin_undo(actor=actor, run=run))
    after = tables()
    for table in ("directory_person", "directory_roleassignment", "directory_section", "directory_enrolment"):
        assert after[table] == before[table]

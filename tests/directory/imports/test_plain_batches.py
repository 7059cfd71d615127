"""Plain lists of a whole school: in batches, with as many queries for a batch of two as for a batch of hundreds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from techdesk.directory.imports.plain import PLAIN_PEOPLE
from techdesk.directory.imports.plain.delivery import open_plain
from techdesk.directory.models import Enrolment, Guardianship, Person, Section
from techdesk.jobs.hooks import InputPath, Scope, unpack
from techdesk.jobs.models import ImportRun
from tests.directory.imports.lists import import_people, kim, write_csv
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


def _pupils(count: int) -> list[Any]:
    return [
        kim(
            **{"Student ID": f"{n:05}", "Email": f"s{n}@s.test", "Homeroom": f"{n % 40}", "HR Teacher": "Nobody"},
            **{"Parent 1 Name": f"Ana Lee{n}", "Parent 1 Email": f"p{n // 2}@home.test", "Room": f"{n % 40}"},
        )
        for n in range(count)
    ]


@pytest.mark.parametrize("name", ["rooms", "people", "guardians", "guardianships", "homerooms", "members"])
def test_a_batch_asks_as_much_for_two_rows_as_for_hundreds(school: Any, tmp_path: Path, name: str) -> None:
    path = write_csv(tmp_path / "a.csv", _pupils(120))
    import_people(path)
    run = ImportRun.objects.create(
        kind="plain_people", source="files of LIN", title="x", school=school, owner=PersonFactory()
    )
    delivery = open_plain(unpack([InputPath.of(path)], sheets=True), {"school": "LIN"})
    part = PLAIN_PEOPLE.part(name)
    rows = list(delivery.rows(name))
    asked = []
    for some in (rows[:2], rows):
        for row in some:
            row.run = run
        with CaptureQueriesContext(
            connection,
        ) as queries:
            part.compare(some, Scope(run=run, delivery=delivery))
        asked.append(len(queries))
        assert all(row.target_id for row in some if row.code != "unknown_teacher")
    expected = {"rooms": 1, "people": 6, "guardians": 5, "guardianships": 3, "homerooms": 4, "members": 6}
    assert asked == [expected[name]] * 2


def test_a_whole_school_twice(school: Any, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", _pupils(600))
    code, summary = import_people(path)
    assert (code, Person.objects.filter(kind="student").count()) == (0, 600)
    assert (Guardianship.objects.count(), Section.objects.count(), Enrolment.objects.count()) == (600, 40, 600)
    code, again = import_people(path)
    assert (code, again["created"], again["updated"], again["deactivated"]) == (0, 0, 0, 0)
    assert again["unchanged"] == summary["created"] + summary["unchanged"]

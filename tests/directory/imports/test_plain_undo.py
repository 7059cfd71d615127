"""A plain list can be taken back like every import."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from techdesk.directory.models import Enrolment, ExternalId, Guardianship, Person, Room, Section
from tests.directory.imports.lists import import_people, kim, write_csv

pytestmark = pytest.mark.django_db


def test_a_list_is_taken_back(school: Any, tmp_path: Path) -> None:
    row = kim(**{"Parent 1 Name": "Ana Lee", "Parent 1 Phone": "555 010 0100", "Homeroom": "5B", "Room": "12"})
    _code, summary = import_people(write_csv(tmp_path / "a.csv", [row]))
    assert Guardianship.objects.count() == Enrolment.objects.count() == 1
    call_command("undo_import", summary["imports"][0])
    assert not Person.objects.humans().exists()
    assert not ExternalId.objects.filter(source="files of LIN").exists()
    for model in (Guardianship, Enrolment, Section, Room):
        assert not model.objects.exists(), model

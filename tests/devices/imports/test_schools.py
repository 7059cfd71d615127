"""Whose devices an import may change is asked again when it is applied: roles end between upload and button."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from devices.imports import GOOGLE_DEVICES
from devices.models import Device
from techdesk.directory.actions import end_role, grant_role
from techdesk.directory.models import Person, RoleAssignment
from techdesk.jobs.actions.imports import apply_import, begin_apply, begin_import, stage_import
from techdesk.jobs.forms import UploadForm
from techdesk.jobs.imports.files import InputPath
from techdesk.jobs.models import ImportRow, ImportRun
from tests.devices.imports.commands import device, import_devices, page
from tests.factories import SchoolFactory, person_with

pytestmark = pytest.mark.django_db


def _staged(path: Path, person: Any, school: Any) -> ImportRun:
    options = UploadForm(kind=GOOGLE_DEVICES, person=person)
    options.cleaned_data = {}
    run = begin_import(
        actor=person, kind=GOOGLE_DEVICES, files=[{"name": "d"}], school=school, options=options.options(person)
    )
    return stage_import(run=run, inputs=[InputPath.of(path)])


def _fresh(person: Person) -> Person:
    found: Person = Person.objects.get(pk=person.pk)
    return found


@pytest.fixture
def technician() -> Any:
    lincoln, oak = SchoolFactory(code="LIN"), SchoolFactory(code="OAK")
    person = person_with("technician", lincoln)
    grant_role(actor=person, person=person, role="technician", school=oak)
    return _fresh(person)


def _end(person: Person, code: str) -> None:
    end_role(actor=person, assignment=RoleAssignment.objects.get(person=person, school__code=code))


def test_a_role_that_ended_meanwhile_no_longer_counts(technician: Any, tmp_path: Path) -> None:
    import_devices(page(tmp_path / "1.json", device("A")))
    import_devices(page(tmp_path / "2.json", device("B")), school="OAK")
    lincoln = Device.objects.get(serial="A").school
    both = page(tmp_path / "3.json", device("A", osVersion="150"), device("B", osVersion="150"), device("C"))
    run = _staged(both, technician, lincoln)
    assert set(ImportRow.objects.filter(run=run).values_list("verdict", flat=True)) == {"update", "create"}
    _end(technician, "OAK")
    person = _fresh(technician)
    apply_import(actor=person, run=begin_apply(actor=person, run=run))
    assert dict(ImportRow.objects.filter(run=run).values_list("key", "verdict")) == {
        "A": "update",
        "B": "refuse",
        "C": "create",
    }
    assert ImportRow.objects.get(run=run, key="B").code == "other_school"
    assert Device.objects.get(serial="B").os_version != "150"


def test_nothing_is_added_to_a_school_one_has_left(technician: Any, tmp_path: Path) -> None:
    lincoln = RoleAssignment.objects.get(person=technician, school__code="LIN").school
    run = _staged(page(tmp_path / "1.json", device("A")), technician, lincoln)
    begin_apply(actor=technician, run=run)
    _end(technician, "LIN")
    apply_import(actor=_fresh(technician), run=run)
    assert not Device.objects.exists()
    assert ImportRow.objects.get(run=run).code == "other_school"


def test_who_may_more_does_not_widen_what_was_uploaded(technician: Any, tmp_path: Path) -> None:
    elm = SchoolFactory(code="ELM")
    import_devices(page(tmp_path / "1.json", device("E")), school="ELM")
    lincoln = RoleAssignment.objects.get(person=technician, school__code="LIN").school
    run = _staged(page(tmp_path / "2.json", device("E", osVersion="150")), technician, lincoln)
    admin = person_with("district_admin")
    apply_import(actor=admin, run=begin_apply(actor=admin, run=run))
    assert ImportRow.objects.get(run=run).code == "other_school"
    assert Device.objects.get(school=elm).os_version != "150"


def test_a_row_with_more_values_than_headings_is_refused(tmp_path: Path) -> None:
    SchoolFactory(code="LIN")
    path = tmp_path / "d.csv"
    path.write_text("deviceId,serialNumber,orgUnitPath,model\n1,S1,/Students,Acer C1\n2,S2,/Carts, blue,Acer C1\n")
    code, summary = import_devices(path)
    assert (code, summary["created"]) == (1, 1)
    assert [(e["row"], e["code"]) for e in summary["errors"]] == [(3, "wrong_column_count")]

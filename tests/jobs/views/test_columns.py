"""Matching columns: asked where headings say nothing, remembered, changed, and for nobody else's eyes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

import techdesk.jobs.tasks  # noqa: F401 - declares the jobs
from techdesk.audit.models import Disclosure
from techdesk.directory.models import Person
from techdesk.jobs.actions import drain_slow
from techdesk.jobs.models import ColumnMapping, ImportRun
from tests.directory.imports.lists import kim, write_csv, write_xlsx
from tests.factories import SchoolFactory, person_with

pytestmark = pytest.mark.django_db

ODD = {"Kennziffer": "00123", "Vorname": "Kim", "Zuname": "Lee", "Klasse": "5", "Spind": "12"}
ANSWER = {"t0-c0": "identifier", "t0-c1": "given_name", "t0-c2": "family_name", "t0-c3": "grade", "t0-c4": "-"}


@pytest.fixture(autouse=True)
def uploads(settings: Any, tmp_path: Path) -> Path:
    settings.VAR = tmp_path / "var"
    return settings.VAR / "uploads"


@pytest.fixture
def school(db: Any) -> Any:
    return SchoolFactory(code="LIN", name="Lincoln")


@pytest.fixture
def office(school: Any) -> Any:
    return person_with("school_admin", school)


@pytest.fixture
def client(signed_in: Any, office: Any) -> Client:
    return signed_in(office)


def _upload(client: Client, path: Path, **fields: str) -> ImportRun:
    data = {"kind": "plain_people", "plain_people-school": "LIN"}
    data |= {f"plain_people-{name}": value for name, value in fields.items()}
    with path.open("rb") as stream:
        upload = SimpleUploadedFile(path.name, stream.read())
    answer = client.post("/imports/", {**data, "plain_people-files": [upload]})
    assert answer.status_code == 302, answer.content.decode()[:3000]
    drain_slow()
    return ImportRun.objects.order_by("-pk")[0]


def _odd(folder: Path, name: str = "odd.csv", **more: str) -> Path:
    return write_csv(folder / name, [{**ODD, **more}])


def test_asked_once_then_remembered(client: Client, office: Any, tmp_path: Path, uploads: Path) -> None:
    run = _upload(client, _odd(tmp_path))
    assert run.state == "mapping"
    page = client.get(f"/imports/{run.key}/").content.decode()
    assert "Columns to match" in page and f"/imports/{run.key}/columns/" in page

    page = client.get(f"/imports/{run.key}/columns/").content.decode()
    for words in ("Kennziffer", "For example: 00123", "Klasse", "Leave it aside", "First name", "Guardian 1: phone"):
        assert words in page, words
    answer = client.post(f"/imports/{run.key}/columns/", {"version": run.version, **ANSWER})
    assert answer.status_code == 302 and answer["Location"].startswith("/jobs/")
    drain_slow()
    run.refresh_from_db()
    assert (run.state, run.summary["planned"]["people"]["create"]) == ("staged", 1)
    page = client.get(f"/imports/{run.key}/").content.decode()
    assert "As you matched them for this import" in page and "Spind" in page and "left aside" in page
    assert list(uploads.iterdir()), "the columns may still be matched differently"
    client.post(f"/imports/{run.key}/apply/", {"version": run.version})
    drain_slow()
    assert not list(uploads.iterdir())
    assert Person.objects.humans().get(identifier="00123").grade == "05"

    kept = ColumnMapping.objects.get()
    assert (kept.created_by, kept.school.code, kept.headings) == (office, "LIN", list(ODD))
    second = _upload(client, _odd(tmp_path, "again.csv", Klasse="6"))
    assert (second.state, second.summary["planned"]["people"]["update"]) == ("staged", 1)
    assert "As they were matched for an earlier file" in client.get(f"/imports/{second.key}/").content.decode()
    assert ColumnMapping.objects.get().last_used_at > kept.last_used_at

    answer = client.post(f"/imports/{second.key}/columns/", {"version": second.version, **ANSWER, "t0-c4": "homeroom"})
    drain_slow()
    second.refresh_from_db()
    assert second.summary["planned"]["homerooms"]["create"] == 1
    assert ColumnMapping.objects.get().mapping["spind"] == "homeroom"


def test_what_is_recognised_goes_on_directly(client: Client, tmp_path: Path) -> None:
    run = _upload(client, write_csv(tmp_path / "a.csv", [kim()]))
    assert run.state == "staged" and not ColumnMapping.objects.exists()
    assert "As their headings say" in client.get(f"/imports/{run.key}/").content.decode()


def test_answers_that_do_not_do(client: Client, tmp_path: Path) -> None:
    run = _upload(client, _odd(tmp_path))
    url = f"/imports/{run.key}/columns/"
    for wrong, words in (
        ({"t0-c1": "family_name"}, "is this already"),
        ({"t0-c0": "-"}, "tells people apart"),
        ({"t0-c3": "-"}, "Are these students"),
        ({"t0-c0": "nonsense"}, "not one of the available choices"),
    ):
        answer = client.post(url, {"version": run.version, **ANSWER, **wrong})
        assert answer.status_code == 422 and words in answer.content.decode(), wrong
    assert client.post(url, {"version": run.version - 1, **ANSWER}).status_code == 409
    assert client.post(url, ANSWER).status_code == 422
    run.refresh_from_db()
    assert run.state == "mapping" and not ColumnMapping.objects.exists()


def test_only_who_uploaded_sees_the_values(client: Client, signed_in: Any, school: Any, tmp_path: Path) -> None:
    run = _upload(client, _odd(tmp_path))
    url = f"/imports/{run.key}/columns/"
    assert signed_in(person_with("district_admin")).get(url).status_code == 403
    assert signed_in(person_with("school_admin", school)).get(url).status_code == 404
    assert signed_in(person_with("teacher", school)).get(url).status_code == 403
    assert signed_in(person_with("technician", school)).get(url).status_code == 404


def test_students_whose_values_are_shown_are_disclosed(client: Client, school: Any, tmp_path: Path) -> None:
    student = person_with("student", school, identifier="00123")
    run = _upload(client, _odd(tmp_path))
    client.get(f"/imports/{run.key}/columns/")
    assert [row.students for row in Disclosure.objects.filter(purpose="columns of an import")] == [[student.pk]]


def test_thrown_away_with_its_file(
    client: Client, tmp_path: Path, uploads: Path, django_capture_on_commit_callbacks: Any
) -> None:
    run = _upload(client, _odd(tmp_path))
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(f"/imports/{run.key}/discard/").status_code == 302
    assert not list(uploads.iterdir())
    assert client.get(f"/imports/{run.key}/columns/").status_code == 302


def test_a_file_that_was_swept_meanwhile(client: Client, tmp_path: Path, uploads: Path) -> None:
    run = _upload(client, _odd(tmp_path))
    for file in uploads.iterdir():
        file.unlink()
    answer = client.get(f"/imports/{run.key}/columns/")
    assert answer.status_code == 400 and "Upload it again" in answer.content.decode()


def test_another_sheet_of_the_workbook(client: Client, tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "a.xlsx", [{"x": "1"}], sheet="Cover", more={"List": [list(kim()), list(kim().values())]}
    )
    run = _upload(client, path)
    assert run.state == "mapping"
    page = client.get(f"/imports/{run.key}/columns/").content.decode()
    assert "Which sheet?" in page and "Cover" in page
    answer = client.post(f"/imports/{run.key}/sheet/", {"version": run.version, "sheet": "List"})
    assert answer.status_code == 302
    drain_slow()
    run.refresh_from_db()
    assert (run.state, run.summary["planned"]["people"]["create"]) == ("staged", 1)


def test_the_form_can_say_who_is_in_the_file(client: Client, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [{"Staff ID": "7", "Last Name": "Poe", "First Name": "Di"}])
    assert _upload(client, path).state == "mapping"
    assert _upload(client, path, who="staff").state == "staged"


def test_another_school_is_not_offered_and_its_people_are_refused(client: Client, tmp_path: Path) -> None:
    elsewhere = SchoolFactory(code="ROO")
    person_with("student", elsewhere, given_name="Kim", family_name="Lee", email="kim@s.test", identifier="00123")
    answer = client.post("/imports/", {"kind": "plain_people", "plain_people-school": "ROO"})
    assert answer.status_code == 422
    run = _upload(client, write_csv(tmp_path / "a.csv", [kim()]))
    assert [row.code for row in run.rows.all()] == ["other_school"]

"""The pages of imports: upload, progress, preview, apply; who may, and what bad uploads get."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.test import Client

import techdesk.jobs.tasks  # noqa: F401 - declares the jobs
from devices.models import Device
from techdesk.audit.models import Disclosure
from techdesk.directory.models import Person
from techdesk.jobs.actions import drain_slow
from techdesk.jobs.actions.imports import sweep_uploads
from techdesk.jobs.models import ImportRow, ImportRun, JobRun
from tests.devices.imports.commands import device
from tests.directory.imports.rosters import changed, good, pack, without, write
from tests.factories import DeviceFactory, SchoolFactory, person_with

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def uploads(settings: Any, tmp_path: Path) -> Path:
    settings.VAR = tmp_path / "var"
    return settings.VAR / "uploads"


@pytest.fixture
def admin() -> Any:
    return person_with("district_admin")


@pytest.fixture
def client(signed_in: Any, admin: Any) -> Client:
    return signed_in(admin)


def _roster(tmp_path: Path, files: Any = None, name: str = "roster.zip") -> SimpleUploadedFile:
    folder = write(tmp_path / f"r{time.monotonic_ns()}", files or good())
    return SimpleUploadedFile(name, pack(folder, tmp_path / f"{time.monotonic_ns()}.zip").read_bytes())


def _upload(client: Client, *files: Any, kind: str = "oneroster", **fields: str) -> Any:
    data = {"kind": kind, f"{kind}-files": list(files), **{f"{kind}-{name}": v for name, v in fields.items()}}
    return client.post("/imports/", data)


def _page(*devices: Any, name: str = "page.json") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, json.dumps({"chromeosdevices": list(devices)}).encode())


def _staged(client: Client, *files: Any, **fields: str) -> ImportRun:
    answer = _upload(client, *files, **fields)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    drain_slow()
    return ImportRun.objects.order_by("-pk")[0]


def _apply(client: Client, run: ImportRun, **fields: Any) -> Any:
    answer = client.post(f"/imports/{run.key}/apply/", {"version": run.version, **fields})
    drain_slow()
    run.refresh_from_db()
    return answer


def test_from_upload_to_applied(client: Client, tmp_path: Path, uploads: Path, admin: Any) -> None:
    page = client.get("/imports/").content.decode()
    assert "OneRoster" in page and "Chrome devices from Google" in page and "Nothing was imported yet" in page
    answer = _upload(client, _roster(tmp_path))
    watched = JobRun.objects.get()
    assert answer["Location"] == f"/jobs/{watched.key}/"
    assert "It starts in a moment" in client.get(answer["Location"]).content.decode()
    assert len(list(uploads.iterdir())) == 1
    drain_slow()
    assert not list(uploads.iterdir()), "what was read is deleted: it may hold passwords"
    run = ImportRun.objects.get()
    finished = client.get(answer["Location"], headers={"HX-Request": "true"})
    assert finished["HX-Redirect"] == f"/imports/{run.key}/"
    preview = client.get(f"/imports/{run.key}/").content.decode()
    assert "Zoë Martin" in preview and "Kind: Student · Grade: 05 · Roles: Student (LIN)" in preview
    assert "Ready to apply" in preview and "row 3" in preview
    assert not Person.objects.filter(username="zoe").exists()
    answer = _apply(client, run)
    assert answer["Location"] == run.job_run.get_absolute_url()
    assert (run.state, run.summary["done"]["created"]) == ("applied", 13)
    assert Person.objects.get(username="zoe").role_assignments.get().granted_by == admin
    assert "13 new" in client.get("/imports/").content.decode()
    again = _staged(client, _roster(tmp_path))
    assert "Nothing differs" in client.get(f"/imports/{again.key}/").content.decode()
    shown = client.get(f"/imports/{again.key}/?verdict=unchanged").content.decode()
    assert "Zoë Martin" in shown


def test_several_csv_files_of_one_export(client: Client, tmp_path: Path) -> None:
    folder = write(tmp_path / "r", good())
    files = [SimpleUploadedFile(path.name, path.read_bytes()) for path in folder.iterdir()]
    run = _staged(client, *files)
    assert (run.state, run.title) == ("staged", f"OneRoster: {len(files)} files")


def test_a_change_is_told_in_words_and_says_who_looked(client: Client, tmp_path: Path, admin: Any) -> None:
    _apply(client, _staged(client, _roster(tmp_path)))
    files = changed(good(), "users", "zoe", grades="06")
    run = _staged(client, _roster(tmp_path, files))
    Disclosure.objects.all().delete()
    page = client.get(f"/imports/{run.key}/").content.decode()
    assert "Grade: 05 → 06" in page
    zoe = Person.objects.get(username="zoe")
    told = Disclosure.objects.get()
    assert (told.viewer, told.purpose, told.students) == (admin, "import preview", [zoe.pk])


#: Session, person, roles, the import, its rows, and once more for who may.
QUERIES = 8


def test_rows_are_filtered_and_paged_with_as_many_queries(
    client: Client, tmp_path: Path, django_assert_num_queries: Any
) -> None:
    files = good()
    files["users"] = [*files["users"], *({**files["users"][1], "sourcedId": f"n{i}"} for i in range(60))]
    few, many = _staged(client, _roster(tmp_path)), _staged(client, _roster(tmp_path, files))
    for run in (few, many):
        client.get(f"/imports/{run.key}/?part=users")
        with django_assert_num_queries(QUERIES):
            page = client.get(f"/imports/{run.key}/?part=users&verdict=create").content.decode()
        assert "Zoë Martin" in page and "Lincoln" not in page.split("<tbody")[1]
    assert 'rel="next"' in page
    enrolments = client.get(f"/imports/{few.key}/?part=enrollments").content.decode()
    assert "Zoë Martin in Homeroom 5B" in enrolments
    assert client.get(f"/imports/{few.key}/?verdict=nonsense&cursor=").status_code == 200
    assert client.get(f"/imports/{few.key}/?cursor=nonsense").status_code == 400


def test_half_a_file_asks_before_it_takes_people_away(client: Client, tmp_path: Path) -> None:
    _apply(client, _staged(client, _roster(tmp_path)))
    run = _staged(client, _roster(tmp_path, without(good(), "users", "mom", "leo")))
    page = client.get(f"/imports/{run.key}/").content.decode()
    assert "More would vanish than usual" in page and 'name="force"' in page
    answer = client.post(f"/imports/{run.key}/apply/", {"version": run.version})
    assert (answer.status_code, answer["X-Problem-Code"]) == (409, "too_many_removals")
    assert _apply(client, run, force="on").status_code == 302
    assert not Person.objects.get(username="mom").is_active


def test_pressing_twice_and_pressing_late(client: Client, tmp_path: Path) -> None:
    run = _staged(client, _roster(tmp_path))
    answer = client.post(f"/imports/{run.key}/apply/", {"version": run.version - 1})
    assert (answer.status_code, answer["X-Problem-Code"]) == (409, "stale")
    assert client.post(f"/imports/{run.key}/apply/", {"version": run.version}).status_code == 302
    answer = client.post(f"/imports/{run.key}/apply/", {})
    assert (answer.status_code, answer["X-Problem-Code"]) == (409, "not_ready")
    drain_slow()
    assert Person.objects.filter(username="zoe").count() == 1


def test_a_list_without_a_row_is_said_to_be_one(client: Client) -> None:
    school = SchoolFactory(code="LIN")
    empty = SimpleUploadedFile("devices.csv", b"serialNumber,deviceId,orgUnitPath\n")
    run = _staged(client, empty, kind="google_devices", school=school.code)
    assert (run.state, run.summary["code"]) == ("failed", "no_rows")
    page = client.get(f"/imports/{run.key}/").content.decode()
    assert "only headings" in page and "Apply" not in page


def test_nothing_is_applied_where_nothing_changes(client: Client) -> None:
    school = SchoolFactory(code="LIN")
    one = device(annotatedLocation="Salón Ñandú")

    def staged() -> ImportRun:
        return _staged(client, _page(one), kind="google_devices", school=school.code)

    run = staged()
    page = client.get(f"/imports/{run.key}/").content.decode()
    assert "Ready to apply" in page and "Location in the console: Salón Ñandú" in page
    assert client.get("/imports/").content.decode().count("Ready to apply") == 1
    _apply(client, run)
    again = staged()
    page = client.get(f"/imports/{again.key}/").content.decode()
    assert "Nothing to do" in page and "Ready to apply" not in page and "/apply/" not in page
    assert "Throw away" in page
    assert "Ready to apply" not in client.get("/imports/").content.decode()


def test_a_technician_is_not_sent_for_the_roster(signed_in: Any) -> None:
    page = signed_in(person_with("technician", SchoolFactory())).get("/imports/").content.decode()
    assert "You have imported nothing yet" in page and "Start with the roster" not in page


def test_wrong_files_for_a_roster_are_named(client: Client) -> None:
    run = _staged(client, SimpleUploadedFile("lunch-menu.csv", b"a,b\n1,2\n"))
    assert run.summary["code"] == "not_oneroster" and "lunch-menu.csv" in run.summary["message"]


def test_throwing_away_keeps_a_line_of_history_and_no_rows(client: Client, tmp_path: Path) -> None:
    run = _staged(client, _roster(tmp_path))
    assert client.post(f"/imports/{run.key}/discard/").status_code == 302
    run.refresh_from_db()
    assert run.state == "discarded" and not ImportRow.objects.exists()
    assert "thrown away" in client.get(f"/imports/{run.key}/").content.decode()
    assert client.post(f"/imports/{run.key}/discard/").status_code == 409


def test_an_unusable_file_says_why_and_leaves_nothing(client: Client, uploads: Path) -> None:
    run = _staged(client, SimpleUploadedFile("users.csv", b"Name,Mail\nAna,a@b.example\n"))
    assert (run.state, run.summary["code"]) == ("failed", "wrong_headings")
    assert not ImportRow.objects.exists() and not list(uploads.iterdir())
    page = client.get(f"/imports/{run.key}/").content.decode()
    assert "These files cannot be used" in page and "wrong_headings" in page
    watched = client.get(run.job_run.get_absolute_url()).content.decode()
    assert "This did not work" in watched and "sourcedId" in watched


UPLOADS: dict[str, tuple[Callable[[], list[Any]], str]] = {
    "none": (list, "Choose the files to import."),
    "an empty one": (lambda: [SimpleUploadedFile("users.csv", b"")], "users.csv is empty"),
}


@pytest.mark.parametrize(("files", "words"), UPLOADS.values(), ids=UPLOADS.keys())
def test_what_the_form_turns_away(client: Client, uploads: Path, files: Callable[[], list[Any]], words: str) -> None:
    answer = _upload(client, *files())
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not ImportRun.objects.exists() and not uploads.exists()


def test_more_than_the_installation_takes(client: Client, settings: Any, uploads: Path) -> None:
    settings.UPLOAD_MAX_BYTES = 1000
    answer = _upload(client, SimpleUploadedFile("a.csv", b"x" * 600), SimpleUploadedFile("b.csv", b"x" * 600))
    assert answer.status_code == 422 and "more than 0 MB" in answer.content.decode()
    assert not uploads.exists()


def test_a_large_upload_is_moved_not_copied(admin: Any, uploads: Path) -> None:
    from techdesk.jobs.actions.imports import take_uploads

    big = TemporaryUploadedFile("../evil\x00name.zip", "application/zip", 3, None)
    big.write(b"abc")
    big.flush()
    place = big.temporary_file_path()
    [taken] = take_uploads([big])
    assert not os.path.exists(place)
    kept = uploads / taken["path"]
    assert kept.read_bytes() == b"abc" and kept.stat().st_mode & 0o777 == 0o600
    assert "/" not in taken["name"] and "\x00" not in taken["name"]


def test_uploads_nobody_came_back_for_are_swept(uploads: Path) -> None:
    uploads.mkdir(parents=True)
    for name, days in (("old", 8), ("new", 6)):
        (uploads / name).write_bytes(b"x")
        moment = time.time() - days * 24 * 3600
        os.utime(uploads / name, (moment, moment))
    assert sweep_uploads() == 1
    assert [path.name for path in uploads.iterdir()] == ["new"]


def test_an_upload_that_is_gone_says_so(client: Client, tmp_path: Path, uploads: Path) -> None:
    _upload(client, _roster(tmp_path))
    for path in uploads.iterdir():
        path.unlink()
    drain_slow()
    assert ImportRun.objects.get().summary["code"] == "file_gone"


# --- who may --------------------------------------------------------------------------------------------


def test_who_may_not_see_the_page(signed_in: Any) -> None:
    school = SchoolFactory()
    for role in ("teacher", "student", "librarian", "auditor"):
        assert signed_in(person_with(role, school)).get("/imports/").status_code == 403


def test_a_technician_imports_devices_for_own_schools_only(signed_in: Any, tmp_path: Path) -> None:
    mine, other = SchoolFactory(code="MINE"), SchoolFactory(code="OTHER")
    DeviceFactory(school=other, serial="SN-O", asset_tag="O1", os_version="1")
    client = signed_in(person_with("technician", mine))
    page = client.get("/imports/").content.decode()
    assert "Chrome devices" in page and "OneRoster" not in page and "OTHER" not in page
    assert _upload(client, _roster(tmp_path)).status_code == 403
    answer = _upload(client, _page(device()), kind="google_devices", school="OTHER")
    assert answer.status_code == 422 and "you do not import for it" in answer.content.decode()
    run = _staged(client, _page(device("A"), device("SN-O")), kind="google_devices", school="MINE")
    _apply(client, run)
    assert Device.objects.get(serial="A").school == mine
    row = ImportRow.objects.get(run=run, key="SN-O")
    assert (row.verdict, row.code) == ("refuse", "other_school")
    assert Device.objects.get(serial="SN-O").os_version == "1"
    assert "O1" not in client.get(f"/imports/{run.key}/?verdict=refuse").content.decode().split("<tbody")[1]


def test_an_import_belongs_to_who_began_it_and_to_the_district(signed_in: Any, client: Client) -> None:
    school = SchoolFactory(code="MINE")
    owner = person_with("technician", school)
    run = _staged(signed_in(owner), _page(device("A")), kind="google_devices", school="MINE")
    colleague = signed_in(person_with("technician", school))
    for path in (f"/imports/{run.key}/", f"/jobs/{run.job_run.key}/"):
        assert colleague.get(path).status_code == 404
        assert client.get(path).status_code == 200
        assert Client().get(path).status_code == 302
    for verb in ("apply", "discard"):
        assert colleague.post(f"/imports/{run.key}/{verb}/", {"version": run.version}).status_code == 404
    assert _apply(client, run).status_code == 302 and run.state == "applied"


def test_whose_role_ended_meanwhile_cannot_apply(signed_in: Any) -> None:
    school = SchoolFactory(code="MINE")
    owner = person_with("technician", school)
    run = _staged(signed_in(owner), _page(device("A")), kind="google_devices", school="MINE")
    owner.role_assignments.update(ended_at=run.created_at)
    assert signed_in(owner).post(f"/imports/{run.key}/apply/", {"version": run.version}).status_code == 403
    assert not Device.objects.exists()

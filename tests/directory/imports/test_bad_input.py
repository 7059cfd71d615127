"""Files that cannot be used change nothing; rows that cannot be used are refused one by one, each with its code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from techdesk.audit.models import AuditEntry
from techdesk.directory.models import ExternalId, Person, School
from techdesk.jobs.models import ImportRow, ImportRun
from tests.directory.imports.commands import import_oneroster
from tests.directory.imports.rosters import (
    HEADINGS,
    changed,
    enrolment,
    good,
    pack,
    section,
    user,
    without,
    write,
)

pytestmark = pytest.mark.django_db


def _changed(file: str, key: str, **values: Any) -> Callable[[], Any]:
    return lambda: changed(good(), file, key, **values)


def _added(file: str, row: Any) -> Callable[[], Any]:
    return lambda: {**good(), file: [*good()[file], row]}


ROWS = {
    "no key": (_changed("users", "mom", sourcedId=""), "users.csv", 5, "missing_sourced_id"),
    "no given name": (_changed("users", "mom", givenName=" "), "users.csv", 5, "missing_given_name"),
    "no role": (_changed("users", "mom", role=""), "users.csv", 5, "missing_role"),
    "no org": (_changed("users", "mom", orgSourcedIds=""), "users.csv", 5, "missing_org_sourced_ids"),
    "unknown role": (_changed("users", "mom", role="janitor"), "users.csv", 5, "unknown_role"),
    "unknown school": (_added("users", user("x", orgSourcedIds="s1,s9")), "users.csv", 6, "unknown_school"),
    "long name": (_changed("users", "mom", familyName="x" * 101), "users.csv", 5, "too_long"),
    "bad flag": (_changed("users", "mom", enabledUser="perhaps"), "users.csv", 5, "bad_true_false"),
    "bad status": (_changed("users", "mom", status="asleep"), "users.csv", 5, "bad_status"),
    "same key": (_added("users", user("zoe")), "users.csv", 6, "duplicate_sourced_id"),
    "org type": (_changed("orgs", "d1", type="planet"), "orgs.csv", 2, "unknown_org_type"),
    "no org name": (_changed("orgs", "d1", name=""), "orgs.csv", 2, "missing_name"),
    "term date": (_changed("academicSessions", "t1", startDate="15/06/2023"), "academicSessions.csv", 3, "bad_date"),
    "term order": (_changed("academicSessions", "t1", endDate="2026-01-01"), "academicSessions.csv", 3, "bad_date"),
    "class type": (_added("classes", section("c9", classType="club")), "classes.csv", 3, "unknown_class_type"),
    "class school": (_added("classes", section("c9", schoolSourcedId="s9")), "classes.csv", 3, "unknown_school"),
    "class title": (_added("classes", section("c9", title="")), "classes.csv", 3, "missing_title"),
    "enrolled user": (_added("enrollments", enrolment("e9", "c1", "x")), "enrollments.csv", 5, "unknown_user"),
    "enrolled class": (_added("enrollments", enrolment("e9", "c9", "zoe")), "enrollments.csv", 5, "unknown_class"),
    "enrolled date": (
        _added("enrollments", enrolment("e9", "c1", "mom", beginDate="1/05/2023")),
        "enrollments.csv",
        5,
        "bad_date",
    ),
    "enrolled order": (
        _added("enrollments", enrolment("e9", "c1", "mom", beginDate="2026-09-01", endDate="2026-08-01")),
        "enrollments.csv",
        5,
        "bad_date",
    ),
}


@pytest.mark.parametrize(("files", "file", "row", "code"), ROWS.values(), ids=ROWS.keys())
def test_a_bad_row_is_refused_and_the_others_come_in(
    tmp_path: Path, files: Callable[[], Any], file: str, row: int, code: str
) -> None:
    exit_code, summary = import_oneroster(write(tmp_path / "r", files()))
    assert exit_code == 1
    assert [(e["file"], e["row"], e["code"]) for e in summary["errors"]] == [(file, row, code)]
    assert summary["refused"] == 1 and summary["created"] >= 10
    message = summary["errors"][0]["message"]
    assert message and "Given" not in message and "Martin" not in message
    if code == "bad_date" and "date" in file.lower() + str(row):
        assert "2025-08-13" in message


def test_a_bad_date_says_how_to_write_it(tmp_path: Path) -> None:
    files = changed(good(), "enrollments", "e2", beginDate="15/06/2023")
    _code, summary = import_oneroster(write(tmp_path / "r", files))
    assert summary["errors"][0]["message"] == (
        "“beginDate” says “15/06/2023”. Write dates as year-month-day, for example 2025-08-13."
    )


def test_a_comma_without_quotes_does_not_shift_a_row(tmp_path: Path) -> None:
    folder = write(tmp_path / "r", good())
    users = folder / "users.csv"
    users.write_text(users.read_text().replace("Ruth,Martin", "Ruth,Martin,Jr"))
    code, summary = import_oneroster(folder)
    assert (code, [e["code"] for e in summary["errors"]]) == (1, ["wrong_column_count"])
    assert not Person.objects.filter(username="mom").exists()


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def _spoilt(name: str, content: bytes) -> Callable[[Path], Path]:
    def make(tmp: Path) -> Path:
        folder = write(tmp / "r", good())
        (folder / name).write_bytes(content)
        return folder

    return make


def _manifest(*said: tuple[str, str]) -> Callable[[Path], Path]:
    return lambda tmp: write(tmp / "r", good(), manifest=said)


def _half_zip(tmp: Path) -> Path:
    whole = pack(write(tmp / "r", good()), tmp / "whole.zip").read_bytes()
    return _write(tmp / "half.zip", whole[: len(whole) // 2])


def _spoilt_zip(tmp: Path) -> Path:
    whole = bytearray(pack(write(tmp / "r", good()), tmp / "whole.zip").read_bytes())
    place = whole.find(b"users.csv") + 30
    whole[place : place + 40] = b"\x00" * 40
    return _write(tmp / "spoilt.zip", bytes(whole))


def _misspelt(tmp: Path) -> Path:
    headings = {"users": HEADINGS["users"].replace("givenName", "givnName")}
    return write(tmp / "r", good(), headings=headings)


FILES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "nothing there": (lambda tmp: tmp / "nowhere", "no_such_file"),
    "an empty folder": (lambda tmp: _folder(tmp), "no_files"),
    "something else": (lambda tmp: _write(tmp / "notes.csv", b"a,b\n1,2\n"), "not_oneroster"),
    "an empty file": (_spoilt("users.csv", b""), "empty_file"),
    "a picture": (_spoilt("users.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 100), "binary_file"),
    "a NUL further on": (_spoilt("users.csv", b"sourcedId,givenName\n" + b"a,b\n" * 2000 + b"x\x00,y\n"), "nul_bytes"),
    "no headings": (_spoilt("users.csv", b"\n\n  ,,\n"), "wrong_headings"),
    "other headings": (_spoilt("users.csv", b"Name,Mail\nAna,a@b.example\n"), "wrong_headings"),
    "a misspelt heading": (_misspelt, "wrong_headings"),
    "one heading twice": (
        _spoilt("users.csv", b"sourcedId,givenName,familyName,role,orgSourcedIds,role\n"),
        "duplicate_heading",
    ),
    "a quote without end": (
        _spoilt("users.csv", (HEADINGS["users"] + '\n"' + "x" * 140_000).encode()),
        "bad_csv",
    ),
    "half a zip": (_half_zip, "broken_zip"),
    "a damaged zip": (_spoilt_zip, "broken_zip"),
    "1.0": (_manifest(("oneroster.version", "1.0")), "unsupported_version"),
    "an unknown mode": (_manifest(("file.users", "most")), "bad_manifest"),
    "an announced file": (_manifest(("file.users", "bulk"), ("file.roles", "bulk")), "missing_file"),
    "a delta of 1.2": (
        lambda tmp: write(tmp / "r", {**good(), "roles": []}, version="1.2", mode="delta"),
        "delta_not_supported",
    ),
}


def _folder(tmp: Path) -> Path:
    (tmp / "empty").mkdir()
    return tmp / "empty"


@pytest.mark.parametrize(("make", "code"), FILES.values(), ids=FILES.keys())
def test_unusable_files_change_nothing(tmp_path: Path, make: Callable[[Path], Path], code: str) -> None:
    exit_code, summary = import_oneroster(make(tmp_path))
    assert (exit_code, [error["code"] for error in summary["errors"]]) == (2, [code])
    assert summary["errors"][0]["message"]
    assert not School.objects.exists() and not ExternalId.objects.exclude(source="techdesk").exists()
    assert not Person.objects.exclude(kind="service").exists() and not ImportRow.objects.exists()


def test_a_misspelt_heading_is_named_with_what_it_looks_like(tmp_path: Path) -> None:
    _code, summary = import_oneroster(_misspelt(tmp_path))
    assert "“givenName”" in summary["errors"][0]["message"] and "givnName" in summary["errors"][0]["message"]


def test_deleted_rows_need_a_manifest_to_be_believed(tmp_path: Path) -> None:
    folder = write(tmp_path / "r", changed(good(), "users", "leo", status="tobedeleted"))
    (folder / "manifest.csv").unlink()
    exit_code, summary = import_oneroster(folder)
    assert (exit_code, summary["errors"][0]["code"]) == (2, "missing_manifest")


def test_no_manifest_is_a_bulk_and_the_source_can_be_named(tmp_path: Path) -> None:
    folder = write(tmp_path / "r", good())
    (folder / "manifest.csv").unlink()
    exit_code, summary = import_oneroster(folder, source="by-hand")
    assert (exit_code, summary["created"]) == (0, 13)
    assert set(ExternalId.objects.values_list("source", flat=True)) == {"by-hand", "techdesk"}
    import_oneroster(folder)
    assert ExternalId.objects.filter(source="oneroster").count() == 12


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_other_encodings_come_in_right(tmp_path: Path, encoding: str) -> None:
    exit_code, summary = import_oneroster(write(tmp_path / "r", good(), encoding=encoding))
    assert (exit_code, summary["errors"]) == (0, [])
    assert Person.objects.get(username="zoe").given_name == "Zoë"
    assert ["windows_text"] * (encoding == "cp1252") == [note["code"] for note in summary["notes"]][:1]


def test_a_dry_run_writes_nothing_at_all(tmp_path: Path) -> None:
    exit_code, summary = import_oneroster(write(tmp_path / "r", good()), dry_run=True)
    assert (exit_code, summary["created"], summary["dry_run"], summary["imports"]) == (0, 13, True, [])
    for model in (School, Person, ExternalId, ImportRun, ImportRow, AuditEntry):
        assert not model.objects.exists(), model


def test_several_deliveries_in_one_call_are_applied_in_order_or_not_at_all(tmp_path: Path) -> None:
    first = write(tmp_path / "1", good())
    gone = [{**row, "status": "tobedeleted"} for row in good()["enrollments"][2:]]
    second = pack(write(tmp_path / "2", {"enrollments": gone}, mode="delta"), tmp_path / "2.zip")
    exit_code, summary = import_oneroster(first, second, max_removals=50.0)
    assert (exit_code, summary["created"], summary["deactivated"], len(summary["imports"])) == (0, 13, 1, 2)
    bad = _spoilt("users.csv", b"")(tmp_path)
    more = write(tmp_path / "3", without(good(), "users", "mom"))
    exit_code, summary = import_oneroster(more, bad, force=True)
    assert (exit_code, summary["deactivated"]) == (2, 0)
    assert Person.objects.get(username="mom").is_active


def test_the_named_person_acts_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    from tests.factories import person_with

    admin = person_with("district_admin", email="dana@maple.example")
    folder = write(tmp_path / "r", good())
    assert import_oneroster(folder, actor="nobody@maple.example")[1]["errors"][0]["code"] == "unknown_person"
    assert import_oneroster(folder, actor="Dana@maple.example")[0] == 0
    assert ImportRun.objects.get().owner == admin

"""Small OneRoster deliveries, written for a test: only what the test says differs from a good one."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

HEADINGS = {
    "orgs": "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId",
    "academicSessions": ("sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear"),
    "users": (
        "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,"
        "middleName,identifier,email,sms,phone,agentSourcedIds,grades,password"
    ),
    "roles": (
        "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,"
        "userProfileSourcedId"
    ),
    "courses": (
        "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,"
        "subjectCodes"
    ),
    "classes": (
        "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,"
        "schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods"
    ),
    "enrollments": (
        "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate"
    ),
}
Row = Mapping[str, str]


def org(key: str, name: str = "Lincoln", kind: str = "school", **more: str) -> Row:
    return {"sourcedId": key, "name": name, "type": kind, **more}


def user(key: str, role: str = "student", **more: str) -> Row:
    base = {
        "sourcedId": key,
        "enabledUser": "true",
        "orgSourcedIds": "s1",
        "role": role,
        "username": key,
        "givenName": f"Given{key}",
        "familyName": f"Family{key}",
        "identifier": f"9{key}",
        "grades": "05" if role == "student" else "",
    }
    return {**base, **more}


def section(key: str, title: str = "Homeroom 5B", **more: str) -> Row:
    base = {
        "sourcedId": key,
        "title": title,
        "classType": "homeroom",
        "courseSourcedId": "co",
        "schoolSourcedId": "s1",
        "termSourcedIds": "t1",
    }
    return {**base, **more}


def enrolment(key: str, section_key: str, person: str, role: str = "student", **more: str) -> Row:
    base = {"sourcedId": key, "classSourcedId": section_key, "schoolSourcedId": "s1", "userSourcedId": person}
    return {**base, "role": role, "primary": "true" if role == "teacher" else "false", **more}


#: A district of one school with a teacher, two students, a guardian and a homeroom.
def good() -> dict[str, list[Row]]:
    return {
        "orgs": [org("d1", "Maple", "district"), org("s1", "Lincoln", identifier="LIN", parentSourcedId="d1")],
        "academicSessions": [
            {"sourcedId": "y1", "title": "2026-2027", "type": "schoolYear", "startDate": "2026-08-10"}
            | {"endDate": "2027-06-30", "schoolYear": "2027"},
            {"sourcedId": "t1", "title": "Fall", "type": "semester", "startDate": "2026-08-10"}
            | {"endDate": "2026-12-18", "parentSourcedId": "y1", "schoolYear": "2027"},
        ],
        "users": [
            user("ana", "teacher", givenName="Ana", familyName="Díaz", email="Ana.Diaz@Maple.example"),
            user("zoe", givenName="Zoë", familyName="Martin"),
            user("leo", givenName="Leo", familyName="Okafor", email="leo@students.maple.example"),
            user("mom", "guardian", givenName="Ruth", familyName="Martin", phone="555 0100"),
        ],
        "courses": [{"sourcedId": "co", "title": "Homeroom", "orgSourcedId": "s1"}],
        "classes": [section("c1", location="Rm 104", grades="05", periods="1,2")],
        "enrollments": [
            enrolment("e1", "c1", "ana", "teacher"),
            enrolment("e2", "c1", "zoe", beginDate="2026-08-10", endDate="2027-06-30"),
            enrolment("e3", "c1", "leo"),
        ],
    }


def write(
    folder: Path,
    files: Mapping[str, Sequence[Row]],
    *,
    mode: str = "bulk",
    version: str = "1.1",
    source: str = "maple-sis",
    manifest: Iterable[tuple[str, str]] | None = None,
    headings: Mapping[str, str] | None = None,
    encoding: str = "utf-8",
    modes: Mapping[str, str] | None = None,
) -> Path:
    """A folder with one CSV per entry of `files` and a manifest that announces them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in files.items():
        columns = (headings or {}).get(name, HEADINGS[name]).split(",")
        with (folder / f"{name}.csv").open("w", newline="", encoding=encoding) as stream:
            writer = csv.writer(stream)
            writer.writerow(columns)
            writer.writerows([row.get(column, "") for column in columns] for row in rows)
    if manifest is None:
        said = [("manifest.version", "1.0"), ("oneroster.version", version), ("source.systemCode", source)]
        said += [(f"file.{name}", (modes or {}).get(name, mode)) for name in files]
    else:
        said = list(manifest)
    with (folder / "manifest.csv").open("w", newline="", encoding=encoding) as stream:
        csv.writer(stream).writerows([("propertyName", "value"), *said])
    return folder


def pack(folder: Path, target: Path) -> Path:
    """The files of `folder` as a zip."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    return target


def changed(files: dict[str, list[Row]], file: str, key: str, **values: Any) -> dict[str, list[Row]]:
    """The same files with some cells of one row changed."""
    rows = [{**row, **values} if row["sourcedId"] == key else row for row in files[file]]
    return {**files, file: rows}


def without(files: dict[str, list[Row]], name: str, *keys: str) -> dict[str, list[Row]]:
    return {**files, name: [row for row in files[name] if row["sourcedId"] not in keys]}

"""Documents: told by their bytes, limited, only ever saved; and all files in an object store instead of a folder."""

from __future__ import annotations

import datetime as dt
import uuid
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from django.core.files.storage import default_storage

from techdesk.base.clock import now
from techdesk.base.errors import BadInput, TooLarge
from techdesk.jobs.actions import (
    forget_unused_files,
    missing_files,
    open_stored_file,
    store_document,
    store_picture,
    store_upload,
)
from techdesk.jobs.models import StoredFile
from tests.factories import PersonFactory, SchoolFactory, person_with
from tests.jobs.pictures import photo_of_a_phone, upload
from tests.jobs.s3 import ObjectStore
from tickets.actions import add_message, open_ticket

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def office(folder: str = "word/", **more: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as parts:
        parts.writestr("[Content_Types].xml", "<Types/>")
        parts.writestr(f"{folder}document.xml", "<w/>")
        for name, content in more.items():
            parts.writestr(f"{folder}{name}", content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "content_type", "ending"),
    [
        (PDF, "manual.pdf", "application/pdf", "pdf"),
        (PDF, "manual.exe", "application/pdf", "pdf"),
        (b"line one\nline two\n", "boot.log", "text/plain", "log"),
        ("señal débil\n".encode("cp1252"), "notes.txt", "text/plain", "txt"),
        (b"a,b\n1,2\n", "list.CSV", "text/csv", "csv"),
        (office(), "letter.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
        (office("xl/"), "sheet", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ],
)
def test_it_is_kept_as_what_its_bytes_say(db: None, content: bytes, name: str, content_type: str, ending: str) -> None:
    file = store_document(actor=PersonFactory(), upload=upload(content, name, "text/html"))
    assert (file.content_type, file.size, file.is_picture) == (content_type, len(content), False)
    assert file.path.startswith("documents/") and file.path.endswith(f".{ending}") and name not in file.path
    with open_stored_file(file) as opened:
        assert opened.read() == content


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"MZ\x90\x00", "setup.exe", "unknown_document"),
        (b"#!/bin/sh\n", "run.sh", "unknown_document"),
        (b"<html><script>alert(1)</script>", "page.html", "unknown_document"),
        (b"a\x00b", "fake.txt", "unknown_document"),
        (b"PK\x03\x04broken", "x.docx", "unknown_document"),
        (office("other/"), "x.docx", "unknown_document"),
        (office(**{"vbaProject.bin": b"x"}), "macro.docx", "document_with_macros"),
    ],
)
def test_what_is_none_of_them_is_refused(db: None, content: bytes, name: str, code: str) -> None:
    with pytest.raises(BadInput) as refusal:
        store_document(actor=PersonFactory(), upload=upload(content, name))
    assert refusal.value.code == code
    assert not StoredFile.objects.exists()


def test_too_large_and_empty(db: None, settings: Any) -> None:
    settings.DOCUMENT_MAX_BYTES = 20
    with pytest.raises(TooLarge) as large:
        store_document(actor=PersonFactory(), upload=upload(PDF, "x.pdf"))
    assert large.value.code == "document_too_large"
    with pytest.raises(BadInput):
        store_document(actor=PersonFactory(), upload=upload(b"", "x.pdf"))


def test_a_picture_among_the_files_is_drawn_anew(db: None) -> None:
    file = store_upload(actor=PersonFactory(), upload=upload(photo_of_a_phone(), "scan.pdf"))
    assert file.is_picture and file.content_type == "image/jpeg"
    assert not store_upload(actor=PersonFactory(), upload=upload(PDF)).is_picture


def test_a_reply_carries_a_document_that_is_only_ever_saved(signed_in: Any) -> None:
    school = SchoolFactory()
    teacher, technician = person_with("teacher", school), person_with("technician", school)
    ticket = open_ticket(actor=teacher, school=school, subject="Projector")
    answer = signed_in(technician).post(
        f"/tickets/{ticket.number}/reply/",
        {
            "body": "The manual",
            "version": ticket.version,
            "submission": str(uuid.uuid4()),
            "photo": upload(PDF, "manual.pdf", "application/pdf"),
        },
    )
    assert answer.status_code == 302
    file = StoredFile.objects.get()
    page = signed_in(teacher).get(f"/tickets/{ticket.number}/").content.decode()
    assert f"/files/{file.key}/" in page and "manual.pdf" in page
    saved = signed_in(teacher).get(f"/files/{file.key}/")
    assert saved["Content-Disposition"] == 'attachment; filename="manual.pdf"'
    assert saved["Content-Type"] == "application/octet-stream"
    assert "sandbox" in saved["Content-Security-Policy"]
    assert signed_in(person_with("technician", SchoolFactory())).get(f"/files/{file.key}/").status_code == 404


# --- an object store instead of a folder ----------------------------------------------------------------


@pytest.fixture
def store(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    server = ObjectStore()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("TECHDESK_FILES", "s3://district/techdesk")
    monkeypatch.setenv("TECHDESK_S3_ENDPOINT", server.url)
    from techdesk.settings import stored_files

    settings.STORAGES = {**settings.STORAGES, "default": stored_files()}
    yield server
    server.stop()


def test_files_live_in_an_object_store(db: None, store: ObjectStore, signed_in: Any) -> None:
    person = PersonFactory()
    picture = store_picture(actor=person, upload=upload(photo_of_a_phone()))
    document = store_document(actor=person, upload=upload(PDF, "manual.pdf"))
    assert set(store.objects) == {f"techdesk/{picture.path}", f"techdesk/{document.path}"}
    assert store.objects[f"techdesk/{document.path}"][0] == PDF
    answer = signed_in(person).get(f"/files/{document.key}/")
    assert b"".join(answer.streaming_content) == PDF
    default_storage.delete(document.path)
    assert signed_in(person).get(f"/files/{document.key}/").status_code == 404


def test_the_sweep_works_there_too(db: None, store: ObjectStore) -> None:
    person = person_with("teacher", SchoolFactory())
    used, left, stray = (store_document(actor=person, upload=upload(PDF, "a.pdf")) for _ in range(3))
    ticket = open_ticket(actor=person, school=person.role_assignments.get().school, subject="Dark")
    add_message(actor=person, ticket=ticket, body="see there", pictures=[used])
    long_ago = now() - dt.timedelta(days=5)
    StoredFile.objects.update(created_at=long_ago)
    for key, (content, _moment) in list(store.objects.items()):
        store.objects[key] = (content, long_ago.timestamp())
    StoredFile.objects.filter(pk=stray.pk).delete()

    assert forget_unused_files() == 2

    assert set(store.objects) == {f"techdesk/{used.path}"}
    assert missing_files() == []
    store.objects.clear()
    assert missing_files() == [used.public_key]
    assert forget_unused_files() == 0 and StoredFile.objects.filter(pk=used.pk).exists()
    assert not StoredFile.objects.filter(pk=left.pk).exists()

"""Who gets a stored file, and as what."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from techdesk.jobs.actions import store_picture
from techdesk.jobs.models import StoredFile
from tests.factories import PersonFactory, SchoolFactory, person_with
from tests.jobs.pictures import photo_of_a_phone, upload
from tickets.actions import add_message, open_ticket


@pytest.fixture
def photo(db: None) -> Any:
    """A photo a teacher stored but used nowhere yet."""
    return store_picture(actor=person_with("teacher", SchoolFactory()), upload=upload(photo_of_a_phone()))


def get(client: Client, file: StoredFile) -> Any:
    return client.get(f"/files/{file.key}/")


def test_whoever_sent_it_sees_it_safely(signed_in: Any, photo: Any) -> None:
    answer = get(signed_in(photo.uploaded_by), photo)
    assert answer.status_code == 200 and b"".join(answer.streaming_content)[:3] == b"\xff\xd8\xff"
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Content-Disposition"].startswith("inline")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["Cache-Control"] == "private, no-store"


def test_nobody_else_does_before_it_belongs_to_a_ticket(signed_in: Any, photo: Any) -> None:
    for other in (person_with("technician"), person_with("district_admin"), PersonFactory()):
        assert get(signed_in(other), photo).status_code == 404
    assert get(Client(), photo).status_code == 302


def test_a_ticket_opens_it_to_those_who_see_the_ticket(signed_in: Any, photo: Any) -> None:
    school, other = SchoolFactory(), SchoolFactory()
    technician, stranger = person_with("technician", school), person_with("technician", other)
    open_ticket(actor=photo.uploaded_by, school=school, subject="Dark", pictures=[photo])
    assert get(signed_in(technician), photo).status_code == 200
    assert get(signed_in(stranger), photo).status_code == 404


def test_the_picture_of_a_note_is_as_internal_as_the_note(signed_in: Any) -> None:
    school = SchoolFactory()
    teacher, technician = person_with("teacher", school), person_with("technician", school)
    ticket = open_ticket(actor=teacher, school=school, subject="Dark")
    secret, shown = (store_picture(actor=technician, upload=upload(photo_of_a_phone())) for _ in range(2))
    add_message(actor=technician, ticket=ticket, body="note", is_internal=True, pictures=[secret])
    add_message(actor=technician, ticket=ticket, body="reply", pictures=[shown])
    assert get(signed_in(teacher), secret).status_code == 404
    assert get(signed_in(teacher), shown).status_code == 200
    assert get(signed_in(person_with("auditor", school)), secret).status_code == 200


@pytest.mark.parametrize("content_type", ["text/html", "image/svg+xml", "application/pdf"])
def test_what_was_not_drawn_anew_is_only_saved(signed_in: Any, content_type: str) -> None:
    person = PersonFactory()
    path = default_storage.save("x/page.html", ContentFile(b"<script>alert(1)</script>"))
    file = StoredFile.objects.create(
        path=path,
        original_name='a"\r\nX-Evil: y.html',
        content_type=content_type,
        size=25,
        sha256="0" * 64,
        uploaded_by=person,
    )
    answer = get(signed_in(person), file)
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment") and "X-Evil" not in answer.headers


def test_a_file_the_disk_lost_and_one_that_never_was(signed_in: Any, photo: Any) -> None:
    client = signed_in(photo.uploaded_by)
    default_storage.delete(photo.path)
    assert get(client, photo).status_code == 404
    assert client.get(f"/files/{uuid.uuid4()}/").status_code == 404
    assert client.post(f"/files/{photo.key}/").status_code == 405

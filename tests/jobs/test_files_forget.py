"""Pictures that nobody sent are forgotten; whatever is used stays."""

from __future__ import annotations

import datetime as dt
import os
from typing import Any

import pytest
from django.core.files.storage import default_storage

from techdesk.base.clock import now
from techdesk.jobs.actions import forget_unused_files, store_picture
from techdesk.jobs.models import StoredFile
from tests.factories import SchoolFactory, person_with
from tests.jobs.pictures import photo_of_a_phone, upload
from tickets.actions import open_ticket


def aged(file: StoredFile, days: int) -> StoredFile:
    StoredFile.objects.filter(pk=file.pk).update(created_at=now() - dt.timedelta(days=days))
    moment = (now() - dt.timedelta(days=days)).timestamp()
    os.utime(default_storage.path(file.path), (moment, moment))
    return file


@pytest.fixture
def teacher(db: None) -> Any:
    return person_with("teacher", SchoolFactory())


def test_only_old_pictures_that_nothing_refers_to_go(teacher: Any) -> None:
    used, left, fresh = (store_picture(actor=teacher, upload=upload(photo_of_a_phone())) for _ in range(3))
    school = teacher.role_assignments.get().school
    open_ticket(actor=teacher, school=school, subject="Dark", pictures=[aged(used, 30)])
    aged(left, 3)
    aged(fresh, 1)
    assert forget_unused_files() == 1
    assert set(StoredFile.objects.all()) == {used, fresh}
    assert not default_storage.exists(left.path)
    assert default_storage.exists(used.path) and default_storage.exists(fresh.path)
    assert forget_unused_files() == 0


def test_a_file_whose_row_was_never_written_goes_too(teacher: Any) -> None:
    stray, young = (store_picture(actor=teacher, upload=upload(photo_of_a_phone())) for _ in range(2))
    aged(stray, 3)
    StoredFile.objects.all().delete()
    assert forget_unused_files() == 1
    assert not default_storage.exists(stray.path) and default_storage.exists(young.path)


def test_files_that_are_no_pictures_are_left_alone(teacher: Any) -> None:
    kept = StoredFile.objects.create(
        path="imports/roster.zip",
        original_name="roster.zip",
        content_type="application/zip",
        size=1,
        sha256="0" * 64,
        uploaded_by=teacher,
        created_at=now() - dt.timedelta(days=90),
    )
    assert forget_unused_files() == 0 and StoredFile.objects.get() == kept


def test_without_any_picture_nothing_happens(db: None) -> None:
    assert forget_unused_files() == 0

"""What is too large is refused before it reaches the disk, in words and with a code."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client, override_settings

from tests.factories import person_with

pytestmark = pytest.mark.django_db


@override_settings(UPLOAD_MAX_BYTES=1000)
def test_a_page_says_so_and_nobody_looks_at_the_body(signed_in: Any) -> None:
    client = signed_in(person_with("district_technician"))
    answer = client.post("/imports/", {"kind": "oneroster", "oneroster-files": _file(2_000_000)})
    assert answer.status_code == 413
    assert answer["X-Problem-Code"] == "too_large"
    assert "Send less in one go" in answer.content.decode()


@override_settings(UPLOAD_MAX_BYTES=1000)
def test_it_comes_before_the_form_token_and_before_signing_in() -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/imports/", {"x": _file(2_000_000)}).status_code == 413


@override_settings(UPLOAD_MAX_BYTES=1000)
def test_the_api_gets_a_problem() -> None:
    answer = Client().post("/api/v1/tickets/", b"x" * 2_000_000, content_type="application/json")
    assert answer.status_code == 413
    assert json.loads(answer.content)["code"] == "too_large"


def _file(size: int) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile("roster.zip", b"x" * size)

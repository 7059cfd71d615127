"""Load balancers ask a machine by its number: health is told under any name, everything else only under ours."""

from __future__ import annotations

from typing import Any

from django.test import Client


def test_health_is_told_under_any_name(db: Any, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["techdesk.district.example"]
    assert Client().get("/healthz", HTTP_HOST="10.1.2.3:8000").content == b"ok\n"
    assert Client().get("/readyz", HTTP_HOST="10.1.2.3:8000").status_code in (200, 503)
    assert Client().get("/", HTTP_HOST="10.1.2.3:8000").status_code == 400


def test_health_is_told_without_tls(db: Any, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get("/healthz").status_code == 200

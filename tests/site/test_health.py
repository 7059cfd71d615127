import pytest
from django.test import Client


@pytest.mark.django_db
def test_process_answers_without_login() -> None:
    answer = Client().get("/healthz")
    assert answer.status_code == 200
    assert answer.content == b"ok\n"


@pytest.mark.django_db
def test_readiness_names_each_part() -> None:
    answer = Client().get("/readyz")
    assert answer.json() == {"ready": True, "database": True, "migrations": True, "redis": True}

"""What every test may use. PostgreSQL always; pages through Django's test client; nothing of ours is mocked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.faults.town import Town

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"


def pytest_configure(config: pytest.Config) -> None:
    """Spanish pages are tested with the catalogue as it is now."""
    from techdesk.base.catalogues import compile_catalogues

    compile_catalogues()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real input that may lie beside the project."""
    data = SHARED / "data"
    if not data.is_dir():
        pytest.skip("shared/data does not lie beside the project")
    return data


@pytest.fixture
def signed_in(db: Any) -> Any:
    """signed_in(person) -> a client with that person's session."""

    def make(person: Any) -> Client:
        client = Client()
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return make


@pytest.fixture(autouse=True)
def _private_folder(settings: Any, tmp_path: Path) -> None:
    """Files of a test stay with the test."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "files")},
        },
    }


@pytest.fixture
def town(transactional_db: Any, tmp_path: Path) -> Iterator[Town]:
    """Everything running, on the test's database; stopped before the database is emptied."""
    place = Town(tmp_path)
    try:
        place.start()
        yield place
    finally:
        place.stop()

"""People that the tests of the directory need again and again."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from techdesk.base.cache import PatientRedisCache
from techdesk.base.keys import uuid7
from tests.factories import SchoolFactory, person_with


@pytest.fixture
def school(db: Any) -> Any:
    return SchoolFactory(code="LIN", name="Lincoln")


@pytest.fixture
def elsewhere(db: Any) -> Any:
    return SchoolFactory(code="ROO", name="Roosevelt")


@pytest.fixture
def technician(school: Any) -> Any:
    return person_with("technician", school)


@pytest.fixture
def admin(db: Any) -> Any:
    return person_with("district_admin")


@pytest.fixture
def at_once() -> Any:
    """at_once(calls) -> what each returned or raised, carried out in as many threads (needs transaction=True)."""

    def run(calls: Iterable[Any]) -> list[Any]:
        def one(call: Any) -> Any:
            try:
                return call()
            except Exception as error:
                return error
            finally:
                connection.close()

        calls = list(calls)
        with ThreadPoolExecutor(len(calls)) as threads:
            return list(threads.map(one, calls))

    return run


@pytest.fixture(autouse=True)
def _own_cache(settings: Any, monkeypatch: Any) -> None:
    """What one test asked too often must not slow down the next one, or somebody else's at the same server.

    And a busy machine must not make the cache look away: without it nothing is counted.
    """
    default = settings.CACHES["default"]
    patient = {**default["OPTIONS"], "socket_timeout": 20, "socket_connect_timeout": 20}
    settings.CACHES = {"default": {**default, "KEY_PREFIX": f"test-{uuid7()}", "OPTIONS": patient}}
    monkeypatch.setattr(PatientRedisCache, "silent_until", 0.0)

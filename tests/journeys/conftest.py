"""The browser of the journeys: the machine's Chromium or Chrome, loudly skipped when there is none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from techdesk.embedded.browser import find_browser, is_required


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Playwright's own browsers are never downloaded."""
    found = find_browser()
    if found is None:
        say = pytest.fail if is_required() else pytest.skip
        say("No Chromium or Chrome on this machine: the browser journeys did not run.")
    return {**browser_type_launch_args, "executable_path": found}


@pytest.fixture(scope="session", autouse=True)
def _orm_beside_playwright() -> Iterator[None]:
    """Playwright's sync API keeps an event loop in this thread; Django would refuse the ORM beside it."""
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    yield
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
    else:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before

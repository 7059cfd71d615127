"""The browser of the journeys: the machine's Chromium or Chrome, loudly skipped when there is none."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from techdesk.embedded.browser import find_browser, is_required

# A page of real processes on a busy machine with two cores may take its time.
expect.set_options(timeout=15_000)


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


@pytest.fixture
def sign_in() -> Callable[[Page, str, Any], None]:
    """sign_in(page, base, person): the page's browser gets a session of that person, without the login form."""

    def give_session(page: Page, base: str, person: Any) -> None:
        client = Client()
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        name = settings.SESSION_COOKIE_NAME
        page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": base}])

    return give_session


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """visit(base, width=360, scripts=True) -> a page in a browser of its own, on a phone when it is that narrow.

    The test fails when a browser complained: an error of a script, something the policy blocked, a file or a page
    that did not come.
    """
    complaints: list[str] = []
    contexts = []

    def open_page(base: str, *, width: int = 1280, scripts: bool = True) -> Page:
        options: dict[str, Any] = {"viewport": {"width": width, "height": 800}}
        if width < 600:
            options = {"viewport": {"width": width, "height": 740}, "has_touch": True, "is_mobile": True}
        context = browser.new_context(base_url=base, java_script_enabled=scripts, **options)
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(f"{page.url}: {m.text}") if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []

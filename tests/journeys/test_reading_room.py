"""The reading room of the API in a real browser: narrow and wide, light and dark, nothing blocked, axe content."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from tests.factories import SchoolFactory, person_with


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_reading_room(transactional_db: None, live_server: Any, page: Page, width: int, theme: Any) -> None:
    client = Client()
    client.force_login(
        person_with("teacher", SchoolFactory()), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{live_server.url}/api/v1/docs/")
    page.locator("#devices_check_out summary").click()
    expect(page.locator("#devices_check_out")).to_contain_text("slot")
    page.locator("#thing-Device summary").click()
    expect(page.locator("#thing-Device")).to_contain_text("auto_update_through")
    page.locator("#devices_list summary").click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert complaints == []
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()

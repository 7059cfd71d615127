"""The main pages with the demo district's data: nothing cut off, no script or style blocked, axe content."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from devices.models import Device
from techdesk.directory.models import Person
from techdesk.site.demo import plan
from techdesk.site.demo.load import load_demo
from tickets.models import Ticket


def _ticket(person: Person) -> str:
    return Ticket.objects.visible_to(person).active().newest_first()[0].get_absolute_url()


def _cart(person: Person) -> str:
    return Device.objects.visible_to(person).carts()[0].get_absolute_url()


def _held(person: Person) -> str:
    return Device.objects.visible_to(person).filter(status="in_use", category__slug="chromebook")[0].get_absolute_url()


def _student(person: Person) -> str:
    return Person.objects.visible_to(person).filter(kind="student")[0].get_absolute_url()


#: account, page (an address, or a function of the person that finds one)
PAGES: list[tuple[str, str, str | Callable[[Person], str]]] = [
    ("ask", "teacher", "/tickets/new/"),
    ("ask a question", "teacher", "/tickets/new/device/"),
    ("lesson stopped", "teacher", "/tickets/new/lesson-stopped/"),
    ("my requests", "teacher", "/tickets/mine/"),
    ("my ticket", "teacher", _ticket),
    ("my devices", "teacher", "/devices/mine/"),
    ("queue", "tech", "/tickets/"),
    ("ticket", "tech", _ticket),
    ("devices", "tech", "/devices/"),
    ("device", "tech", _held),
    ("cart", "tech", _cart),
    ("people", "tech", "/people/"),
    ("person", "tech", _student),
    ("imports", "tech", "/imports/"),
    ("notices", "tech", "/notices/"),
    ("settings", "student", "/settings/"),
    ("no such page", "student", "/no/such/page/"),
]


@pytest.fixture
def demo(transactional_db: Any, settings: Any) -> None:
    load_demo()


def _sign_in(page: Page, base: str, account: str) -> None:
    page.goto(f"{base}/accounts/login/")
    page.fill("input[name=login]", f"{account}@{plan.DOMAIN}")
    page.fill("input[name=password]", plan.PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "login" not in url)


#: The eight that people see most are looked at in every width and theme, the others in two.
MAIN = {"ask", "ask a question", "my ticket", "queue", "ticket", "devices", "device", "people"}
ALL_LOOKS = ((360, "light"), (1280, "light"), (360, "dark"), (1280, "dark"))


def test_main_pages_in_both_widths_and_themes(demo: None, live_server: Any, browser: Browser) -> None:
    wrong: list[str] = []
    for account in sorted({account for _name, account, _where in PAGES}):
        context = browser.new_context()
        # axe sets inline styles, which our policy blocks: what the page itself does is watched in a tab without it.
        watched, examined = context.new_page(), context.new_page()
        blocked: list[str] = []
        watched.on("console", lambda m, b=blocked: b.append(m.text) if "Content Security Policy" in m.text else None)
        watched.on("pageerror", lambda error, b=blocked: b.append(str(error)))
        _sign_in(watched, live_server.url, account)
        person = Person.objects.get(email=f"{account}@{plan.DOMAIN}")
        for name, _account, where in [entry for entry in PAGES if entry[1] == account]:
            path = where if isinstance(where, str) else where(person)
            watched.goto(f"{live_server.url}{path}", wait_until="networkidle")
            for width, theme in ALL_LOOKS if name in MAIN else ALL_LOOKS[::3]:
                examined.set_viewport_size({"width": width, "height": 800})
                examined.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
                examined.goto(f"{live_server.url}{path}")
                label = f"{name} {width} {theme}"
                if not examined.evaluate("document.documentElement.scrollWidth <= innerWidth"):
                    wrong.append(f"{label}: wider than the screen")
                results = Axe().run(examined)
                if results.violations_count:
                    wrong.append(f"{label}: {results.generate_report()}")
        wrong += [f"{account}: {text}" for text in blocked]
        context.close()
    assert not wrong, "\n".join(wrong)

"""The components in a real browser: keyboard, picker, drafts, live, photo; with and without JavaScript."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect

CATALOGUE = "/-/components/"


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained about."""
    return []


@pytest.fixture
def catalogue(live_server: Any, settings: Any, page: Page, complaints: list[str]) -> Iterator[Page]:
    """The catalogue page, open; the test fails when the browser reported an error or a blocked script or style."""
    settings.DEMO = True
    # An answer 409 or 500 that a test plays is on the console too: the browser's words, not a mistake of the page.
    page.on(
        "console",
        lambda message: (
            complaints.append(message.text)
            if message.type == "error"
            and "Failed to load resource" not in message.text
            and "Response Status" not in message.text
            else None
        ),
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{live_server.url}{CATALOGUE}")
    yield page
    assert complaints == []


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_cut_off_and_axe_is_content(catalogue: Page, complaints: list[str], width: int, theme: Any) -> None:
    catalogue.emulate_media(color_scheme=theme)
    catalogue.set_viewport_size({"width": width, "height": 800})
    for address in ("", "?errors=1&empty=1"):
        catalogue.goto(f"{catalogue.url.partition('?')[0]}{address}")
        assert catalogue.evaluate("document.documentElement.scrollWidth <= innerWidth")
        for wrap in catalogue.locator(".table-wrap").all():
            assert wrap.evaluate("wrap => wrap.scrollWidth <= wrap.clientWidth")
        results = Axe().run(catalogue)
        complaints.clear()  # axe sets inline styles, which our policy blocks
        assert results.violations_count == 0, results.generate_report()


def test_the_picker_finds_by_words_and_sends_the_key(catalogue: Page) -> None:
    box = catalogue.get_by_role("combobox", name="Which device?")
    sent = catalogue.locator('input[name="device"]')
    options = catalogue.get_by_role("listbox").get_by_role("option")
    box.fill("acer")
    expect(options).to_have_count(1)
    box.press("Enter")
    expect(sent).to_have_value("C-0398")
    expect(box).to_have_value("C-0398 · Acer Chromebook 311")
    expect(box).to_have_attribute("aria-expanded", "false")
    box.fill("c")
    expect(options).to_have_count(3)
    box.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    box.press("Escape")
    expect(options).to_have_count(0)
    # What a scanner types counts as the key, found or not.
    expect(sent).to_have_value("c")
    box.fill("nothing like it")
    expect(catalogue.get_by_text("Nothing found. Check the spelling.")).to_be_visible()


def test_a_half_written_text_survives_and_a_sent_one_goes(catalogue: Page) -> None:
    text = catalogue.get_by_label("What happens?")
    text.fill("The board stays dark")
    catalogue.get_by_label("Tuesday").check()
    catalogue.reload()
    expect(text).to_have_value("The board stays dark")
    expect(catalogue.get_by_label("Tuesday")).to_be_checked()
    catalogue.evaluate(
        "localStorage.setItem('draft:nobody:other', '{}'); sessionStorage.setItem('draft-sent', 'draft:nobody:other')"
    )
    catalogue.reload()
    assert catalogue.evaluate("localStorage.getItem('draft:nobody:other')") is None
    # The same form again, or a refusal, is no arrival.
    catalogue.evaluate("sessionStorage.setItem('draft-sent', 'draft:nobody:catalogue')")
    catalogue.reload()
    expect(text).to_have_value("The board stays dark")


def test_the_list_is_a_place_to_work_by_keyboard(catalogue: Page) -> None:
    catalogue.evaluate("document.activeElement.blur()")
    rows = catalogue.locator("table").first.locator("tbody tr")
    catalogue.keyboard.press("j")
    catalogue.keyboard.press("j")
    expect(rows.nth(1)).to_have_attribute("data-here", "")
    catalogue.keyboard.press("x")
    expect(rows.nth(1).get_by_role("checkbox")).to_be_checked()
    expect(catalogue.get_by_text("Selected rows: 1")).to_be_visible()
    catalogue.keyboard.press("k")
    catalogue.keyboard.press("x")
    expect(catalogue.get_by_text("Selected rows: 2")).to_be_visible()
    catalogue.get_by_label("Select all rows on this page").check()
    expect(catalogue.get_by_text("Selected rows: 5")).to_be_visible()
    catalogue.keyboard.press("?")
    keys = catalogue.get_by_role("dialog", name="Keys on this page")
    expect(keys).to_contain_text("New ticket")
    expect(keys).to_contain_text("Next and previous row")
    catalogue.keyboard.press("Escape")
    expect(keys).not_to_be_visible()
    # A page with a scan box gives the focus back to it.
    expect(catalogue.get_by_label("Scan a student or a device")).to_be_focused()
    catalogue.evaluate("document.activeElement.blur()")
    catalogue.keyboard.press("/")
    expect(catalogue.get_by_label("Search tickets")).to_be_focused()
    catalogue.keyboard.type("jx?")
    expect(catalogue.get_by_label("Search tickets")).to_have_value("jx?")


def test_a_dialog_opens_instead_of_the_confirm_page(catalogue: Page) -> None:
    address = catalogue.url
    catalogue.get_by_role("link", name="Retire device").click()
    dialog = catalogue.get_by_role("dialog", name="Retire C-0412?")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog).not_to_be_visible()
    assert catalogue.url == address


def test_news_wait_in_a_chip_and_a_lost_connection_is_told(catalogue: Page) -> None:
    asked: list[str] = []

    def answer(route: Any) -> None:
        asked.append(route.request.url)
        if len(asked) < 3:
            route.fulfill(json={"new": 3, "mark": "42"})
        else:
            route.fulfill(status=500)

    catalogue.route(re.compile("/-/components/found/"), answer)
    catalogue.clock.install()
    catalogue.reload()
    rows = catalogue.locator("table").first.locator("tbody").inner_html()
    catalogue.clock.run_for(21_000)
    expect(catalogue.get_by_role("link", name="3 new", exact=True)).to_be_visible()
    expect(catalogue.locator("[data-live-age]")).to_have_text("updated just now")
    catalogue.clock.run_for(15_000)
    expect(catalogue.locator("[data-live-age]")).to_contain_text("s ago")
    assert catalogue.locator("table").first.locator("tbody").inner_html() == rows
    for _ in range(8):
        catalogue.clock.run_for(30_000)
        catalogue.wait_for_timeout(50)
    expect(catalogue.locator("[data-live-age]")).to_contain_text("no connection")
    # It asks less often when nobody answers: after two good answers, at most five more in four minutes.
    assert len(asked) <= 7


def test_a_photo_is_shown_before_it_is_sent(catalogue: Page) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (800, 600), "teal").save(picture, "PNG")
    files: Any = [{"name": "board.png", "mimeType": "image/png", "buffer": picture.getvalue()}]
    catalogue.get_by_label("Photo").set_input_files(files)
    expect(catalogue.get_by_role("img", name="board.png")).to_be_visible()
    expect(catalogue.locator("[data-shots]")).to_contain_text("kB")


def test_a_row_is_a_link_and_text_in_it_can_be_selected(catalogue: Page) -> None:
    catalogue.locator("table").first.get_by_text("Lincoln 12").first.click()
    assert catalogue.url.endswith("#")


def test_a_refusal_to_htmx_is_said_and_a_login_page_never_swapped_in(catalogue: Page) -> None:
    login = '<html><meta name="techdesk-page" content="entrance"><form>password</form></html>'
    refusal = "<html><p data-problem-text>C-0412 is already out.</p></html>"
    catalogue.route("**/login-instead/", lambda route: route.fulfill(body=login, content_type="text/html"))
    catalogue.route("**/refused/", lambda route: route.fulfill(status=409, body=refusal, content_type="text/html"))
    heading = catalogue.locator("h1").inner_text()
    for address in ("/login-instead/", "/refused/"):
        catalogue.evaluate(f"htmx.ajax('GET', {json.dumps(address)}, '#main').catch(() => 0)")
    expect(catalogue.locator("#toasts")).to_contain_text("You were signed out.")
    expect(catalogue.locator("#toasts")).to_contain_text("C-0412 is already out.")
    assert catalogue.locator("h1").inner_text() == heading
    expect(catalogue.get_by_role("link", name="Sign in again")).to_be_visible()


def test_it_all_works_without_javascript(live_server: Any, settings: Any, browser: Any) -> None:
    settings.DEMO = True
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}{CATALOGUE}")
    device = page.locator('input[name="device"]')
    expect(device).to_be_visible()
    expect(device).to_have_value("C-0412")
    page.get_by_text("Views").click()
    expect(page.get_by_role("link", name="Forget this view")).to_be_visible()
    page.get_by_text("Filter", exact=True).click()
    page.get_by_role("combobox", name="School").select_option("roo")
    page.get_by_role("button", name="Show").click()
    assert "school=roo" in page.url
    expect(page.get_by_role("link", name="School: Roosevelt")).to_be_visible()
    context.close()

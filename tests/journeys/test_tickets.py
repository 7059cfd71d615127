"""Asking and answering in a real browser: a phone without JavaScript, a keyboard, two technicians at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.factories import DeviceFactory, RoomFactory, SchoolFactory, person_with
from tests.jobs.pictures import photo_of_a_phone
from tickets.actions import add_message, ensure_issue_types, open_ticket, resolve_ticket
from tickets.models import Attachment, Ticket

PASSWORD = "correct horse battery"


@pytest.fixture
def lincoln(transactional_db: Any, live_server: Any) -> dict[str, Any]:
    """A school, its teacher in room 12 and its technician."""
    ensure_issue_types()
    school = SchoolFactory(name="Lincoln Elementary")
    room = RoomFactory(school=school, code="12")
    return {
        "base": live_server.url,
        "school": school,
        "teacher": person_with("teacher", school, given_name="Ana", family_name="Diaz", default_room=room),
        "technician": person_with("technician", school, given_name="Sam", family_name="Lee"),
    }


@pytest.fixture
def signed_in_page(lincoln: dict[str, Any], browser: Browser) -> Iterator[Any]:
    """signed_in_page("teacher", width=360) -> a page of that person's own browser."""
    contexts = []

    def make(who: str, *, width: int = 1280, scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 800}, java_script_enabled=scripts, base_url=lincoln["base"]
        )
        contexts.append(context)
        page = context.new_page()
        page.goto("/accounts/login/")
        page.fill("input[name=login]", lincoln[who].email)
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda url: "login" not in url)
        return page

    yield make
    for context in contexts:
        context.close()


def test_a_teacher_asks_from_a_phone_without_javascript(
    lincoln: dict[str, Any], signed_in_page: Any, tmp_path: Path
) -> None:
    DeviceFactory(school=lincoln["school"], assigned_to=lincoln["teacher"], asset_tag="C-0412")
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(photo_of_a_phone())
    page = signed_in_page("teacher", width=360, scripts=False)
    page.goto("/tickets/new/")
    page.get_by_role("link", name="Chromebook or tablet").click()
    page.get_by_label("What happens?").fill("The screen stays black. It was fine yesterday.")
    page.get_by_text("Tag C-0412").click()
    page.get_by_label("Type the tag").fill("C-9999")
    page.set_input_files("input[type=file]", photo)
    page.get_by_role("button", name="Ask for help").click()
    # The tag is wrong: the words and the photo are still there.
    expect(page.locator(".error-summary")).to_contain_text("has the tag C-9999")
    expect(page.get_by_label("What happens?")).to_have_value("The screen stays black. It was fine yesterday.")
    expect(page.get_by_text("“photo.jpg” is kept")).to_be_visible()
    page.get_by_label("Type the tag").fill("")
    page.get_by_role("button", name="Ask for help").click()
    ticket = Ticket.objects.get()
    expect(page.get_by_text(f"We have it: T-{ticket.number}")).to_be_visible()
    expect(page.get_by_text("Sam Lee")).to_be_visible()
    assert Attachment.objects.get().ticket == ticket and ticket.devices.get().asset_tag == "C-0412"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_half_written_request_survives_a_closed_lid(lincoln: dict[str, Any], signed_in_page: Any) -> None:
    page = signed_in_page("teacher", width=360)
    page.goto("/tickets/new/lesson-stopped/")
    page.get_by_label("What has stopped?").fill("Board dark in the middle of the test")
    page.goto("/tickets/new/")
    page.get_by_role("link", name=re.compile("My lesson is stopped")).click()
    expect(page.get_by_label("What has stopped?")).to_have_value("Board dark in the middle of the test")
    page.get_by_role("button", name="Tell a technician now").click()
    expect(page.get_by_text("They see that your lesson is stopped.")).to_be_visible()
    page.goto("/tickets/new/lesson-stopped/")
    expect(page.get_by_label("What has stopped?")).to_have_value("")


def test_the_queue_says_what_is_new_moves_nothing_and_obeys_the_keyboard(
    lincoln: dict[str, Any], signed_in_page: Any
) -> None:
    for n in range(3):
        open_ticket(actor=lincoln["teacher"], school=lincoln["school"], subject=f"Old {n}")
    page = signed_in_page("technician")
    page.goto("/tickets/")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(3)
    for n in range(2):
        open_ticket(actor=lincoln["teacher"], school=lincoln["school"], subject=f"New {n}", priority="urgent")
    # What the page does by itself every 20 seconds it also does when its tab comes back.
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    chip = page.locator("[data-live-new]")
    expect(chip).to_have_text("2 new")
    expect(rows).to_have_count(3)
    chip.click()
    expect(rows.first).to_contain_text("New 1")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("a")
    expect(page.get_by_text("2 tickets are yours now.")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/tickets/\d+/$"))
    page.keyboard.press("r")
    expect(page.locator("#reply_body")).to_be_focused()


def test_a_technician_who_was_overtaken_sees_what_is_new_and_keeps_the_text(
    lincoln: dict[str, Any], signed_in_page: Any
) -> None:
    ticket = open_ticket(actor=lincoln["teacher"], school=lincoln["school"], subject="Board dark")
    page = signed_in_page("technician")
    page.goto(f"/tickets/{ticket.number}/")
    page.locator("#reply_body").fill("Is it plugged in?")
    add_message(actor=lincoln["teacher"], ticket=ticket, body="It hums now")
    page.get_by_role("button", name="Send reply").click()
    expect(page.get_by_text("This ticket changed while you were writing")).to_be_visible()
    expect(page.locator("#meanwhile")).to_contain_text("It hums now")
    expect(page.get_by_label("Your reply")).to_have_value("Is it plugged in?")
    page.get_by_role("button", name="Send reply").click()
    expect(page.get_by_text("Your reply is on its way.")).to_be_visible()
    expect(page.locator(".timeline")).to_contain_text("Is it plugged in?")
    # Sent is sent: the box is empty again, the draft is gone.
    expect(page.locator("#reply_body")).to_have_value("")


def test_the_teacher_says_that_it_works(lincoln: dict[str, Any], signed_in_page: Any) -> None:
    ticket = open_ticket(actor=lincoln["teacher"], school=lincoln["school"], subject="Board dark")
    resolve_ticket(actor=lincoln["technician"], ticket=ticket, resolution="New lamp")
    page = signed_in_page("teacher", width=360)
    page.goto(f"/tickets/{ticket.number}/")
    page.get_by_role("link", name="Still broken").click()
    page.get_by_label("What is still wrong?").fill("It went dark again")
    page.get_by_role("button", name="Reopen").click()
    expect(page.locator(".timeline")).to_contain_text("It went dark again")
    resolve_ticket(actor=lincoln["technician"], ticket=ticket, resolution="New fuse")
    page.goto("/tickets/new/")
    page.get_by_role("button", name="Yes").click()
    expect(page.get_by_text("Good to hear.")).to_be_visible()
    assert Ticket.objects.get().status == "closed"

"""A technician's morning without a mouse: the queue, a ticket, and what comes in meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.factories import SchoolFactory, person_with
from tests.journeys.keyboard import press, tab_to
from tickets.actions import open_ticket
from tickets.models import Message, Ticket


@pytest.fixture
def desk(
    transactional_db: None, live_server: Any, visit: Callable[..., Page], sign_in: Callable[..., None]
) -> tuple[Page, Any]:
    """The technician's queue with five tickets, T1 to T5, the newest first; and the teacher who asked."""
    school: Any = SchoolFactory(name="Lincoln Elementary")
    teacher = person_with("teacher", school, given_name="Ana", family_name="Diaz")
    for n in range(1, 6):
        open_ticket(actor=teacher, school=school, subject=f"Lamp {n} blinks")
    page = visit(live_server.url)
    sign_in(page, live_server.url, person_with("technician", school, given_name="Sam", family_name="Lee"))
    page.clock.install()
    page.goto("/")
    expect(page).to_have_url(f"{live_server.url}/tickets/")
    return page, teacher


def rows(page: Page) -> Locator:
    return page.locator("tbody tr")


def test_a_ticket_from_the_queue_to_resolved_by_keyboard(desk: tuple[Page, Any]) -> None:
    page, _teacher = desk
    press(page, "j", "j", "j", "k")
    here = page.locator("tr[data-here]")
    expect(here).to_have_count(1)
    expect(here).to_contain_text("Lamp 4 blinks")
    press(page, "Enter")
    ticket = Ticket.objects.get(subject="Lamp 4 blinks")
    page.wait_for_url(re.compile(rf"/tickets/{ticket.number}/$"))

    press(page, "a")
    expect(page.locator(".toast")).to_contain_text("has changed hands")
    press(page, "r")
    expect(page.get_by_label("Your reply")).to_be_focused()
    page.keyboard.type("Is it the lamp or the fuse? jkxe?")
    tab_to(page, page.get_by_role("button", name="Send reply"))
    press(page, "Enter")
    expect(page.locator(".timeline")).to_contain_text("Is it the lamp or the fuse? jkxe?")
    press(page, "i")
    expect(page.get_by_label("Note")).to_be_focused()
    page.keyboard.type("Spare lamps are in room 3.")
    tab_to(page, page.get_by_role("button", name="Keep note"))
    press(page, "Enter")
    expect(page.locator(".event.internal")).to_contain_text("Spare lamps are in room 3.")
    press(page, "e")
    expect(page.get_by_label("What did you do?")).to_be_focused()
    page.keyboard.type("New lamp.")
    tab_to(page, page.get_by_role("button", name="Resolve"))
    press(page, "Enter")
    expect(page.locator(".toast")).to_contain_text(f"{ticket} is resolved.")

    ticket.refresh_from_db()
    assert (ticket.status, str(ticket.assignee)) == ("resolved", "Sam Lee")
    said = Message.objects.of_ticket(ticket).order_by("pk").values_list("body", "is_internal")
    assert list(said) == [
        ("Is it the lamp or the fuse? jkxe?", False),
        ("Spare lamps are in room 3.", True),
        ("New lamp.", False),
    ]


def test_several_at_once_search_and_help_by_keyboard(desk: tuple[Page, Any]) -> None:
    page, _teacher = desk
    press(page, "j", "x", "j", "j", "x")
    expect(page.get_by_text("Selected rows: 2")).to_be_visible()
    press(page, "?")
    help_box = page.get_by_role("dialog", name="Keys on this page")
    for words in ("Next and previous row", "New ticket", "Assign to me", "Filter"):
        expect(help_box).to_contain_text(words)
    press(page, "Escape", "a")
    expect(page.locator(".toast")).to_contain_text("2 tickets are yours now.")
    assert set(Ticket.objects.filter(assignee__family_name="Lee").values_list("subject", flat=True)) == {
        "Lamp 5 blinks",
        "Lamp 3 blinks",
    }
    press(page, "/")
    expect(page.get_by_label("Number or words")).to_be_focused()
    page.keyboard.type("lamp 2")
    press(page, "Enter")
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("Lamp 2 blinks")
    press(page, "n")
    expect(page.get_by_role("heading", name="What do you need?")).to_be_visible()


def test_a_new_ticket_is_told_by_a_chip_and_nothing_moves(desk: tuple[Page, Any]) -> None:
    page, teacher = desk
    press(page, "j", "j")
    before = page.locator("tbody").inner_html()
    place = page.locator("tr[data-here]").bounding_box()
    chip = page.locator("[data-live-new]")
    page.clock.run_for(21_000)
    expect(page.locator("[data-live-age]")).to_have_text("updated just now")
    expect(chip).to_be_hidden()
    open_ticket(actor=teacher, school=Ticket.objects.all()[0].school, subject="My lesson is dark", priority="urgent")
    page.clock.run_for(21_000)
    expect(chip).to_have_text("1 new")
    assert page.locator("tbody").inner_html() == before
    assert page.locator("tr[data-here]").bounding_box() == place
    chip.focus()
    press(page, "Enter")
    expect(rows(page)).to_have_count(6)
    expect(rows(page).first).to_contain_text("My lesson is dark")
    expect(chip).to_be_hidden()

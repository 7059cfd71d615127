"""Nothing is lost on a computer that runs no scripts: asking, answering, handing out, taking back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from devices.models import Custody, Device
from tests.factories import DeviceFactory, RoomFactory, SchoolFactory, person_with
from tickets.actions import open_ticket
from tickets.models import Ticket

Browse = Callable[..., Page]


@pytest.fixture
def school(transactional_db: None) -> Any:
    return SchoolFactory(name="Lincoln Elementary")


@pytest.fixture
def teacher(school: Any) -> Any:
    room = RoomFactory(school=school, code="12")
    return person_with("teacher", school, given_name="Ana", family_name="Diaz", default_room=room)


@pytest.fixture
def technician(school: Any) -> Any:
    return person_with("technician", school, given_name="Sam", family_name="Lee")


@pytest.fixture
def browse(live_server: Any, visit: Browse, sign_in: Callable[..., None]) -> Browse:
    """browse(person, width=1280) -> the first page of that person, scripts off."""

    def open_home(person: Any, width: int = 1280) -> Page:
        page = visit(live_server.url, width=width, scripts=False)
        sign_in(page, live_server.url, person)
        page.goto("/")
        return page

    return open_home


def test_a_teacher_asks(browse: Browse, school: Any, teacher: Any, technician: Any) -> None:
    DeviceFactory(school=school, asset_tag="00 17/B")
    page = browse(teacher, width=360)
    page.get_by_role("link", name="Chromebook or tablet").click()
    page.get_by_label("What happens?").fill("The <b>screen</b> stays black.")
    page.get_by_label("tag on its sticker").fill("00 17/b")
    page.get_by_role("button", name="Ask for help").click()
    ticket = Ticket.objects.get()
    expect(page.get_by_text(f"We have it: {ticket}")).to_be_visible()
    expect(page.get_by_text("The <b>screen</b> stays black")).to_be_visible()
    assert [device.asset_tag for device in ticket.devices.all()] == ["00 17/B"]
    page.get_by_role("link", name="My requests").click()
    expect(page.locator("main").get_by_role("link", name="The <b>screen</b> stays black")).to_be_visible()


def test_a_technician_replies_and_resolves_and_the_teacher_confirms(
    browse: Browse, school: Any, teacher: Any, technician: Any
) -> None:
    ticket = open_ticket(actor=teacher, school=school, subject="Board stays dark")
    page = browse(technician)
    page.get_by_role("link", name="Board stays dark").click()
    page.get_by_role("button", name="Assign to me").click()
    expect(page.locator(".toasts")).to_contain_text("has changed hands")
    page.get_by_label("Your reply").fill("I come after lunch.")
    page.get_by_role("button", name="Send reply").click()
    expect(page.locator(".timeline")).to_contain_text("I come after lunch.")
    page.get_by_role("link", name="Resolve").click()
    page.get_by_label("What did you do?").fill("New lamp.")
    page.get_by_role("button", name="Resolve").click()
    expect(page.locator(".toasts")).to_contain_text(f"{ticket} is resolved.")

    page = browse(teacher, width=360)
    page.get_by_role("link", name="Board stays dark").click()
    expect(page.locator(".timeline")).to_contain_text("I come after lunch.")
    page.get_by_role("button", name="It works now").click()
    expect(page.locator(".toasts")).to_contain_text("Good to hear.")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.resolution) == ("closed", "New lamp.")


def test_a_device_goes_out_and_comes_back(browse: Browse, school: Any, technician: Any) -> None:
    device: Any = DeviceFactory(school=school, asset_tag="C-0412")
    mateo = person_with("student", school, given_name="Mateo", family_name="Ruiz")
    page = browse(technician)
    page.get_by_role("link", name="Devices").click()
    page.get_by_role("link", name="C-0412").click()
    page.get_by_role("link", name="Check out").click()
    # Without scripts the picker is a box for the card number (or the address).
    page.get_by_label("To whom?").fill(mateo.identifier)
    page.get_by_label("Note").fill("Charger taken.")
    page.get_by_role("button", name="Check out").click()
    expect(page.locator(".toasts")).to_contain_text("C-0412 is now with Mateo Ruiz.")
    held = Custody.objects.open().get(device=device)
    assert (held.person, held.note_out) == (mateo, "Charger taken.")

    page.get_by_role("link", name="Check in").click()
    expect(page.locator("main")).to_contain_text("Charger taken.")
    page.get_by_label("Condition").select_option(label="Damaged")
    page.get_by_role("button", name="Check in").click()
    expect(page.locator(".toasts")).to_contain_text("C-0412 is back in stock.")
    assert not Custody.objects.open().exists()
    assert (Device.objects.get().status, Device.objects.get().condition) == ("in_stock", "damaged")
    expect(page.locator(".timeline")).to_contain_text("Mateo Ruiz")

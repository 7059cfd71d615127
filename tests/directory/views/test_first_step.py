"""An empty Techdesk says what to do first, to those who can do something about it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories import DeviceFactory, PersonFactory, SchoolFactory, person_with

pytestmark = pytest.mark.django_db

PAGES = ("/tickets/new/", "/devices/")


@pytest.mark.parametrize("role", ["district_admin", "district_technician"])
def test_whoever_can_begin_an_empty_district_is_led_to_the_roster(signed_in: Any, role: str) -> None:
    client = signed_in(person_with(role))
    for address in (*PAGES, "/tickets/"):
        answer = client.get(address, follow=True)
        page = answer.content.decode()
        if answer.redirect_chain:
            continue  # a district administrator has no queue
        assert "Start with the roster" in page and "orgs.csv, users.csv" in page, address
        assert 'href="/imports/"' in page, address
        assert "does not belong to a school" not in page and "Take a filter away" not in page, address
    assert "Start with the roster" in client.get("/", follow=True).content.decode()


def test_people_without_a_school_are_told_so(signed_in: Any, school: Any) -> None:
    page = signed_in(PersonFactory()).get("/tickets/new/").content.decode()
    assert "does not belong to a school yet" in page and "Start with the roster" not in page


def test_the_first_device(signed_in: Any, technician: Any, school: Any) -> None:
    client = signed_in(technician)
    page = client.get("/devices/").content.decode()
    assert "No device yet" in page and "Import devices" in page and "Take a filter away" not in page
    only_reads = signed_in(person_with("auditor", school)).get("/devices/").content.decode()
    assert "No device yet" in only_reads and "Import devices" not in only_reads
    DeviceFactory(school=SchoolFactory())
    assert "No device yet" in client.get("/devices/").content.decode()
    DeviceFactory(school=school)
    assert "No device yet" not in client.get("/devices/?search=nothing").content.decode()

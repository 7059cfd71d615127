"""Moments on pages: by the clock of the reader's school, on lists, fragments and details alike."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine

from techdesk.notifications.models import Notification
from tests.factories import DeviceFactory, RoomFactory, SchoolFactory, grant, person_with
from tickets.actions import open_ticket
from tickets.models import Ticket

pytestmark = pytest.mark.django_db

#: 11:34 PM of March 3 in Chicago; already March 4 in New York and in UTC.
ASKED = dt.datetime(2026, 3, 4, 5, 34, tzinfo=dt.UTC)
#: Wednesday, March 4, 9:00 in Chicago.
NOW = dt.datetime(2026, 3, 4, 15, 0, tzinfo=dt.UTC)
CHICAGO, NEW_YORK = "yesterday 11:34 PM", "today 12:34 AM"
EXACT = {CHICAGO: "Tuesday, March 3, 2026, 11:34 PM", NEW_YORK: "Wednesday, March 4, 2026, 12:34 AM"}


@pytest.fixture(autouse=True)
def _travel() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def schools() -> list[Any]:
    return [
        SchoolFactory(code="CHI", name="Lincoln", time_zone="America/Chicago"),
        SchoolFactory(code="NYC", name="Hudson", time_zone="America/New_York"),
    ]


def _asked(school: Any) -> tuple[Any, Any]:
    """A teacher of the school and the ticket they opened at that moment."""
    teacher = person_with("teacher", school)
    with time_machine.travel(ASKED, tick=False):
        return teacher, open_ticket(actor=teacher, school=school, subject="Board stays dark")


def _page(client: Any, address: str, **headers: str) -> str:
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200, address
    return str(answer.content.decode())


@pytest.mark.parametrize(("place", "words", "other"), [(0, CHICAGO, NEW_YORK), (1, NEW_YORK, CHICAGO)])
def test_lists_tell_the_time_of_the_readers_school(
    schools: list[Any], signed_in: Any, place: int, words: str, other: str
) -> None:
    school = schools[place]
    teacher, _ticket = _asked(school)
    technician = person_with("technician", school)
    DeviceFactory(school=school, last_seen_at=ASKED)
    for person, address in ((teacher, "/tickets/mine/"), (technician, "/tickets/"), (technician, "/devices/")):
        for headers in ({}, {"HX-Request": "true"}):
            page = _page(signed_in(person), address, **headers)
            assert EXACT[words] in page and EXACT[other] not in page, address
            # The queue says how old a request is; the clock stands where the pointer rests.
            assert words in page or address == "/tickets/", address


def test_notices_and_what_a_pointer_rests_on(schools: list[Any], signed_in: Any) -> None:
    technician = person_with("technician", schools[0])
    _asked(schools[0])
    Notification.objects.update(created_at=ASKED)
    page = _page(signed_in(technician), "/notices/")
    assert CHICAGO in page and EXACT[CHICAGO] in page


def test_a_thing_of_one_school_keeps_that_schools_clock(schools: list[Any], signed_in: Any) -> None:
    """Whoever works for both schools reads each ticket and each device as the people there do."""
    _teacher, ticket = _asked(schools[1])
    device = DeviceFactory(school=schools[1], last_seen_at=ASKED)
    client = signed_in(person_with("district_technician"))
    for address in (f"/tickets/{ticket.number}/", f"/tickets/{ticket.number}/reply/", f"/devices/{device.asset_tag}/"):
        page = _page(client, address)
        assert CHICAGO not in page, address
    assert NEW_YORK in _page(client, f"/tickets/{ticket.number}/")
    assert EXACT[CHICAGO] in _page(client, "/tickets/")
    assert Ticket.objects.get().created_at == ASKED


def test_whose_clock(schools: list[Any], settings: Any) -> None:
    """One school's; of several the own room's; the district's where nothing decides."""
    settings.DISTRICT_TIME_ZONE = "America/Denver"
    assert person_with("teacher", schools[1]).zone.key == "America/New_York"
    assert person_with("district_admin").zone.key == "America/Denver"
    between = person_with("technician", schools[0])
    grant(between, "technician", schools[1])
    assert between.zone.key == "America/Denver"
    settled = person_with("technician", schools[0], default_room=RoomFactory(school=schools[1]))
    grant(settled, "technician", schools[1])
    assert settled.zone.key == "America/New_York"


def test_the_api_answers_in_utc(schools: list[Any], signed_in: Any) -> None:
    _teacher, ticket = _asked(schools[1])
    page = signed_in(person_with("technician", schools[1])).get(f"/api/v1/tickets/{ticket.number}/")
    assert page.status_code != 200 or "2026-03-04T05:34" in page.content.decode()

"""Devices made and changed by API, one at a time."""

from __future__ import annotations

from typing import Any

import pytest

from devices.models import Device
from techdesk.audit.models import AuditEntry
from tests.api.conftest import Caller, Town, caller
from tests.api.test_problems import check
from tests.factories import CartFactory, DeviceFactory, RoomFactory, StudentFactory, grant

NEW = {
    "asset_tag": "N-1",
    "serial": "5CDNEW",
    "manufacturer": "Lenovo",
    "model": "300e",
    "category": "chromebook",
    "school": "LIN",
}


def test_a_new_device(town: Town, tech: Caller) -> None:
    body = {**NEW, "room": "lin/104", "slot": 3, "assigned_to": str(town.student.key), "purchased_on": "2025-08-01"}
    answer = tech.post("devices/", body)
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert told | {**body, "room": "LIN/104"} == told
    assert (told["status"], told["condition"], told["tag_is_provisional"]) == ("in_stock", "good", False)
    assert tech.get(answer["Location"]).json() == told
    assert tech.get(answer["Location"])["ETag"] == answer["ETag"]
    assert AuditEntry.objects.get(object_key="N-1").actor == town.technician


def test_without_a_tag_the_serial_stands_in_until_one_is_given(town: Town, tech: Caller) -> None:
    told = tech.post("devices/", {**NEW, "asset_tag": "odd/ä"}).json()
    assert told["asset_tag"] == "odd/ä"
    told = tech.post("devices/", {"serial": "X99", "school": "LIN"}).json()
    assert (told["asset_tag"], told["tag_is_provisional"]) == ("X99", True)
    told = tech.patch("devices/X99/", {"asset_tag": "N-9"}).json()
    assert (told["asset_tag"], told["tag_is_provisional"]) == ("N-9", False)
    check(tech.patch("devices/N-9/", {"asset_tag": "N-10"}), 409, "tag_is_fixed")
    # The same tag in another case is the same tag.
    assert tech.patch("devices/n-9/", {"asset_tag": "n-9", "condition": "worn"}).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"asset_tag": "c-0001"}, 400, "duplicate_asset_tag", "asset_tag"),
        ({"asset_tag": "R-0001"}, 400, "duplicate_asset_tag", "asset_tag"),
        ({"school": "ROO"}, 400, "unknown_school", "school"),
        ({"school": None}, 400, "bad_input", "school"),
        ({"room": "LIN/999"}, 400, "unknown_room", "room"),
        ({"room": "ROO/1"}, 400, "unknown_room", "room"),
        ({"cart": "R-0001"}, 400, "unknown_cart", "cart"),
        ({"cart": "C-0001"}, 409, "not_a_cart", None),
        ({"slot": 4}, 400, "slot_without_home", "slot"),
        ({"assigned_to": "0190f1d4-0000-7000-8000-000000000000"}, 400, "unknown_person", "assigned_to"),
        ({"status": "broken"}, 400, "bad_input", "status"),
        ({"holder": "x"}, 400, "bad_input", "holder"),
        ({"os_version": "1"}, 400, "bad_input", "os_version"),
        ({"serial": "", "asset_tag": None}, 400, "bad_input", "asset_tag"),
    ],
)
def test_what_a_new_device_cannot_be(
    town: Town, tech: Caller, body: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    RoomFactory(school=town.roosevelt, code="1")
    before = Device.objects.count()
    problem = check(tech.post("devices/", {**NEW, **body}), status, code)
    if field:
        assert list(problem["errors"]) == [field]
    assert Device.objects.count() == before


def test_a_change(town: Town, tech: Caller) -> None:
    answer = tech.patch("devices/C-0001/", {"status": "in_repair", "condition": "broken", "is_loaner": True})
    assert answer.status_code == 200
    told = answer.json()
    assert (told["status"], told["condition"], told["is_loaner"]) == ("in_repair", "broken", True)
    assert tech.patch("devices/C-0001/", {"status": "in_repair"})["ETag"] == answer["ETag"]  # nothing new
    assert tech.patch("devices/C-0001/?fields=asset_tag,status", {}).json() == {
        "asset_tag": "C-0001",
        "status": "in_repair",
    }
    assert AuditEntry.objects.filter(object_key="C-0001", verb="change").count() == 1


def test_a_home_takes_the_place_of_the_other(town: Town, tech: Caller) -> None:
    CartFactory(school=town.lincoln, asset_tag="CART-1", slot_count=30)

    def home(**body: Any) -> tuple[Any, ...]:
        answer = tech.patch("devices/C-0001/", body)
        assert answer.status_code == 200, answer.content
        return tuple(answer.json()[name] for name in ("room", "cart", "slot"))

    assert home(room="LIN/104", slot=5) == ("LIN/104", None, 5)
    assert home(room="LIN/104") == ("LIN/104", None, 5)  # the same home: its place stays
    assert home(cart="cart-1") == (None, "CART-1", None)
    assert home(slot=7) == (None, "CART-1", 7)
    assert home(room=None) == (None, "CART-1", 7)
    assert home(cart=None) == (None, None, None)
    check(tech.patch("devices/C-0001/", {"room": "LIN/104", "cart": "CART-1"}), 400, "two_homes")


def test_who_may_and_who_does_not_see(town: Town, tech: Caller) -> None:
    check(tech.patch("devices/R-0001/", {"condition": "worn"}), 404, "not_found")
    check(tech.patch("devices/C-0001/", {"school": "ROO"}), 400, "unknown_school")
    own = DeviceFactory(school=town.lincoln, asset_tag="T-1", assigned_to=town.teacher)
    check(caller(town.teacher).patch(f"devices/{own.asset_tag}/", {"condition": "worn"}), 403, "not_permitted")
    check(caller(town.teacher).post("devices/", NEW), 403, "not_permitted")
    check(caller(town.technician, scope="read").patch("devices/C-0001/", {}), 403, "read_only_token")
    # Seeing a school is not running its fleet.
    grant(town.technician, "teacher", town.roosevelt)
    check(tech.patch("devices/C-0001/", {"school": "ROO"}), 403, "not_permitted")
    check(tech.post("devices/", {**NEW, "school": "ROO"}), 403, "not_permitted")
    stranger = StudentFactory()
    check(tech.patch("devices/C-0001/", {"assigned_to": str(stranger.key)}), 400, "unknown_person")

"""Devices by API: detail, look-up, hand-out, return, history, retirement."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any
from urllib.parse import quote

import pytest

from devices.actions import check_in, check_out
from devices.models import Custody, Device
from techdesk.audit.models import AuditEntry, Disclosure
from techdesk.directory.actions import deactivate_people
from tests.api.conftest import Caller, Town, caller
from tests.factories import CartFactory, DeviceFactory, DeviceModelFactory, SectionFactory, enrol, person_with


def url(tag: str, verb: str = "") -> str:
    return f"devices/{quote(tag, safe='')}/{verb}"


# --- reading -------------------------------------------------------------------------------------------


def test_detail_by_tag_without_regard_to_case(town: Town, tech: Caller) -> None:
    assert tech.get("devices/c-0001/").json()["asset_tag"] == "C-0001"


@pytest.mark.parametrize("tag", ["A/1", "A 1", "Ä-1/ß", "100%", "a?b", "a#b", "A//1", "a&b=c", "x/history", "+1"])
def test_tags_with_odd_characters(town: Town, tech: Caller, tag: str) -> None:
    DeviceFactory(school=town.lincoln, asset_tag=tag)
    if tag != "x/history":  # its address is the history of x; look it up instead
        assert tech.get(url(tag)).json()["asset_tag"] == tag
        assert tech.post(url(tag, "check-out/"), {"room": "LIN/104"}).json()["device"] == tag
        assert [row["device"] for row in tech.get(url(tag, "history/")).json()["results"]] == [tag]
        assert tech.post(url(tag, "check-in/")).status_code == 200
    assert tech.get("devices/lookup/", code=tag).json()["asset_tag"] == tag


def test_an_etag_spares_the_second_answer(town: Town, tech: Caller) -> None:
    first = tech.get("devices/C-0001/")
    etag = first["ETag"]
    assert etag.startswith('"1-')
    again = tech.get("devices/C-0001/", headers={"If-None-Match": f'"other", W/{etag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == etag
    assert tech.get("devices/C-0001/", headers={"If-None-Match": "*"}).status_code == 304
    assert tech.get("devices/C-0001/", fields="serial")["ETag"] != etag
    check_out(actor=town.technician, device=town.device, person=town.student)
    changed = tech.get("devices/C-0001/", headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed["ETag"].startswith('"2-')


def test_an_etag_is_not_shared_between_viewers_who_see_different_things(town: Town, tech: Caller) -> None:
    teacher = person_with("teacher", town.lincoln, default_room=town.room)
    Device.objects.filter(pk=town.device.pk).update(home_room=town.room)
    check_out(actor=town.technician, device=town.device, person=town.student)
    etag = tech.get("devices/C-0001/")["ETag"]
    other = caller(teacher).get("devices/C-0001/", headers={"If-None-Match": etag})
    assert other.status_code == 200
    assert other.json()["holder"] is None


@pytest.mark.parametrize("code", ["C-0001", "c-0001", " C-0001 ", "5CD1234XYZ", "5cd1234xyz"])
def test_lookup_by_tag_and_serial(town: Town, tech: Caller, code: str) -> None:
    assert tech.get("devices/lookup/", code=code).json()["asset_tag"] == "C-0001"


def test_lookup_by_the_address_on_the_label(town: Town, tech: Caller) -> None:
    DeviceFactory(school=town.lincoln, asset_tag="A/1 ä")
    for tag in ("C-0001", "A/1 ä"):
        page = Device.objects.get(asset_tag=tag).get_absolute_url()
        for code in (page, f"https://techdesk.example{page}", f"http://127.0.0.1:8000{page}?from=label"):
            assert tech.get("devices/lookup/", code=code).json()["asset_tag"] == tag


def test_lookup_finds_nothing_partial_foreign_or_empty(town: Town, tech: Caller) -> None:
    for code in ("C-000", "R-0001", town.foreign_device.serial, "nothing", "https://elsewhere.example/x"):
        assert tech.get("devices/lookup/", code=code).status_code == 404, code
    assert tech.get("devices/lookup/").status_code == 400
    assert tech.get("devices/lookup/", code=" ").json()["code"] == "bad_parameter"


def test_lookup_of_a_serial_that_two_makers_use(town: Town, tech: Caller) -> None:
    other = DeviceModelFactory(manufacturer__name="Acer", name="C733")
    DeviceFactory(school=town.lincoln, asset_tag="C-0002", serial="5CD1234XYZ", model=other)
    answer = tech.get("devices/lookup/", code="5CD1234XYZ")
    assert (answer.status_code, answer.json()["code"]) == (409, "ambiguous_code")
    assert answer.json()["asset_tags"] == ["C-0001", "C-0002"]


# --- handing out ---------------------------------------------------------------------------------------


def test_check_out_to_a_person(town: Town, tech: Caller) -> None:
    due = (dt.date.today() + dt.timedelta(days=7)).isoformat()
    answer = tech.post(
        "devices/C-0001/check-out/",
        {"person": str(town.student.key), "due_on": due, "condition": "worn", "note": "charger too"},
    )
    assert answer.status_code == 201, answer.content
    custody = Custody.objects.get()
    row = answer.json()
    assert row["id"] == str(custody.key)
    assert (row["device"], row["holder_type"], row["person"]) == ("C-0001", "person", str(town.student.key))
    assert (row["room"], row["cart"], row["slot"], row["due_on"]) == (None, None, None, due)
    assert (row["condition_out"], row["condition_in"], row["in_at"]) == ("worn", None, None)
    device = tech.get("devices/C-0001/").json()
    assert (device["status"], device["condition"]) == ("in_use", "worn")
    assert (device["holder_type"], device["holder"]) == ("person", str(town.student.key))
    assert (device["holder_name"], device["due_on"]) == ("Mateo Ruiz", due)
    entry = AuditEntry.objects.about(town.device).last()
    assert (entry.verb, entry.actor_id) == ("check_out", town.technician.pk)


def test_check_out_to_a_room_and_into_a_cart(town: Town, tech: Caller) -> None:
    CartFactory(school=town.lincoln, asset_tag="CART/1", slot_count=5)
    other = DeviceFactory(school=town.lincoln, asset_tag="C-0002")
    row = tech.post("devices/C-0001/check-out/", {"room": "lin/104"}).json()
    assert (row["holder_type"], row["room"]) == ("room", "LIN/104")
    row = tech.post("devices/C-0002/check-out/", {"cart": "cart/1", "slot": 4}).json()
    assert (row["holder_type"], row["cart"], row["slot"]) == ("cart", "CART/1", 4)
    shown = tech.get("devices/C-0002/").json()
    assert (shown["holder_type"], shown["holder"]) == ("cart", "CART/1")
    assert tech.get("devices/C-0001/").json()["holder"] == "LIN/104"
    assert other.pk


def test_already_out_names_the_holder_to_those_who_may_see(town: Town, tech: Caller) -> None:
    check_out(actor=town.technician, device=town.device, person=town.student)
    answer = tech.post("devices/C-0001/check-out/", {"room": "LIN/104"})
    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["code"] == "already_checked_out"
    assert (body["status"], body["title"], body["device"]) == (409, "Conflict", "C-0001")
    assert (body["holder_type"], body["holder"]) == ("person", str(town.student.key))
    assert body["holder_name"] == "Mateo Ruiz"
    assert Disclosure.objects.of_student(town.student).count() == 1
    assert Custody.objects.count() == 1


def test_already_out_names_nobody_to_the_others(town: Town) -> None:
    """The device moved here while its holder stayed with the other school, whose custody this is."""
    check_out(actor=town.foreigner, device=town.foreign_device, person=person_with("student", town.roosevelt))
    Device.objects.filter(pk=town.foreign_device.pk).update(school=town.lincoln)
    answer = caller(town.technician).post("devices/R-0001/check-out/", {"room": "LIN/104"})
    assert answer.status_code == 409
    body = answer.json()
    assert body["code"] == "already_checked_out"
    assert not {"holder", "holder_type", "holder_name"} & set(body)
    assert not Disclosure.objects.exists()


def test_an_aide_at_the_desk_learns_no_students_name(town: Town) -> None:
    """Aides see that a device is out, and take it back; the page says "a student", and so little says the API."""
    aide = caller(person_with("library_aide", town.lincoln))
    check_out(actor=town.technician, device=town.device, person=town.student, due_on=dt.date(2099, 1, 2))
    row = aide.get("devices/C-0001/").json()
    assert (row["holder_type"], row["due_on"]) == ("person", "2099-01-02")
    assert (row["holder"], row["holder_name"]) == (None, None)
    assert [one["person"] for one in aide.get("devices/C-0001/history/").json()["results"]] == [None]
    assert aide.get("devices/", holder=str(town.student.key)).json()["results"] == []
    exported = b"".join(aide.get("devices/export/", format="csv").streaming_content).decode()
    assert "C-0001" in exported and "Ruiz" not in exported and str(town.student.key) not in exported
    refused = aide.post("devices/C-0001/check-out/", {"room": "LIN/104"}).json()
    assert refused["code"] == "already_checked_out" and refused["holder_type"] == "person"
    assert not {"holder", "holder_name"} & set(refused)
    assert aide.post("devices/C-0001/check-in/").json()["person"] is None
    assert not Disclosure.objects.exists()
    check_out(actor=town.technician, device=town.device, person=town.teacher)
    assert aide.get("devices/C-0001/").json()["holder_name"] == "Jana Okafor"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "person"),
        ({"person": "PERSON", "room": "LIN/104"}, "person"),
        ({"person": "Mateo"}, "person"),
        ({"person": str(uuid.uuid4())}, "person"),
        ({"room": "LIN/999"}, "room"),
        ({"room": "104"}, "room"),
        ({"cart": "NO-SUCH"}, "cart"),
        ({"room": "LIN/104", "slot": 1}, "slot"),
        ({"room": "LIN/104", "due_on": "tomorrow"}, "due_on"),
        ({"room": "LIN/104", "due_on": "2020-01-01"}, "due_on"),
        ({"room": "LIN/104", "due_on": "2026-02-30"}, "due_on"),
        ({"room": "LIN/104", "condition": "shiny"}, "condition"),
        ({"room": "LIN/104", "note": "x" * 2001}, "note"),
        ({"room": "LIN/104", "note": ["list"]}, "note"),
        ({"room": "LIN/104", "notes": "misspelled"}, "notes"),
        ({"room": "LIN/\x00"}, "room"),
        ({"room": {"code": "104"}}, "room"),
        ([1, 2], "body"),
        ("text", "body"),
    ],
)
def test_bad_bodies(town: Town, tech: Caller, body: Any, field: str) -> None:
    if isinstance(body, dict) and body.get("person") == "PERSON":
        body["person"] = str(town.student.key)
    answer = tech.post("devices/C-0001/check-out/", body)
    assert answer.status_code == 400, answer.content
    assert field in answer.json()["errors"], answer.content
    assert not Custody.objects.exists()


def test_a_foreign_person_room_or_cart_is_unknown(town: Town, tech: Caller) -> None:
    stranger = person_with("student", town.roosevelt)
    from tests.factories import RoomFactory

    RoomFactory(school=town.roosevelt, code="1")
    CartFactory(school=town.roosevelt, asset_tag="CART-R")
    for body, code in (
        ({"person": str(stranger.key)}, "unknown_person"),
        ({"room": "ROO/1"}, "unknown_room"),
        ({"cart": "CART-R"}, "unknown_cart"),
    ):
        answer = tech.post("devices/C-0001/check-out/", body)
        assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_what_its_state_forbids(town: Town, tech: Caller) -> None:
    gone = person_with("teacher", town.lincoln)
    deactivate_people(actor=town.technician, people=[gone])
    DeviceFactory(school=town.lincoln, asset_tag="C-OLD", status="retired")
    for tag, body, code in (
        ("C-OLD", {"room": "LIN/104"}, "wrong_status"),
        ("C-0001", {"cart": "C-OLD"}, "not_a_cart"),
        ("C-0001", {"cart": "C-0001"}, "cart_in_itself"),
    ):
        answer = tech.post(f"devices/{tag}/check-out/", body)
        assert (answer.status_code, answer.json()["code"]) == (409, code), answer.content
    assert tech.post("devices/C-0001/check-in/").json()["code"] == "not_checked_out"


# --- taking back, history, retirement -------------------------------------------------------------------


def test_check_in_with_and_without_words(town: Town, tech: Caller) -> None:
    check_out(actor=town.technician, device=town.device, person=town.student)
    answer = tech.post("devices/C-0001/check-in/", {"condition": "damaged", "note": "corner broken"})
    assert answer.status_code == 200
    assert (answer.json()["condition_in"], answer.json()["in_at"] is not None) == ("damaged", True)
    assert tech.get("devices/C-0001/").json()["condition"] == "damaged"
    check_out(actor=town.technician, device=Device.objects.get(pk=town.device.pk), person=town.student)
    # No body at all is fine too.
    assert tech.client.generic("POST", "/api/v1/devices/C-0001/check-in/").status_code == 200


def test_history_newest_first_as_far_as_one_may_see(town: Town, tech: Caller) -> None:
    for person in (town.student, town.teacher):
        check_out(actor=town.technician, device=town.device, person=person)
        check_in(actor=town.technician, device=town.device)
    rows = tech.every("devices/C-0001/history/", limit=1)
    assert [row["person"] for row in rows] == [str(town.teacher.key), str(town.student.key)]
    assert tech.get("devices/C-0001/history/", ordering="out_at").json()["results"][0]["person"] == str(
        town.student.key
    )
    # The teacher had it, and does not see who else had.
    Device.objects.filter(pk=town.device.pk).update(assigned_to=town.teacher)
    own = caller(town.teacher).every("devices/C-0001/history/")
    assert [row["person"] for row in own] == [str(town.teacher.key)]


def test_retire(town: Town, tech: Caller) -> None:
    answer = tech.post("devices/C-0001/retire/", {"reason": "screen broken"})
    assert (answer.status_code, answer.json()["status"]) == (200, "retired")
    assert tech.post("devices/C-0001/retire/", {"reason": "again"}).status_code == 409
    assert "reason" in tech.post("devices/C-0001/retire/", {}).json()["errors"]


# --- who may -------------------------------------------------------------------------------------------

VERBS = ("", "history/", "check-out/", "check-in/", "retire/")


@pytest.mark.parametrize("verb", VERBS)
def test_a_foreign_device_is_not_there(town: Town, tech: Caller, verb: str) -> None:
    bodies = {"check-out/": {"room": "LIN/104"}, "retire/": {"reason": "x"}}
    asked = tech.get if verb in {"", "history/"} else tech.post
    options = () if verb in {"", "history/"} else (bodies.get(verb, {}),)
    foreign, missing = asked(f"devices/R-0001/{verb}", *options), asked(f"devices/NONE/{verb}", *options)
    assert foreign.status_code == missing.status_code == 404
    assert foreign.json() == missing.json()


def test_a_teacher_sees_the_students_device_and_may_not_hand_it_out(town: Town) -> None:
    section = SectionFactory(school=town.lincoln)
    enrol(section, teacher=town.teacher, students=[town.student])
    check_out(actor=town.technician, device=town.device, person=town.student)
    script = caller(town.teacher)
    assert script.get("devices/C-0001/").json()["holder_name"] == "Mateo Ruiz"
    for verb, body in (("check-out", {"room": "LIN/104"}), ("check-in", {}), ("retire", {"reason": "x"})):
        answer = script.post(f"devices/C-0001/{verb}/", body)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")


def test_a_librarian_hands_out_and_does_not_retire(town: Town) -> None:
    script = caller(person_with("librarian", town.lincoln))
    assert script.post("devices/C-0001/check-out/", {"person": str(town.student.key)}).status_code == 201
    assert script.post("devices/C-0001/check-in/").status_code == 200
    assert script.post("devices/C-0001/retire/", {"reason": "x"}).status_code == 403

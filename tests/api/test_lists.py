"""Lists: strict parameters, filters, order, pages that hold every row once."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from devices.actions import check_out
from devices.models import Device
from techdesk.base.clock import now
from tests.api.conftest import Caller, Town, caller
from tests.factories import CartFactory, DeviceFactory, RoomFactory, SectionFactory, enrol, person_with


def tags(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["asset_tag"] for row in answer.json()["results"]]


def test_a_list_has_results_and_next(town: Town, tech: Caller) -> None:
    answer = tech.get("devices/").json()
    assert set(answer) == {"results", "next"}
    assert answer["next"] is None
    [row] = answer["results"]
    assert row["asset_tag"] == "C-0001"
    assert row["serial"] == "5CD1234XYZ"
    assert row["school"] == "LIN"
    assert row["manufacturer"] == "Lenovo"
    assert row["category"] == "chromebook"
    assert row["status"] == "in_stock"
    assert row["holder"] is row["room"] is row["cart"] is row["slot"] is row["due_on"] is None
    moment = dt.datetime.fromisoformat(row["created_at"])
    assert moment == Device.objects.get(asset_tag="C-0001").created_at


@pytest.mark.parametrize(
    ("parameters", "code", "named"),
    [
        ({"colour": "red"}, "unknown_parameter", "colour"),
        ({"statsu": "in_use"}, "unknown_parameter", "statsu"),
        ({"status__regex": ".*"}, "unknown_parameter", "status__regex"),
        ({"school__secret": "1"}, "unknown_parameter", "school__secret"),
        ({"limit": "0"}, "bad_parameter", "limit"),
        ({"limit": "1001"}, "bad_parameter", "limit"),
        ({"limit": "-1"}, "bad_parameter", "limit"),
        ({"limit": "ten"}, "bad_parameter", "limit"),
        ({"limit": "²"}, "bad_parameter", "limit"),
        ({"limit": ""}, "bad_parameter", "limit"),
        ({"count": "maybe"}, "bad_parameter", "count"),
        ({"ordering": "notes"}, "bad_parameter", "ordering"),
        ({"ordering": "holder_name"}, "bad_parameter", "ordering"),
        ({"ordering": "school__name"}, "bad_parameter", "ordering"),
        ({"fields": "asset_tag,notes"}, "unknown_field", "fields"),
        ({"fields": "pk"}, "unknown_field", "fields"),
        ({"fields": ""}, "unknown_field", "fields"),
        ({"status": "asleep"}, "bad_parameter", "status"),
        ({"status__in": "in_use,asleep"}, "bad_parameter", "status__in"),
        ({"updated_at__gte": "yesterday"}, "bad_parameter", "updated_at__gte"),
        ({"holder": "Mateo"}, "bad_parameter", "holder"),
        ({"is_loaner": "perhaps"}, "bad_parameter", "is_loaner"),
        ({"search": "x" * 201}, "bad_parameter", "search"),
        ({"search": "a\x00b"}, "bad_parameter", "search"),
        ({"status": ["in_use", "lost"]}, "repeated_parameter", "status"),
        ({"cursor": "rubbish"}, "bad_cursor", None),
        ({"cursor": "eyJvIjoicGsiLCJkIjoibiIsInYiOlsxXX0"}, "bad_cursor", None),
    ],
)
def test_what_is_not_declared_is_refused_by_name(
    town: Town, tech: Caller, parameters: dict[str, Any], code: str, named: str | None
) -> None:
    answer = tech.get("devices/", **parameters)
    assert answer.status_code == 400
    assert answer.json()["code"] == code
    if named:
        assert named in answer.json()["errors"]


def test_details_and_verbs_are_strict_too(town: Town, tech: Caller) -> None:
    assert tech.get("devices/C-0001/", colour="red").json()["code"] == "unknown_parameter"
    assert tech.get("devices/C-0001/", limit="5").json()["code"] == "unknown_parameter"
    assert tech.post("devices/C-0001/check-in/?colour=red").json()["code"] == "unknown_parameter"
    assert tech.get("schema/", colour="red").json()["code"] == "unknown_parameter"


def test_filters(town: Town, tech: Caller) -> None:
    cart = CartFactory(school=town.lincoln, asset_tag="CART-1")
    DeviceFactory(school=town.lincoln, asset_tag="C-0002", status="lost", condition="broken", home_room=town.room)
    DeviceFactory(school=town.lincoln, asset_tag="C-0003", status="retired", home_cart=cart, home_slot=3)
    old = now() - dt.timedelta(days=30)
    Device.objects.filter(asset_tag="C-0003").update(updated_at=old, last_seen_at=old)

    assert tags(tech.get("devices/", status="lost")) == ["C-0002"]
    assert tags(tech.get("devices/", status__in="lost,retired")) == ["C-0002", "C-0003"]
    assert tags(tech.get("devices/", status__in="lost, retired")) == ["C-0002", "C-0003"]
    assert tags(tech.get("devices/", condition="broken")) == ["C-0002"]
    assert tags(tech.get("devices/", school="lin", category="cart")) == ["CART-1"]
    assert tags(tech.get("devices/", school="ROO")) == []
    assert tags(tech.get("devices/", school__in="LIN,ROO", status="lost")) == ["C-0002"]
    assert tags(tech.get("devices/", room="LIN/104")) == ["C-0002"]
    assert tags(tech.get("devices/", cart="cart-1")) == ["C-0003"]
    assert tags(tech.get("devices/", serial="5cd1234xyz")) == ["C-0001"]
    assert tags(tech.get("devices/", asset_tag__in="c-0001,C-0003")) == ["C-0001", "C-0003"]
    yesterday = (now() - dt.timedelta(days=1)).isoformat()
    assert "C-0003" not in tags(tech.get("devices/", updated_at__gte=yesterday))
    assert tags(tech.get("devices/", updated_at__lt=yesterday)) == ["C-0003"]
    assert tags(tech.get("devices/", updated_at__lt=yesterday[:10])) == ["C-0003"]
    assert tags(tech.get("devices/", last_seen_at__isnull="false")) == ["C-0003"]
    assert tags(tech.get("devices/", manufacturer="LENOVO", category__in="cart")) == ["CART-1"]
    rows = tech.get("devices/", cart="CART-1").json()["results"]
    assert (rows[0]["cart"], rows[0]["slot"], rows[0]["room"]) == ("CART-1", 3, None)


def test_filters_by_holder_and_due_day(town: Town, tech: Caller) -> None:
    DeviceFactory(school=town.lincoln, asset_tag="C-0002")
    due = dt.date.today() + dt.timedelta(days=3)
    check_out(actor=town.technician, device=town.device, person=town.student, due_on=due)
    assert tags(tech.get("devices/", holder=str(town.student.key))) == ["C-0001"]
    assert tags(tech.get("devices/", holder=str(town.teacher.key))) == []
    assert tags(tech.get("devices/", due_on=due.isoformat())) == ["C-0001"]
    assert tags(tech.get("devices/", due_on__lte=due.isoformat())) == ["C-0001"]
    assert tags(tech.get("devices/", due_on__lt=due.isoformat())) == []


def test_search(town: Town, tech: Caller) -> None:
    DeviceFactory(school=town.lincoln, asset_tag="C-0002")
    check_out(actor=town.technician, device=town.device, person=town.student)
    assert tags(tech.get("devices/", search="1234xy")) == ["C-0001"]
    assert tags(tech.get("devices/", search="ruiz")) == ["C-0001"]
    assert tags(tech.get("devices/", search="nothing like it")) == []
    assert [row["code"] for row in tech.get("schools/", search="lincoln").json()["results"]] == ["LIN"]


def test_a_hidden_holder_is_not_found_by_filter_search_or_order(town: Town) -> None:
    """A teacher sees what is at home in the own room, but not which stranger's child has it."""
    teacher = person_with("teacher", town.lincoln, default_room=town.room)
    DeviceFactory(school=town.lincoln, asset_tag="ROOM-1", home_room=town.room)
    check_out(actor=town.technician, device=Device.objects.get(asset_tag="ROOM-1"), person=town.student)
    script = caller(teacher)
    [row] = script.get("devices/").json()["results"]
    assert row["asset_tag"] == "ROOM-1"
    assert row["holder"] is row["holder_type"] is row["holder_name"] is row["due_on"] is None
    assert tags(script.get("devices/", holder=str(town.student.key))) == []
    assert tags(script.get("devices/", search="ruiz")) == []
    exported = b"".join(script.get("devices/export/").streaming_content).decode()
    assert "ROOM-1" in exported
    assert str(town.student.key) not in exported and "Ruiz" not in exported


def test_a_card_number_is_read_and_found_only_by_those_who_may(town: Town, tech: Caller) -> None:
    section = SectionFactory(school=town.lincoln)
    enrol(section, teacher=town.teacher, students=[town.student])
    number = town.student.identifier
    [row] = tech.get("people/", identifier=number).json()["results"]
    assert row["identifier"] == number
    script = caller(town.teacher)
    [row] = script.get("people/", kind="student").json()["results"]
    assert row["name"] == "Mateo Ruiz"
    assert row["identifier"] is None
    assert script.get("people/", identifier=number).json()["results"] == []
    assert script.get("people/", search=number).json()["results"] == []
    assert [one["name"] for one in script.get("people/", search="ruiz").json()["results"]] == ["Mateo Ruiz"]
    [own] = script.get("people/", kind="staff").json()["results"]
    assert own["identifier"] == town.teacher.identifier


def test_people_have_roles_and_schools_as_far_as_one_sees(town: Town, tech: Caller) -> None:
    from tests.factories import grant

    grant(town.teacher, "librarian", town.lincoln)
    grant(town.teacher, "teacher", town.roosevelt)
    row = tech.get(f"people/{town.teacher.key}/").json()
    assert row["id"] == str(town.teacher.key)
    assert row["roles"] == ["librarian", "teacher"]
    assert row["schools"] == ["LIN"]
    boss = caller(person_with("district_technician"))
    assert boss.get(f"people/{town.teacher.key}/").json()["schools"] == ["LIN", "ROO"]
    names = [one["family_name"] for one in tech.get("people/", role="librarian", school="LIN").json()["results"]]
    assert names == ["Okafor"]
    assert tech.get("people/", school="ROO").json()["results"] == []


def test_fields_in_the_declared_order(town: Town, tech: Caller) -> None:
    [row] = tech.get("devices/", fields="status,asset_tag").json()["results"]
    assert list(row) == ["asset_tag", "status"]
    assert tech.get("devices/C-0001/", fields="serial").json() == {"serial": "5CD1234XYZ"}


def test_count_only_when_asked_for(town: Town, tech: Caller) -> None:
    assert "count" not in tech.get("devices/").json()
    for n in range(3):
        DeviceFactory(school=town.lincoln, asset_tag=f"D-{n}")
    answer = tech.get("devices/", count="true", limit=2, search="d-").json()
    assert answer["count"] == 3
    assert "count" not in parse_qs(urlsplit(answer["next"]).query)


def test_order_both_ways_and_pages_of_each(town: Town, tech: Caller) -> None:
    for n in range(9):
        DeviceFactory(school=town.lincoln, asset_tag=f"D-{n}")
    same = now()
    Device.objects.filter(asset_tag__startswith="D-").update(updated_at=same)
    forth = [row["asset_tag"] for row in tech.every("devices/", ordering="updated_at", limit=2)]
    back = [row["asset_tag"] for row in tech.every("devices/", ordering="-updated_at", limit=3)]
    assert len(forth) == len(set(forth)) == 10
    assert forth == back[::-1]


def test_a_cursor_of_another_order_is_refused(town: Town, tech: Caller) -> None:
    for n in range(3):
        DeviceFactory(school=town.lincoln, asset_tag=f"D-{n}")
    following = tech.get("devices/", limit=1).json()["next"]
    cursor = parse_qs(urlsplit(following).query)["cursor"][0]
    assert tech.get("devices/", ordering="-updated_at", cursor=cursor).json()["code"] == "bad_cursor"


def test_next_keeps_filters_and_the_host(town: Town, tech: Caller) -> None:
    for n in range(3):
        DeviceFactory(school=town.lincoln, asset_tag=f"D-{n}", status="lost")
    following = tech.get("devices/", status="lost", limit=2).json()["next"]
    assert following.startswith("http://testserver/api/v1/devices/?")
    assert tags(tech.get(following)) == ["D-2"]


def test_rooms_are_named_by_school_and_code(town: Town, tech: Caller) -> None:
    RoomFactory(school=town.lincoln, code="B/2", name="Board room")
    rows = tech.every("rooms/", ordering="room")
    assert [row["room"] for row in rows] == ["LIN/104", "LIN/B/2"]
    assert tech.get("rooms/LIN/104/").json()["code"] == "104"
    assert tech.get("rooms/lin/b/2/").json()["name"] == "Board room"
    assert tech.get("rooms/LIN/999/").status_code == 404
    assert tech.get("rooms/LIN/").status_code == 404
    assert tech.get("schools/lin/").json()["name"] == "Lincoln"
    assert tech.get("schools/ROO/").status_code == 404


def test_the_pages_the_stream_and_the_table_agree_on_2500_devices(town: Town) -> None:
    """One school's token, 2,500 devices there and others elsewhere: exactly that school's, each once."""
    model = town.device.model
    rows = []
    for school, letter, count in ((town.lincoln, "L", 2_499), (town.roosevelt, "R", 300)):
        for n in range(count):
            device = Device(
                asset_tag=f"{letter}{n:05}",
                serial=f"{letter}S{n}",
                model=model,
                manufacturer=model.manufacturer,
                category=model.category,
                school=school,
            )
            device.fill_search()
            rows.append(device)
    Device.objects.bulk_create(rows)
    expected = list(
        Device.objects.filter(school=town.lincoln).order_by("asset_tag", "id").values_list("asset_tag", flat=True)
    )
    assert len(expected) == 2_500
    script = caller(person_with("district_technician"), scope="read", school=town.lincoln)
    paged = script.every("devices/", limit=333)
    streamed = Caller._address("devices/export/")
    lines = b"".join(script.client.get(streamed).streaming_content).decode().splitlines()
    import json

    assert [row["asset_tag"] for row in paged] == expected
    assert [json.loads(line) for line in lines] == paged


def test_head_is_a_get_without_a_body(town: Town, tech: Caller) -> None:
    for path in ("devices/", "devices/C-0001/", "people/", "schema/"):
        answer = tech.client.head(f"/api/v1/{path}")
        assert (answer.status_code, answer.content) == (200, b"")

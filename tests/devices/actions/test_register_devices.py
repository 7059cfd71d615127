from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connections, transaction

from devices.actions import DeviceFacts, DuplicateDevice, register_device, register_devices
from devices.models import Category, Device, DeviceModel, Manufacturer
from techdesk.audit.models import AuditEntry, ChangeEvent
from techdesk.base.errors import DomainError
from tests.devices.conftest import build_place
from tests.factories import CartFactory, DeviceFactory, PersonFactory, RoomFactory, SchoolFactory


def refusal(place: Any, **facts: Any) -> DomainError:
    with pytest.raises(DomainError) as caught, transaction.atomic():
        register_device(actor=place.tech, facts=DeviceFacts(school=place.school, **facts))
    return caught.value


def test_it_is_written_down(place: Any) -> None:
    device = register_device(
        actor=place.tech,
        facts=DeviceFacts(
            school=place.school,
            asset_tag="  00 17/ä ",
            serial=" 5cd1234 ",
            manufacturer="HP",
            model="Chromebook 11 G8 EE",
            category="chromebook",
            notes="from\x00 the grant",
            assigned_to=place.student,
        ),
    )
    device.refresh_from_db()
    assert (device.asset_tag, device.serial, device.notes) == ("00 17/ä", "5cd1234", "from the grant")
    assert not device.tag_is_provisional
    assert (device.manufacturer.name, device.category.slug) == ("HP", "chromebook")
    assert device.search_text == "00 17/a 5cd1234 chromebook 11 g8 ee hp"
    assert AuditEntry.objects.get(verb="register", object_type="devices").object_key == "00 17/ä"
    assert ChangeEvent.objects.get(object_type="devices").version == 1


def test_the_serial_stands_in_for_a_tag(place: Any) -> None:
    device = register_device(actor=place.tech, facts=DeviceFacts(school=place.school, serial="5CD1"))
    assert (device.asset_tag, device.tag_is_provisional) == ("5CD1", True)
    assert (device.manufacturer.name, device.model.name, device.category.slug) == ("Unknown", "Unknown model", "other")


def test_models_are_made_once_and_found_without_case(place: Any) -> None:
    facts = [
        DeviceFacts(school=place.school, asset_tag="1", manufacturer="Acer", model="R721T", category="Chromebook"),
        DeviceFacts(school=place.school, asset_tag="2", manufacturer="ACER", model="r721t", category="tablet"),
        DeviceFacts(school=place.school, asset_tag="3", manufacturer="acer", model="Spin", category="Hot spot"),
    ]
    one, two, three = register_devices(actor=place.tech, facts=facts)
    assert one.model == two.model != three.model
    assert two.category.slug == "chromebook"  # the model's, which was there first
    assert three.category.slug == "hot-spot"
    assert Manufacturer.objects.filter(name__iexact="acer").count() == 1
    register_device(
        actor=place.tech, facts=DeviceFacts(school=place.school, asset_tag="4", manufacturer="Acer", model="SPIN")
    )
    assert DeviceModel.objects.filter(manufacturer__name="Acer").count() == 2
    assert Category.objects.filter(slug="hot-spot").count() == 1


def test_duplicates_name_the_other_device_to_the_caller(place: Any) -> None:
    tag = refusal(place, asset_tag="lin-0412")
    serial = refusal(place, serial=place.device.serial.lower(), asset_tag="new", manufacturer="lenovo")
    assert isinstance(tag, DuplicateDevice) and isinstance(serial, DuplicateDevice)
    assert (tag.code, tag.status, list(tag.errors)) == ("duplicate_asset_tag", 400, ["asset_tag"])
    assert (serial.code, list(serial.errors)) == ("duplicate_serial", ["serial"])
    assert tag.existing == serial.existing == place.device
    # Another maker may use the same serial.
    register_device(
        actor=place.tech,
        facts=DeviceFacts(school=place.school, asset_tag="new", serial=place.device.serial, manufacturer="Acer"),
    )


def test_duplicates_in_one_list_say_which(place: Any) -> None:
    facts = [DeviceFacts(school=place.school, asset_tag=tag, serial=serial) for tag, serial in (("a", "1"), ("A", "2"))]
    with pytest.raises(DuplicateDevice) as caught, transaction.atomic():
        register_devices(actor=place.tech, facts=facts)
    assert (caught.value.code, caught.value.position, caught.value.existing) == ("duplicate_asset_tag", 1, None)
    facts = [DeviceFacts(school=place.school, asset_tag=tag, serial="x") for tag in ("a", "b")]
    with pytest.raises(DuplicateDevice) as caught, transaction.atomic():
        register_devices(actor=place.tech, facts=facts)
    assert caught.value.code == "duplicate_serial"
    assert not Device.objects.filter(asset_tag__in="aAb").exists()


def test_bad_input(place: Any) -> None:
    assert refusal(place, asset_tag=" \x00 ").code == "missing_serial"
    assert refusal(place, asset_tag="x" * 61).code == "too_long"
    assert refusal(place, serial="x" * 61).code == "too_long"  # it stands in for the tag
    assert refusal(place, asset_tag="1", notes="x" * 10_001).code == "too_long"
    assert refusal(place, asset_tag="1", status="lent").code == "unknown_status"
    assert refusal(place, asset_tag="1", condition="shiny").code == "bad_condition"
    assert refusal(place, asset_tag="1", slot_count=-1).code == "bad_slot_count"
    assert refusal(place, asset_tag="1", assigned_to=PersonFactory(is_active=False)).code == "person_inactive"


def test_homes_must_be_possible(place: Any) -> None:
    DeviceFactory(school=place.school, home_cart=place.cart, home_slot=1)
    DeviceFactory(school=place.school, home_room=place.room, home_slot=1)
    abroad = RoomFactory(school=place.other)

    def code(**home: Any) -> str:
        return refusal(place, asset_tag="new", **home).code

    assert code(home_cart=place.cart, home_slot=1) == "slot_taken"
    assert code(home_room=place.room, home_slot=1) == "slot_taken"
    assert code(home_cart=place.cart, home_slot=6) == "slot_out_of_range"
    assert code(home_cart=place.cart, home_slot=0) == "slot_out_of_range"
    assert code(home_cart=place.device) == "not_a_cart"
    assert code(home_cart=place.cart, slot_count=3) == "cart_in_cart"
    assert code(home_room=abroad) == "home_elsewhere"
    assert code(home_cart=CartFactory(school=place.other)) == "home_elsewhere"
    assert code(home_cart=place.cart, home_room=place.room) == "two_homes"
    assert code(home_slot=2) == "slot_without_home"


def test_the_number_of_queries_does_not_grow(place: Any, django_assert_num_queries: Any) -> None:
    for count in (1, 3, 300):
        facts = [
            DeviceFacts(
                school=place.school, asset_tag=f"{count}-{n}", serial=f"{count}-{n}", manufacturer="HP", model="G8"
            )
            for n in range(count)
        ]
        if count == 1:
            register_devices(actor=place.tech, facts=facts)
            continue
        with django_assert_num_queries(13):
            register_devices(actor=place.tech, facts=facts)


@pytest.mark.django_db(transaction=True)
def test_the_same_tag_at_once_is_written_once() -> None:
    place = build_place()
    outcomes: list[str] = []
    start = threading.Barrier(6)

    def one() -> None:
        try:
            start.wait()
            facts = DeviceFacts(school=place.school, asset_tag="T-1", manufacturer="Novel", model="One")
            register_device(actor=place.tech, facts=facts)
            outcomes.append("ok")
        except DomainError as error:
            outcomes.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["duplicate_asset_tag"] * 5 + ["ok"]
    assert DeviceModel.objects.filter(name="One").count() == 1


def test_another_school_may_have_a_room_of_the_same_code(place: Any) -> None:
    school = SchoolFactory()
    room = RoomFactory(school=school, code=place.room.code)
    device = register_device(actor=place.tech, facts=DeviceFacts(school=school, asset_tag="x", home_room=room))
    assert device.home_room == room

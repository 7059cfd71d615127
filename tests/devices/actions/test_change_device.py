from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from devices.actions import DeviceChange, DeviceStale, change_device, change_devices, check_out, retire_device
from devices.choices import DeviceStatus
from devices.models import Device
from techdesk.audit.models import AuditEntry, ChangeEvent
from techdesk.base.errors import DomainError
from tests.factories import DeviceFactory, PersonFactory, RoomFactory


def code_of(place: Any, device: Any, **fields: Any) -> str:
    with pytest.raises(DomainError) as caught, transaction.atomic():
        change_device(actor=place.tech, device=device, **fields)
    return caught.value.code


def test_it_changes(place: Any) -> None:
    device = change_device(
        actor=place.tech,
        device=place.device,
        version=1,
        notes="Mateo dropped it",
        assigned_to=place.student,
        home_cart=place.cart,
        home_slot=2,
    )
    assert device.version == 2
    stored = Device.objects.get(pk=device.pk)
    assert (stored.assigned_to, stored.home_cart, stored.home_slot) == (place.student, place.cart, 2)
    facts = AuditEntry.objects.get(verb="change").facts["changed"]
    assert facts == {
        "assigned_to": [None, place.student.public_key],
        "home_cart": [None, "CART-1"],
        "home_slot": [None, 2],
        "notes": True,
    }


def test_nothing_new_leaves_no_trace(place: Any) -> None:
    device = change_device(actor=place.tech, device=place.device, notes="", serial=place.device.serial)
    assert device.version == 1
    assert not AuditEntry.objects.filter(verb="change").exists()


def test_a_stale_version_is_refused_with_what_is_there_now(place: Any) -> None:
    change_device(actor=place.tech, device=place.device, version=1, notes="first")
    with pytest.raises(DeviceStale) as caught:
        change_device(actor=place.tech, device=place.device, version=1, notes="second")
    assert (caught.value.code, caught.value.status) == ("stale", 412)
    assert caught.value.device.notes == "first"
    assert Device.objects.get(pk=place.device.pk).notes == "first"


def test_only_a_provisional_tag_is_changed(place: Any) -> None:
    new = DeviceFactory(school=place.school, asset_tag="5CD1", tag_is_provisional=True)
    assert code_of(place, place.device, asset_tag="C-9999") == "tag_is_fixed"
    assert code_of(place, new, asset_tag=" ") == "missing_serial"
    assert code_of(place, new, asset_tag="lin-0412") == "duplicate_asset_tag"
    changed = change_device(actor=place.tech, device=new, asset_tag="C-0500")
    assert (changed.asset_tag, changed.tag_is_provisional) == ("C-0500", False)
    assert Device.objects.search("c-0500").exists()


def test_a_serial_may_not_be_anothers(place: Any) -> None:
    other = DeviceFactory(school=place.school)
    assert code_of(place, place.device, serial=other.serial.lower()) == "duplicate_serial"


def test_model_by_name(place: Any) -> None:
    device = change_device(
        actor=place.tech, device=place.device, manufacturer="Acer", model="Spin 511", category="tablet"
    )
    assert (device.model.name, device.manufacturer.name, device.category.slug) == ("Spin 511", "Acer", "tablet")
    assert "acer" in device.search_text


def test_status_that_fits_the_custody(place: Any) -> None:
    assert change_device(actor=place.tech, device=place.device, status="in_repair").state is DeviceStatus.IN_REPAIR
    assert code_of(place, place.device, status="retired") == "wrong_status"
    assert code_of(place, place.device, status="disposed") == "wrong_status"
    held = DeviceFactory(school=place.school)
    check_out(actor=place.tech, device=held, person=place.student)
    assert code_of(place, held, status="in_stock") == "already_checked_out"
    assert change_device(actor=place.tech, device=held, status="missing").state is DeviceStatus.MISSING
    gone = DeviceFactory(school=place.school)
    retire_device(actor=place.tech, device=gone, reason="old")
    assert code_of(place, gone, status="in_stock") == "wrong_status"


def test_what_is_refused(place: Any) -> None:
    DeviceFactory(school=place.school, home_cart=place.cart, home_slot=4)
    assert code_of(place, place.device, assigned_to=PersonFactory(is_active=False)) == "person_inactive"
    assert code_of(place, place.device, home_cart=place.cart, home_slot=4) == "slot_taken"
    assert code_of(place, place.device, home_cart=place.cart, home_slot=9) == "slot_out_of_range"
    assert code_of(place, place.device, home_cart=place.foreign) == "not_a_cart"
    assert code_of(place, place.cart, home_cart=place.cart) == "cart_in_itself"
    assert code_of(place, place.device, notes="x" * 10_001) == "too_long"
    assert code_of(place, place.cart, slot_count=3) == "slot_out_of_range"
    assert code_of(place, place.cart, slot_count=0) == "cart_not_empty"
    assert code_of(place, place.cart, school=place.other) == "cart_not_empty"
    with pytest.raises(TypeError):
        change_device(actor=place.tech, device=place.device, version_=3)


def test_a_device_moves_to_another_school_with_a_home_there(place: Any) -> None:
    device = DeviceFactory(school=place.school, home_room=place.room)
    there = RoomFactory(school=place.other)
    assert code_of(place, device, school=place.other) == "home_elsewhere"
    moved = change_device(actor=place.tech, device=device, school=place.other, home_room=there)
    event = ChangeEvent.objects.get(verb="change")
    assert (event.school_before_id, event.school_after_id) == (place.school.pk, place.other.pk)
    assert moved.school == place.other


def test_a_cart_moves_with_what_lives_in_it(place: Any) -> None:
    resident = DeviceFactory(school=place.school, home_cart=place.cart, home_slot=1)
    changes = [DeviceChange(device=d, fields={"school": place.other}) for d in (resident, place.cart)]
    moved = change_devices(actor=place.tech, changes=changes)
    assert {d.school for d in moved} == {place.other}


def test_many_at_once(place: Any, django_assert_num_queries: Any) -> None:
    devices = [DeviceFactory(school=place.school) for _n in range(30)]
    for count in (1, 3, 30):
        changes = [DeviceChange(device=d, fields={"os_version": f"{count}.0", "notes": ""}) for d in devices[:count]]
        with django_assert_num_queries(9):
            change_devices(actor=place.tech, changes=changes)
    assert Device.objects.get(pk=devices[0].pk).version == 4
    assert Device.objects.get(pk=devices[29].pk).version == 2


def test_devices_with_different_new_facts_in_one_list(place: Any) -> None:
    one, two = DeviceFactory(school=place.school), DeviceFactory(school=place.school)
    change_devices(
        actor=place.tech,
        changes=[
            DeviceChange(device=one, fields={"os_version": "126", "mdm_status": "ACTIVE"}),
            DeviceChange(device=two, fields={"os_version": "", "mdm_status": "DISABLED"}),
        ],
    )
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.os_version, one.mdm_status, two.os_version, two.mdm_status) == ("126", "ACTIVE", "", "DISABLED")

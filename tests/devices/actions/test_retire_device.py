from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from devices.actions import DeviceFacts, change_device, check_out, register_device, retire_device
from devices.choices import DeviceStatus
from devices.models import Device
from techdesk.audit.models import AuditEntry
from techdesk.base.errors import DomainError
from tests.factories import DeviceFactory


def code_of(place: Any, device: Any, reason: str = "screen gone") -> str:
    with pytest.raises(DomainError) as caught, transaction.atomic():
        retire_device(actor=place.tech, device=device, reason=reason)
    return caught.value.code


def test_its_place_becomes_free_and_the_history_keeps_it(place: Any) -> None:
    device = DeviceFactory(school=place.school, home_cart=place.cart, home_slot=3, assigned_to=place.student)
    retire_device(actor=place.tech, device=device, reason="  screen gone ")
    device.refresh_from_db()
    assert (device.status, device.home_cart, device.home_slot, device.assigned_to) == ("retired", None, None, None)
    facts = AuditEntry.objects.get(verb="retire").facts
    assert facts["reason"] == "screen gone"
    assert (facts["home_cart"], facts["home_slot"], facts["assigned_to"]) == ("CART-1", 3, place.student.public_key)
    assert DeviceFactory(school=place.school, home_cart=place.cart, home_slot=3)
    assert device.asset_tag not in Device.objects.not_gone().values_list("asset_tag", flat=True)


def test_what_is_refused(place: Any) -> None:
    assert code_of(place, place.device, reason=" ") == "missing_reason"
    assert code_of(place, place.device, reason="x" * 501) == "too_long"
    resident = DeviceFactory(school=place.school, home_cart=place.cart, home_slot=1)
    assert code_of(place, place.cart) == "cart_not_empty"
    retire_device(actor=place.tech, device=resident, reason="old")
    check_out(actor=place.tech, device=place.device, cart=place.cart, slot=1)
    assert code_of(place, place.cart) == "cart_not_empty"
    assert code_of(place, place.device) == "already_checked_out"
    assert code_of(place, resident) == "wrong_status"
    assert Device.objects.filter(status=DeviceStatus.RETIRED).count() == 1


def test_a_retired_cart_is_nobodys_home(place: Any) -> None:
    """Whoever has the cart on their page still, while somebody else retires it."""
    retire_device(actor=place.tech, device=place.cart, reason="wheel gone")
    with pytest.raises(DomainError) as caught, transaction.atomic():
        change_device(actor=place.tech, device=place.device, home_cart=place.cart, home_slot=1)
    assert caught.value.code == "wrong_status"
    with pytest.raises(DomainError) as caught, transaction.atomic():
        register_device(actor=place.tech, facts=DeviceFacts(school=place.school, serial="N1", home_cart=place.cart))
    assert caught.value.code == "wrong_status"

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from devices.actions import CheckIn, check_in, check_in_many, check_out
from devices.choices import DeviceStatus
from devices.models import Custody, Device
from techdesk.audit.models import AuditEntry
from techdesk.base.errors import DomainError, NotPossible
from tests.factories import DeviceFactory


def test_it_is_back_in_stock(place: Any) -> None:
    check_out(actor=place.tech, device=place.device, person=place.student)
    custody = check_in(actor=place.tech, device=place.device, condition="damaged", note="corner\r\nbent")
    custody.refresh_from_db()
    device = Device.objects.get(pk=place.device.pk)
    assert custody.in_at is not None
    assert (custody.in_by, custody.condition_in, custody.note_in) == (place.tech, "damaged", "corner\nbent")
    assert (device.status, device.condition, device.version) == (DeviceStatus.IN_STOCK, "damaged", 3)
    assert AuditEntry.objects.get(verb="check_in").facts["person"] == place.student.public_key


def test_a_condition_that_is_not_given_stays(place: Any) -> None:
    device = DeviceFactory(school=place.school, condition="worn")
    check_out(actor=place.tech, device=device, person=place.student)
    custody = check_in(actor=place.tech, device=device)
    assert (custody.condition_in, custody.device.condition) == ("", "worn")


def test_twice_is_refused(place: Any) -> None:
    check_out(actor=place.tech, device=place.device, person=place.student)
    check_in(actor=place.tech, device=place.device)
    with pytest.raises(NotPossible) as caught:
        check_in(actor=place.tech, device=place.device)
    assert caught.value.code == "not_checked_out"
    assert AuditEntry.objects.filter(verb="check_in").count() == 1


def test_a_missing_device_that_comes_back_is_found(place: Any) -> None:
    check_out(actor=place.tech, device=place.device, person=place.student)
    Device.objects.filter(pk=place.device.pk).update(status=DeviceStatus.LOST)
    assert check_in(actor=place.tech, device=place.device).device.state is DeviceStatus.IN_STOCK


def test_an_inactive_holder_can_still_give_back(place: Any) -> None:
    check_out(actor=place.tech, device=place.device, person=place.student)
    type(place.student).objects.filter(pk=place.student.pk).update(is_active=False)
    assert not check_in(actor=place.tech, device=place.device).is_open


def test_bad_input(place: Any) -> None:
    check_out(actor=place.tech, device=place.device, person=place.student)
    for facts, code in (({"condition": "shiny"}, "bad_condition"), ({"note": "x" * 2001}, "too_long")):
        with pytest.raises(DomainError) as caught:
            check_in(actor=place.tech, device=place.device, **facts)
        assert (caught.value.code, caught.value.status) == (code, 400)


def test_many_are_all_or_none(place: Any, django_assert_num_queries: Any) -> None:
    devices = [DeviceFactory(school=place.school) for _n in range(3)]
    for device in devices:
        check_out(actor=place.tech, device=device, person=place.student)
    with pytest.raises(NotPossible) as caught, transaction.atomic():
        check_in_many(actor=place.tech, items=[CheckIn(device=d) for d in [*devices, place.device]])
    assert caught.value.device == place.device
    assert Custody.objects.open().count() == 3
    with django_assert_num_queries(8):
        check_in_many(actor=place.tech, items=[CheckIn(device=d) for d in devices])
    assert not Custody.objects.open().exists()

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction

from devices.actions import AlreadyCheckedOut, CheckOut, check_in, check_out, check_out_many, retire_device
from devices.choices import DeviceStatus
from devices.models import Custody, Device
from techdesk.audit.models import AuditEntry, ChangeEvent
from techdesk.base.errors import BadInput, DomainError, NotPossible
from tests.devices.conftest import build_place
from tests.factories import CartFactory, DeviceFactory, PersonFactory, RoomFactory


def code_of(call: Any) -> str:
    with pytest.raises(DomainError) as caught, transaction.atomic():
        call()
    return caught.value.code


def test_it_goes_to_a_person(place: Any) -> None:
    custody = check_out(
        actor=place.tech,
        device=place.device,
        person=place.student,
        due_on=dt.date(2999, 1, 1),
        note=" with\x00 charger ",
    )
    custody.refresh_from_db()
    assert (custody.holder_type, custody.person, custody.room, custody.cart) == ("person", place.student, None, None)
    assert custody.note_out == "with charger"
    assert custody.out_by == place.tech
    assert custody.school == place.school
    assert custody.device.status == DeviceStatus.IN_USE
    entry = AuditEntry.objects.get(verb="check_out")
    assert (entry.actor, entry.object_key, entry.school) == (place.tech, "LIN-0412", place.school)
    assert entry.facts["person"] == place.student.public_key
    assert "Mateo" not in str(entry.facts)
    event = ChangeEvent.objects.get(verb="check_out")
    assert event.version == 2 == Device.objects.get(pk=place.device.pk).version


def test_it_goes_to_a_room_or_a_slot(place: Any) -> None:
    second = DeviceFactory(school=place.school)
    in_room = check_out(actor=place.tech, device=place.device, room=place.room)
    in_cart = check_out(actor=place.tech, device=second, cart=place.cart, slot=5)
    assert (in_room.holder_type, in_room.room) == ("room", place.room)
    assert (in_cart.holder_type, in_cart.cart, in_cart.slot) == ("cart", place.cart, 5)


def test_home_and_assigned_person_stay(place: Any) -> None:
    device = DeviceFactory(school=place.school, home_cart=place.cart, home_slot=3, assigned_to=place.student)
    check_out(actor=place.tech, device=device, person=place.teacher)
    device.refresh_from_db()
    assert (device.home_cart, device.home_slot, device.assigned_to) == (place.cart, 3, place.student)


def test_a_given_condition_becomes_the_devices(place: Any) -> None:
    custody = check_out(actor=place.tech, device=place.device, person=place.teacher, condition="worn")
    assert custody.condition_out == "worn"
    assert Device.objects.get(pk=place.device.pk).condition == "worn"


def test_twice_is_refused_and_names_the_custody_only_to_the_caller(place: Any) -> None:
    first = check_out(actor=place.tech, device=place.device, person=place.student)
    with pytest.raises(AlreadyCheckedOut) as caught:
        check_out(actor=place.tech, device=place.device, person=place.teacher)
    assert caught.value.code == "already_checked_out"
    assert caught.value.custody == first
    assert "Mateo" not in str(caught.value) + str(caught.value.facts)
    assert Custody.objects.count() == 1
    assert AuditEntry.objects.filter(verb="check_out").count() == 1


def test_exactly_one_holder(place: Any) -> None:
    with pytest.raises(BadInput) as none:
        check_out(actor=place.tech, device=place.device)
    with pytest.raises(BadInput) as two:
        check_out(actor=place.tech, device=place.device, person=place.student, room=place.room)
    assert none.value.code == two.value.code == "exactly_one_holder"
    assert none.value.status == 400
    assert code_of(lambda: check_out(actor=place.tech, device=place.device, person=place.student, slot=1)) == (
        "slot_without_cart"
    )


def test_what_is_refused(place: Any) -> None:
    def refused(**to: Any) -> str:
        return code_of(lambda: check_out(actor=place.tech, device=to.pop("device", place.device), **to))

    gone = PersonFactory(is_active=False)
    closed = RoomFactory(school=place.school, is_active=False)
    scrap = CartFactory(school=place.school)
    retire_device(actor=place.tech, device=scrap, reason="rusty")
    repair = DeviceFactory(school=place.school, status=DeviceStatus.IN_REPAIR)
    assert refused(person=gone) == "person_inactive"
    assert refused(room=closed) == "room_inactive"
    assert refused(cart=place.foreign) == "not_a_cart"
    assert refused(device=place.cart, cart=place.cart) == "cart_in_itself"
    assert refused(device=place.cart, cart=CartFactory(school=place.school)) == "cart_in_cart"
    assert refused(cart=scrap) == "wrong_status"
    assert refused(cart=place.cart, slot=0) == "slot_out_of_range"
    assert refused(cart=place.cart, slot=6) == "slot_out_of_range"
    assert refused(device=repair, person=place.student) == "wrong_status"
    assert refused(person=place.student, due_on=dt.date(2020, 1, 1)) == "due_in_past"
    assert refused(person=place.student, condition="shiny") == "bad_condition"
    assert refused(person=place.student, note="x" * 2001) == "too_long"
    assert not Custody.objects.exists()
    assert not AuditEntry.objects.filter(verb="check_out").exists()


def test_a_slot_is_taken_by_a_guest_or_by_who_lives_there(place: Any) -> None:
    resident = DeviceFactory(school=place.school, home_cart=place.cart, home_slot=1)
    guest = DeviceFactory(school=place.school)
    check_out(actor=place.tech, device=guest, cart=place.cart, slot=2)

    def into(slot: int) -> str:
        return code_of(lambda: check_out(actor=place.tech, device=place.device, cart=place.cart, slot=slot))

    assert into(1) == into(2) == "slot_taken"
    check_out(actor=place.tech, device=resident, person=place.student)
    assert check_out(actor=place.tech, device=place.device, cart=place.cart, slot=1).slot == 1


def test_due_today_is_judged_where_the_school_is(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # 03:00 UTC on the 2nd is still the evening of the 1st in Chicago.
    moment = dt.datetime(2026, 3, 2, 3, 0, tzinfo=dt.UTC)
    monkeypatch.setattr("devices.actions.custody.now", lambda: moment)
    assert check_out(actor=place.tech, device=place.device, person=place.student, due_on=dt.date(2026, 3, 1))


def test_many_are_all_or_none(place: Any) -> None:
    devices = [DeviceFactory(school=place.school) for _n in range(3)]
    held = DeviceFactory(school=place.school)
    check_out(actor=place.tech, device=held, person=place.teacher)
    with pytest.raises(NotPossible) as caught, transaction.atomic():
        check_out_many(actor=place.tech, items=[CheckOut(device=d, person=place.student) for d in [*devices, held]])
    assert caught.value.device == held
    assert Custody.objects.count() == 1
    done = check_out_many(actor=place.tech, items=[CheckOut(device=d, person=place.student) for d in devices])
    assert [c.device for c in done] == devices
    assert (
        code_of(
            lambda: check_out_many(actor=place.tech, items=[CheckOut(device=place.device, person=place.student)] * 2)
        )
        == "already_checked_out"
    )
    assert (
        code_of(
            lambda: check_out_many(
                actor=place.tech,
                items=[CheckOut(device=d, cart=place.cart, slot=1) for d in (place.device, place.foreign)],
            )
        )
        == "slot_taken"
    )


def test_the_number_of_queries_does_not_grow(place: Any, django_assert_num_queries: Any) -> None:
    for count in (1, 3, 30):
        devices = [DeviceFactory(school=place.school) for _n in range(count)]
        items = [CheckOut(device=d, person=place.student) for d in devices]
        with django_assert_num_queries(11):
            check_out_many(actor=place.tech, items=items)


@pytest.mark.django_db(transaction=True)
def test_thirty_two_at_once_make_one_custody() -> None:
    place = build_place()
    people = [PersonFactory() for _n in range(32)]
    for round_number in range(5):
        outcomes: list[str] = []
        start = threading.Barrier(32)

        def one(person: Any, outcomes: list[str] = outcomes, start: Any = start) -> None:
            try:
                start.wait()
                check_out(actor=place.tech, device=place.device, person=person)
                outcomes.append("ok")
            except DomainError as refusal:
                outcomes.append(refusal.code)
            except Exception as error:
                outcomes.append(repr(error))
            finally:
                connections.close_all()

        threads = [threading.Thread(target=one, args=[person]) for person in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["already_checked_out"] * 31 + ["ok"]
        assert Custody.objects.open().count() == 1
        assert Custody.objects.count() == round_number + 1
        check_in(actor=place.tech, device=place.device)


@pytest.mark.django_db(transaction=True)
def test_the_constraint_guards_against_a_writer_without_locks() -> None:
    place = build_place()
    written, go_on = threading.Event(), threading.Event()

    def rogue() -> None:
        try:
            with transaction.atomic():
                Custody.objects.create(
                    device=place.device,
                    school=place.school,
                    holder_type="person",
                    person=place.teacher,
                    out_by=place.tech,
                )
                written.set()
                go_on.wait(5)
        finally:
            connections.close_all()

    thread = threading.Thread(target=rogue)
    thread.start()
    written.wait(5)
    threading.Timer(0.5, go_on.set).start()
    with pytest.raises(AlreadyCheckedOut) as caught, transaction.atomic():
        check_out(actor=place.tech, device=place.device, person=place.student)
        pytest.fail("it waited for the other writer and went through")
    thread.join()
    assert isinstance(caught.value.__cause__, IntegrityError)
    assert caught.value.custody is not None
    assert caught.value.custody.person == place.teacher
    assert connection.is_usable()


@pytest.mark.django_db(transaction=True)
def test_two_devices_want_one_slot_at_once() -> None:
    place = build_place()
    devices = [DeviceFactory(school=place.school) for _n in range(8)]
    outcomes: list[str] = []
    start = threading.Barrier(8)

    def one(device: Device) -> None:
        try:
            start.wait()
            check_out(actor=place.tech, device=device, cart=place.cart, slot=1)
            outcomes.append("ok")
        except DomainError as refusal:
            outcomes.append(refusal.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=[device]) for device in devices]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["ok"] + ["slot_taken"] * 7

"""Writing new devices down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from devices.actions.catalogue import ModelName, find_or_make_models
from devices.actions.facts import LINES, DeviceFacts, UnusableDevice, check_values, cleaned
from devices.actions.homes import check_homes, guard, slot_taken
from devices.actions.locks import lock_devices, lock_people
from devices.actions.refusals import Refusals, raise_first, unplaced
from devices.models import Device
from techdesk.audit.actions import Deed, record_many
from techdesk.base.errors import DomainError, NotPossible

BATCH = 500


class DuplicateDevice(UnusableDevice):
    """Another device has this tag or serial already. `existing` is it, for a caller who may see it, or None when it
    stands in the same list."""

    def __init__(self, *, code: str, position: int, existing: Device | None) -> None:
        if code == "duplicate_asset_tag":
            text = _("Another device has this tag already.")
        else:
            text = _("Another device of this manufacturer has this serial number already.")
        super().__init__(text, code=code, field=code.removeprefix("duplicate_"), position=position)
        self.existing = existing


@transaction.atomic
def register_devices(*, actor: Any, facts: Sequence[DeviceFacts]) -> list[Device]:
    """Write new devices down, all of them or none; return them in the order of `facts`.

    Manufacturers, models and categories that are not there yet are made. Raises UnusableDevice (400), with
    `position`: missing_serial (neither tag nor serial), duplicate_asset_tag, duplicate_serial (both as
    DuplicateDevice), too_long, unknown_status, bad_condition, bad_slot_count, two_homes, slot_without_home; and
    NotPossible (409): person_inactive, not_a_cart, cart_in_cart, home_elsewhere, slot_out_of_range, slot_taken.
    """
    refused: Refusals = {}
    ready = []
    for position, one in enumerate(facts):
        try:
            ready.append(_ready(position, one))
        except DomainError as refusal:
            refused[position] = refusal
    raise_first(refused)
    names = [ModelName.of(one.manufacturer, one.model, one.category) for one in ready]
    models = find_or_make_models(actor=actor, names=names)
    people = lock_people(p.pk for one in ready for p in (one.assigned_to, one.responsible) if p)
    carts = lock_devices(one.home_cart.pk for one in ready if one.home_cart)
    devices = []
    for position, (one, name) in enumerate(zip(ready, names, strict=True)):
        try:
            for person in (one.assigned_to, one.responsible):
                check_person(people[person.pk] if person else None)
        except DomainError as refusal:
            refused[position] = refusal
            continue
        values = {key: getattr(one, key) for key in _SAME}
        device = Device(**values, tag_is_provisional=one.asset_tag == "", model=models[name])
        device.asset_tag = one.asset_tag or one.serial
        device.manufacturer = device.model.manufacturer
        device.category = device.model.category
        device.fill_search()
        devices.append(device)
    raise_first(refused)
    _check_unique(devices)
    check_homes(devices, carts)
    try:
        with transaction.atomic():
            Device.objects.bulk_create(devices, batch_size=BATCH)
    except IntegrityError as error:
        raise _late_refusal(devices, error) from error
    record_many(actor=actor, deeds=[Deed(verb="register", thing=device) for device in devices])
    return devices


def register_device(*, actor: Any, facts: DeviceFacts) -> Device:
    """Write one new device down; see `register_devices`."""
    return register_devices(actor=actor, facts=[facts])[0]


#: Facts that are fields of the device by the same name.
_SAME = (
    *(name for name in LINES if name != "asset_tag"),
    "school",
    "status",
    "condition",
    "is_loaner",
    "notes",
    "home_room",
    "home_cart",
    "home_slot",
    "assigned_to",
    "slot_count",
    "responsible",
    "purchased_on",
    "warranty_until",
    "last_seen_at",
    "auto_update_through",
)


def _ready(position: int, facts: DeviceFacts) -> DeviceFacts:
    ready = replace(facts, **{name: cleaned(name, getattr(facts, name)) for name in (*LINES, "notes")})
    if not ready.asset_tag and not ready.serial:
        text = _("A device needs an asset tag or a serial number.")
        raise UnusableDevice(text, code="missing_serial", field="asset_tag", position=position)
    values = {name: getattr(ready, name) for name in (*LINES, "notes", "status", "condition", "slot_count")}
    check_values({**values, "asset_tag": ready.asset_tag or ready.serial}, position=position)
    return ready


def check_person(person: Any) -> None:
    """Raise NotPossible person_inactive for somebody who left."""
    if person is not None and (not person.is_active or person.is_service):
        raise NotPossible(_("This person is no longer active here. Choose somebody else."), code="person_inactive")


def _check_unique(devices: Sequence[Device]) -> None:
    refused: Refusals = {}
    tags: set[str] = set()
    serials: set[tuple[int, str]] = set()
    for position, device in enumerate(devices):
        tag, serial = device.asset_tag.lower(), (device.manufacturer_id, device.serial.lower())
        if tag in tags:
            refused[position] = DuplicateDevice(code="duplicate_asset_tag", position=position, existing=None)
        elif device.serial and serial in serials:
            refused[position] = DuplicateDevice(code="duplicate_serial", position=position, existing=None)
        tags.add(tag)
        serials.add(serial)
    raise_first(refused)
    raise_first(taken(devices))


def taken(devices: Sequence[Device]) -> Refusals:
    """The refusals, by place, of the devices whose tag or serial stands in the database at another device."""
    refused: Refusals = {}
    for start in range(0, len(devices), BATCH):
        part = list(enumerate(devices))[start : start + BATCH]
        with_tag = Device.objects.with_tags(device.asset_tag for _place, device in part)
        tags = {row.asset_tag.lower(): row for row in with_tag}
        with_serial = Device.objects.with_serials(device.serial for _place, device in part)
        serials = {(row.manufacturer_id, row.serial.lower()): row for row in with_serial}
        for position, device in part:
            if (found := tags.get(device.asset_tag.lower())) and found.pk != device.pk:
                refused[position] = DuplicateDevice(code="duplicate_asset_tag", position=position, existing=found)
                continue
            found = serials.get((device.manufacturer_id, device.serial.lower())) if device.serial else None
            if found is not None and found.pk != device.pk:
                refused[position] = DuplicateDevice(code="duplicate_serial", position=position, existing=found)
    return refused


def _late_refusal(devices: Sequence[Device], error: IntegrityError) -> Exception:
    """Somebody wrote the same tag, serial or slot a moment ago: the constraint saw it, say it in words."""
    kept = guard(error)
    if kept is None:
        return error
    code, _field = kept
    if code == "slot_taken":
        position = next((p for p, device in enumerate(devices) if device.home_slot is not None), 0)
        return unplaced(slot_taken(position, devices[position]))
    known = taken(devices)
    return known[min(known)] if known else unplaced(DuplicateDevice(code=code, position=0, existing=None))

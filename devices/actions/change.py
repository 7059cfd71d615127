"""Changing what is known of devices. Custody is not changed here: handing out and taking back have their own verbs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from devices.actions.catalogue import ModelName, find_or_make_models
from devices.actions.facts import LINES, UnusableDevice, check_values, cleaned
from devices.actions.homes import check_carts, check_homes, guard, slot_taken
from devices.actions.locks import check_version, lock_devices, lock_people
from devices.actions.refusals import Refusals, raise_first, refusals_of, unplaced
from devices.actions.register import BATCH, DuplicateDevice, check_person, taken
from devices.choices import GONE, SETTABLE_FREE, SETTABLE_HELD
from devices.models import Custody, Device
from techdesk.audit.actions import Deed, record_many
from techdesk.base.clock import now
from techdesk.base.errors import DomainError, NotPossible

#: What a person may change.
EDITABLE = (
    "asset_tag",
    "serial",
    "status",
    "condition",
    "is_loaner",
    "notes",
    "school",
    "home_room",
    "home_cart",
    "home_slot",
    "assigned_to",
    "slot_count",
    "responsible",
    "purchased_on",
    "warranty_until",
)
#: What a management console says; imports and syncs change it, people do not.
FROM_CONSOLE = (
    "mdm_source",
    "mdm_status",
    "os_name",
    "os_version",
    "org_unit",
    "mdm_location",
    "mdm_user",
    "last_user",
    "last_seen_at",
    "auto_update_through",
    "mac_address",
)
#: Names that together lead to a model.
OF_MODEL = ("manufacturer", "model", "category")
#: Texts of which the audit trail keeps only that they changed: people write names into them.
PRIVATE = frozenset({"notes", "mdm_user", "last_user"})


@dataclass(frozen=True, kw_only=True)
class DeviceChange:
    """New values of one device, by field name (EDITABLE, FROM_CONSOLE, and the names OF_MODEL). `version` is the one
    the caller has read, or None to change whatever is there."""

    device: Device
    fields: Mapping[str, Any] = field(default_factory=dict)
    version: int | None = None


@transaction.atomic
def change_devices(*, actor: Any, changes: Sequence[DeviceChange]) -> list[Device]:
    """Change devices, all of them or none; return them as they are now, in the order of `changes`.

    A device for which nothing is new keeps its version and gets no history. Raises DeviceStale; UnusableDevice and
    DuplicateDevice (400) and NotPossible (409) with the codes of `register_devices`, and tag_is_fixed (only a tag
    that a serial stands in for is changed), wrong_status, already_checked_out (the status does not go with being
    checked out), cart_not_empty.
    """
    unknown = {n for c in changes for n in c.fields} - {*EDITABLE, *FROM_CONSOLE, *OF_MODEL}
    if unknown:
        raise TypeError(f"a device has no changeable {sorted(unknown)}")
    if len({c.device.pk for c in changes}) != len(changes):
        raise ValueError("a device stands twice in the list of changes")
    models = _models(actor, changes)
    people = lock_people(
        person.pk for c in changes for n in ("assigned_to", "responsible") if (person := c.fields.get(n)) is not None
    )
    homes = [cart.pk for c in changes if (cart := c.fields.get("home_cart")) is not None]
    homes += [c.device.home_cart_id for c in changes if "home_slot" in c.fields]
    devices = lock_devices([*(c.device.pk for c in changes), *homes])
    held = set(Custody.objects.open().filter(device_id__in=devices).values_list("device_id", flat=True))
    changed: dict[int, set[str]] = {}
    before: dict[int, dict[str, Any]] = {}
    refused: Refusals = {}
    for position, change in enumerate(changes):
        device = devices[change.device.pk]
        values = _values(change, device, models, people, devices)
        new = {name: value for name, value in values.items() if getattr(device, name) != value}
        try:
            check_version(device, change.version)
            _check_change(position, device, new, held=device.pk in held)
        except DomainError as refusal:
            refused[position] = refusal
            continue
        changed[device.pk] = set(new)
        before[device.pk] = {name: getattr(device, name) for name in new}
        for name, value in new.items():
            setattr(device, name, value)
    raise_first(refused)
    touched = [devices[c.device.pk] for c in changes if changed[c.device.pk]]
    _check_whole(changes, devices, touched, changed)
    _save(touched, changed)
    record_many(
        actor=actor,
        deeds=[
            Deed(
                verb="change",
                thing=device,
                facts=_told(device, before[device.pk]),
                school_before=old.pk if (old := before[device.pk].get("school")) else device.school_id,
            )
            for device in touched
        ],
    )
    return [devices[c.device.pk] for c in changes]


def change_device(*, actor: Any, device: Device, version: int | None = None, **fields: Any) -> Device:
    """Change one device; see `change_devices`. Returns it as it is now."""
    return change_devices(actor=actor, changes=[DeviceChange(device=device, fields=fields, version=version)])[0]


def _models(actor: Any, changes: Sequence[DeviceChange]) -> dict[ModelName, Any]:
    names = [_model_name(c) for c in changes if any(n in c.fields for n in OF_MODEL)]
    return find_or_make_models(actor=actor, names=names) if names else {}


def _model_name(change: DeviceChange) -> ModelName:
    """The model that is asked for; a part that is not given stays what it is."""
    given = change.fields
    if all(name in given for name in OF_MODEL):  # as imports give them: then the old model is not read
        return ModelName.of(given["manufacturer"], given["model"], given["category"])
    old = change.device.model
    return ModelName.of(
        given.get("manufacturer", old.manufacturer.name),
        given.get("model", old.name),
        given.get("category", old.category.slug),
    )


def _values(
    change: DeviceChange,
    device: Device,
    models: Mapping[ModelName, Any],
    people: Mapping[int, Any],
    devices: Mapping[int, Device],
) -> dict[str, Any]:
    """The fields as they are to be stored."""
    values = {n: cleaned(n, value) for n, value in change.fields.items() if n not in OF_MODEL}
    for name in ("assigned_to", "responsible"):
        if values.get(name) is not None:
            values[name] = people[values[name].pk]
    if values.get("home_cart") is not None:
        values["home_cart"] = devices[values["home_cart"].pk]
    if any(n in change.fields for n in OF_MODEL):
        model = models[_model_name(change)]
        values |= {"model": model, "manufacturer": model.manufacturer, "category": model.category}
    if values.get("asset_tag", device.asset_tag) != device.asset_tag:
        values["tag_is_provisional"] = False
    return values


def _check_change(position: int, device: Device, new: Mapping[str, Any], *, held: bool) -> None:
    check_values(
        {n: v for n, v in new.items() if n in (*LINES, "notes", "status", "condition", "slot_count")}, position=position
    )
    if "asset_tag" in new:
        if not new["asset_tag"]:
            text = _("A device needs an asset tag.")
            raise UnusableDevice(text, code="missing_serial", field="asset_tag", position=position)
        if not device.tag_is_provisional:
            text = _("%(tag)s is on the device and in its history, so this tag stays.")
            raise NotPossible(text % {"tag": device.asset_tag}, code="tag_is_fixed")
    for name in ("assigned_to", "responsible"):
        check_person(new.get(name))
    if "status" not in new:
        return
    if device.state in GONE or new["status"] not in SETTABLE_FREE:
        text = _("%(tag)s is marked “%(status)s”. That is not changed here.")
        raise NotPossible(text % {"tag": device.asset_tag, "status": device.state.label}, code="wrong_status")
    if held and new["status"] not in SETTABLE_HELD:
        text = _("%(tag)s is checked out. Check it in first.") % {"tag": device.asset_tag}
        raise NotPossible(text, code="already_checked_out")


def _check_whole(
    changes: Sequence[DeviceChange],
    devices: Mapping[int, Device],
    touched: Sequence[Device],
    changed: Mapping[int, set[str]],
) -> None:
    """What only shows when all the changes are in place: homes, carts, and tags and serials used twice."""
    placed = [d for d in touched if changed[d.pk] & {"home_room", "home_cart", "home_slot", "school", "slot_count"}]
    if placed:
        # A home that is not changed itself was read with its device; a changed one is the locked row.
        homes = {d.home_cart_id: devices.get(d.home_cart_id, d.home_cart) for d in placed if d.home_cart_id}
        standing = {pk: cart for pk, cart in homes.items() if pk is not None and cart is not None}
        _placed_in(changes, placed, lambda: check_homes(placed, standing))
        carts = [d for d in placed if changed[d.pk] & {"school", "slot_count"}]
        _placed_in(changes, carts, lambda: check_carts(carts, moving={d.pk: d for d in placed}))
    renamed = [device for device in touched if changed[device.pk] & {"asset_tag", "serial", "manufacturer"}]
    _placed_in(changes, renamed, lambda: raise_first(taken(renamed)))


def _placed_in(changes: Sequence[DeviceChange], devices: Sequence[Device], check: Callable[[], None]) -> None:
    """Run a check of `devices`; what it refuses is told by the place in `changes`."""
    try:
        check()
    except DomainError as refusal:
        places = {change.device.pk: place for place, change in enumerate(changes)}
        found = {places[devices[position].pk]: one for position, one in refusals_of(refusal).items()}
        for place, one in found.items():
            one.__dict__["position"] = place
        raise_first(found)
        raise


def _save(touched: Sequence[Device], changed: Mapping[int, set[str]]) -> None:
    """Write each device with the columns that changed; devices with the same columns in one statement."""
    moment = now()
    together: dict[frozenset[str], list[Device]] = {}
    for device in touched:
        if changed[device.pk] & {"asset_tag", "serial", "model", "manufacturer"}:
            device.fill_search()
            changed[device.pk].add("search_text")
        device.version += 1
        device.updated_at = moment
        together.setdefault(frozenset(changed[device.pk]), []).append(device)
    for columns, rows in together.items():
        try:
            with transaction.atomic():
                Device.objects.bulk_update(rows, [*sorted(columns), "version", "updated_at"], batch_size=BATCH)
        except IntegrityError as error:
            kept = guard(error)
            if kept is None:
                raise
            if kept[0] == "slot_taken":
                raise unplaced(slot_taken(0, rows[0])) from error
            raise unplaced(DuplicateDevice(code=kept[0], position=0, existing=None)) from error


def _told(device: Device, before: Mapping[str, Any]) -> dict[str, Any]:
    """For the audit trail: {field: [before, after]} in plain values; a private text only as "changed"."""
    told: dict[str, Any] = {}
    for name, old in sorted(before.items()):
        told[name] = True if name in PRIVATE else [_plain(old), _plain(getattr(device, name))]
    return {"changed": told}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, dt.date):
        return value.isoformat()
    return getattr(value, "public_key", None) or str(value)

"""Where devices belong: legality of rooms, carts and slots, checked for many devices at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from devices.actions.facts import UnusableDevice
from devices.actions.refusals import Refusals, raise_first
from devices.choices import GONE
from devices.models import Device
from techdesk.base.errors import DomainError, NotPossible


class HomeNotPossible(NotPossible):
    """The home of a device cannot be that one. `field` names the field, `position` the device's place in the list."""

    def __init__(self, message: Any, *, code: str, field: str, position: int) -> None:
        super().__init__(message, code=code)
        self.field = field
        self.position = position


def check_homes(devices: Sequence[Device], carts: Mapping[int, Device]) -> None:
    """Raise HomeNotPossible for the first device (saved or not yet) whose home cannot be.

    `carts` are the home carts by id, locked, as they will be after the change. Codes: not_a_cart, cart_in_itself,
    cart_in_cart, wrong_status (a retired cart), slot_out_of_range, slot_taken, home_elsewhere; UnusableDevice with
    two_homes, slot_without_home.
    """
    claimed: dict[tuple[str, int, int], int] = {}
    refused: Refusals = {}
    for position, device in enumerate(devices):
        cart = carts.get(device.home_cart_id) if device.home_cart_id is not None else None
        try:
            _check_home(position, device, cart)
        except DomainError as refusal:
            refused[position] = refusal
            continue
        if device.home_slot is None:
            continue
        home = ("cart", device.home_cart_id) if cart is not None else ("room", device.home_room_id)
        place = (home[0], home[1] or 0, device.home_slot)
        if place in claimed:
            refused[position] = slot_taken(position, device)
            continue
        claimed[place] = position
    raise_first(refused)
    _check_not_taken(devices, claimed)


def _check_home(position: int, device: Device, cart: Device | None) -> None:
    if device.home_room_id is not None and cart is not None:
        text = _("A device is at home in a room or in a cart, not in both.")
        raise UnusableDevice(text, code="two_homes", field="home_cart", position=position)
    if device.home_slot is not None and device.home_room_id is None and cart is None:
        text = _("A slot number needs a cart or a room.")
        raise UnusableDevice(text, code="slot_without_home", field="home_slot", position=position)
    if device.home_slot is not None and device.home_slot < 1:
        raise HomeNotPossible(
            _("Slots are counted from 1."), code="slot_out_of_range", field="home_slot", position=position
        )
    if device.home_room is not None and device.home_room.school_id != device.school_id:
        text = _("%(room)s is not at %(school)s. Choose a home there, or none.")
        raise HomeNotPossible(
            text % {"room": device.home_room, "school": device.school},
            code="home_elsewhere",
            field="home_room",
            position=position,
        )
    if cart is None:
        return
    refusal: tuple[str, str, str] | None = None
    if device.pk is not None and cart.pk == device.pk:
        refusal = ("cart_in_itself", "home_cart", _("A cart is not its own home."))
    elif not cart.is_cart:
        refusal = ("not_a_cart", "home_cart", _("%(cart)s is not a cart.") % {"cart": cart.asset_tag})
    elif cart.state in GONE:
        words = _("%(cart)s is marked “%(status)s”. Choose another home.")
        refusal = ("wrong_status", "home_cart", words % {"cart": cart.asset_tag, "status": cart.state.label})
    elif device.is_cart:
        refusal = ("cart_in_cart", "home_cart", _("A cart does not go into another cart."))
    elif cart.school_id != device.school_id:
        text = _("%(cart)s is not at %(school)s. Choose a home there, or none.")
        refusal = ("home_elsewhere", "home_cart", text % {"cart": cart.asset_tag, "school": device.school})
    elif device.home_slot is not None and device.home_slot > cart.slot_count:
        text = _("%(cart)s has slots 1 to %(count)d.")
        words = text % {"cart": cart.asset_tag, "count": cart.slot_count}
        refusal = ("slot_out_of_range", "home_slot", words)
    if refusal is not None:
        code, field, words = refusal
        raise HomeNotPossible(words, code=code, field=field, position=position)


def _check_not_taken(devices: Sequence[Device], claimed: Mapping[tuple[str, int, int], int]) -> None:
    """Does somebody outside the list live in a claimed slot?"""
    if not claimed:
        return
    in_carts = {home for kind, home, _slot in claimed if kind == "cart"}
    in_rooms = {home for kind, home, _slot in claimed if kind == "room"}
    others = (
        Device.objects.filter(Q(home_cart_id__in=in_carts) | Q(home_room_id__in=in_rooms), home_slot__isnull=False)
        .exclude(pk__in=[d.pk for d in devices if d.pk is not None])
        .values_list("home_cart_id", "home_room_id", "home_slot")
    )
    refused: Refusals = {}
    for cart_id, room_id, slot in others:
        place = ("cart", cart_id, slot or 0) if cart_id is not None else ("room", room_id or 0, slot or 0)
        if place in claimed:
            position = claimed[place]
            refused[position] = slot_taken(position, devices[position])
    raise_first(refused)


def slot_taken(position: int, device: Device) -> HomeNotPossible:
    return HomeNotPossible(
        _("Slot %(slot)s is another device's home. Choose a free one.") % {"slot": device.home_slot},
        code="slot_taken",
        field="home_slot",
        position=position,
    )


def check_carts(carts: Sequence[Device], *, moving: Mapping[int, Device]) -> None:
    """After a change of carts: does everything that lives in them still fit? `moving` are the devices changed with
    them, by id, which `check_homes` looks at. Raises HomeNotPossible cart_not_empty or slot_out_of_range.
    """
    if not carts:
        return
    residents = Device.objects.filter(home_cart_id__in=[c.pk for c in carts]).exclude(pk__in=list(moving))
    highest = {
        (cart_id, school_id): slot
        for cart_id, school_id, slot in residents.values_list("home_cart_id", "school_id").annotate(
            slot=Max("home_slot")
        )
    }
    for position, cart in enumerate(carts):
        for (cart_id, school_id), slot in highest.items():
            if cart_id != cart.pk:
                continue
            if not cart.is_cart or school_id != cart.school_id:
                text = _("Devices still have their home in %(cart)s. Give them another home first.")
                words = text % {"cart": cart.asset_tag}
                field = "school" if cart.is_cart else "slot_count"
                raise HomeNotPossible(words, code="cart_not_empty", field=field, position=position)
            if slot is not None and slot > cart.slot_count:
                text = _("A device has its home in slot %(slot)d of %(cart)s. Give it another home first.")
                words = text % {"slot": slot, "cart": cart.asset_tag}
                raise HomeNotPossible(words, code="slot_out_of_range", field="slot_count", position=position)


#: Constraints that are the last guard of what is checked here and in `register`, with the code and field they mean.
GUARDS = {
    "devices_device_asset_tag": ("duplicate_asset_tag", "asset_tag"),
    "devices_device_serial": ("duplicate_serial", "serial"),
    "devices_device_cart_slot": ("slot_taken", "home_slot"),
    "devices_device_room_station": ("slot_taken", "home_slot"),
}


def guard(error: IntegrityError) -> tuple[str, str] | None:
    """Code and field of the promise that PostgreSQL kept, or None for one that is no matter of the caller's."""
    return GUARDS.get(getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or "")

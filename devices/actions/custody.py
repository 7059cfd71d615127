"""Handing out and taking back. The only code that opens and closes a custody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from devices.actions.locks import check_version, lock_devices, lock_people
from devices.choices import GONE, TRANSITIONS, Condition, HolderType
from devices.models import Custody, Device
from techdesk.audit.actions import Deed, record_many
from techdesk.base.clock import now
from techdesk.base.errors import BadInput, NotPossible
from techdesk.base.text import clean_text
from techdesk.directory.models import Room, School

LONGEST_NOTE = 2000


class AlreadyCheckedOut(NotPossible):
    """Somebody has the device. `custody` is the open one, for a caller who may see it; `facts` never name it."""

    code = "already_checked_out"

    def __init__(self, device: Device, custody: Custody | None) -> None:
        super().__init__(
            _("%(tag)s is already checked out. Check it in first.") % {"tag": device.asset_tag},
            device=device.asset_tag,
        )
        self.custody = custody


@dataclass(frozen=True, kw_only=True)
class CheckOut:
    """One device and its new holder: exactly one of person, room, cart (with a slot, if it has a place there)."""

    device: Device
    person: Any = None
    room: Room | None = None
    cart: Device | None = None
    slot: int | None = None
    due_on: dt.date | None = None
    condition: str = ""
    note: str = ""
    version: int | None = None  # of the device, as the caller read it; None: any


@dataclass(frozen=True, kw_only=True)
class CheckIn:
    """One device that came back."""

    device: Device
    condition: str = ""
    note: str = ""
    version: int | None = None


def school_today(school: School) -> dt.date:
    """Today where the school is."""
    return timezone.localdate(now(), school.zone)


@transaction.atomic
def check_out_many(*, actor: Any, items: Sequence[CheckOut]) -> list[Custody]:
    """Hand out devices, all of them or none; return the open custodies in the order of `items`.

    Home and assigned person of a device stay as they are. A condition that is given becomes the device's.
    Raises BadInput (exactly_one_holder, slot_without_cart, due_in_past, bad_condition, too_long) and NotPossible
    (already_checked_out, wrong_status, person_inactive, room_inactive, not_a_cart, cart_in_itself, cart_in_cart,
    slot_out_of_range, slot_taken), Stale; every refusal has the device in question as `device`.
    """
    for item in items:
        _check_holder(item)
        _check_words(item.device, item.condition, item.note)
    people = lock_people(item.person.pk for item in items if item.person)
    devices = lock_devices([i.device.pk for i in items] + [i.cart.pk for i in items if i.cart])
    rooms = {r.pk: r for r in Room.objects.select_related("school").filter(pk__in=[i.room.pk for i in items if i.room])}
    held = _open_custodies(i.device.pk for i in items)
    moment = now()
    custodies: list[Custody] = []
    for item in items:
        device = devices[item.device.pk]
        cart = devices[item.cart.pk] if item.cart else None
        person = people[item.person.pk] if item.person else None
        room = rooms[item.room.pk] if item.room else None
        check_version(device, item.version)
        if device.pk in held:
            raise _about(device, AlreadyCheckedOut(device, held[device.pk]))
        if device.state not in TRANSITIONS["check_out"].sources:
            raise _about(device, _wrong_status(device))
        _check_receiver(device, person, room, cart, item.slot)
        if item.due_on is not None and item.due_on < school_today(device.school):
            text = _("The due date is in the past. Choose today or a later day.")
            raise _about(device, BadInput(text, code="due_in_past", errors={"due_on": [text]}))
        custody = Custody(
            device=device,
            school_id=device.school_id,
            holder_type=HolderType.PERSON if person else HolderType.ROOM if room else HolderType.CART,
            person=person,
            room=room,
            cart=cart,
            slot=item.slot,
            out_at=moment,
            due_on=item.due_on,
            condition_out=item.condition,
            note_out=clean_text(item.note),
            out_by=actor,
        )
        held[device.pk] = custody
        custodies.append(custody)
        device.status = TRANSITIONS["check_out"].target
        device.condition = item.condition or device.condition
    _check_slots(custodies)
    _open(custodies)
    _write([c.device for c in custodies], moment)
    record_many(actor=actor, deeds=[Deed(verb="check_out", thing=c.device, facts=_facts(c)) for c in custodies])
    return custodies


def check_out(
    *,
    actor: Any,
    device: Device,
    person: Any = None,
    room: Room | None = None,
    cart: Device | None = None,
    slot: int | None = None,
    due_on: dt.date | None = None,
    condition: str = "",
    note: str = "",
    version: int | None = None,
) -> Custody:
    """Hand out one device; see `check_out_many`. The device as it is now is the custody's `device`."""
    item = CheckOut(
        device=device,
        person=person,
        room=room,
        cart=cart,
        slot=slot,
        due_on=due_on,
        condition=condition,
        note=note,
        version=version,
    )
    return check_out_many(actor=actor, items=[item])[0]


@transaction.atomic
def check_in_many(*, actor: Any, items: Sequence[CheckIn]) -> list[Custody]:
    """Take devices back into stock, all of them or none; return the closed custodies in the order of `items`.

    A condition that is given becomes the device's. Raises NotPossible (not_checked_out, wrong_status) and BadInput
    (bad_condition, too_long) and Stale, with the device in question as `device`.
    """
    for item in items:
        _check_words(item.device, item.condition, item.note)
    devices = lock_devices(item.device.pk for item in items)
    held = _open_custodies(devices)
    moment = now()
    custodies: list[Custody] = []
    for item in items:
        device = devices[item.device.pk]
        check_version(device, item.version)
        custody = held.pop(device.pk, None)
        if custody is None:
            text = _("%(tag)s is not checked out to anybody.") % {"tag": device.asset_tag}
            raise _about(device, NotPossible(text, code="not_checked_out", device=device.asset_tag))
        if device.state not in TRANSITIONS["check_in"].sources:
            raise _about(device, _wrong_status(device))
        custody.device = device
        # Two computers' clocks may differ by a moment; the database insists on the order.
        custody.in_at = max(moment, custody.out_at)
        custody.in_by = actor
        custody.condition_in = item.condition
        custody.note_in = clean_text(item.note)
        custodies.append(custody)
        device.status = TRANSITIONS["check_in"].target
        device.condition = item.condition or device.condition
    Custody.objects.bulk_update(custodies, ["in_at", "in_by", "condition_in", "note_in"], batch_size=500)
    _write([c.device for c in custodies], moment)
    record_many(actor=actor, deeds=[Deed(verb="check_in", thing=c.device, facts=_facts(c)) for c in custodies])
    return custodies


def check_in(*, actor: Any, device: Device, condition: str = "", note: str = "", version: int | None = None) -> Custody:
    """Take one device back; see `check_in_many`."""
    item = CheckIn(device=device, condition=condition, note=note, version=version)
    return check_in_many(actor=actor, items=[item])[0]


def _about(device: Device, refusal: Any) -> Any:
    """The refusal, carrying the device it is about: a list of many must say which one."""
    refusal.device = device
    return refusal


def _wrong_status(device: Device) -> NotPossible:
    return NotPossible(
        _("%(tag)s is marked “%(status)s”. Change that first.")
        % {"tag": device.asset_tag, "status": device.state.label},
        code="wrong_status",
        device=device.asset_tag,
        status=device.status,
    )


def _check_holder(item: CheckOut) -> None:
    if sum(1 for one in (item.person, item.room, item.cart) if one is not None) != 1:
        text = _("Choose one: a person, a room or a cart.")
        raise _about(item.device, BadInput(text, code="exactly_one_holder", errors={"holder": [text]}))
    if item.slot is not None and item.cart is None:
        text = _("A slot number needs a cart.")
        raise _about(item.device, BadInput(text, code="slot_without_cart", errors={"slot": [text]}))


def _check_words(device: Device, condition: str, note: str) -> None:
    if condition and condition not in Condition.values:
        text = _("This condition is not known.")
        raise _about(device, BadInput(text, code="bad_condition", errors={"condition": [text]}))
    if len(note) > LONGEST_NOTE:
        text = _("The note is too long. Keep it under %(count)d characters.") % {"count": LONGEST_NOTE}
        raise _about(device, BadInput(text, code="too_long", errors={"note": [text]}))


def _check_receiver(device: Device, person: Any, room: Room | None, cart: Device | None, slot: int | None) -> None:
    """May this holder receive the device?"""
    tag = {"tag": device.asset_tag}
    if person is not None and (not person.is_active or person.is_service):
        raise _about(
            device,
            NotPossible(
                _("This person is no longer active here. Choose somebody else."), code="person_inactive", **tag
            ),
        )
    if room is not None and not room.is_active:
        raise _about(device, NotPossible(_("This room is no longer in use."), code="room_inactive", **tag))
    if cart is None:
        return
    if cart.pk == device.pk:
        raise _about(device, NotPossible(_("A cart does not fit into itself."), code="cart_in_itself", **tag))
    if not cart.is_cart:
        text = _("%(cart)s is not a cart.") % {"cart": cart.asset_tag}
        raise _about(device, NotPossible(text, code="not_a_cart", **tag))
    if device.is_cart:
        raise _about(device, NotPossible(_("A cart does not go into another cart."), code="cart_in_cart", **tag))
    if cart.state in GONE:
        raise _about(device, _wrong_status(cart))
    if slot is not None and not 1 <= slot <= cart.slot_count:
        text = _("%(cart)s has slots 1 to %(count)d.") % {"cart": cart.asset_tag, "count": cart.slot_count}
        raise _about(device, NotPossible(text, code="slot_out_of_range", slot_count=cart.slot_count, **tag))


def _check_slots(custodies: Sequence[Custody]) -> None:
    """A slot is taken by a device checked out to it, and by the device at home there that is in."""
    wanted = [c for c in custodies if c.cart_id is not None and c.slot is not None]
    if not wanted:
        return
    going = {c.device_id for c in custodies}
    taken: set[tuple[int | None, int | None]] = set(
        Custody.objects.open()
        .filter(cart_id__in={c.cart_id for c in wanted}, slot__isnull=False)
        .values_list("cart_id", "slot")
    )
    at_home = (
        Device.objects.standing_at_home()
        .filter(home_cart_id__in={c.cart_id for c in wanted}, home_slot__isnull=False)
        .exclude(pk__in=going)
    )
    taken |= set(at_home.values_list("home_cart_id", "home_slot"))
    for custody in wanted:
        place = (custody.cart_id, custody.slot)
        if place in taken:
            raise _about(custody.device, _slot_taken(custody.device, custody.slot))
        taken.add(place)


def _slot_taken(device: Device, slot: int | None) -> NotPossible:
    return NotPossible(
        _("Slot %(slot)s is taken. Choose another one.") % {"slot": slot},
        code="slot_taken",
        device=device.asset_tag,
    )


def _open_custodies(device_ids: Any) -> dict[int, Custody]:
    rows = Custody.objects.open().with_holder().filter(device_id__in=list(device_ids))
    return {custody.device_id: custody for custody in rows}


def _open(custodies: Sequence[Custody]) -> None:
    """Insert; the unique constraints have the last word over whoever wrote without taking the locks."""
    try:
        with transaction.atomic():
            Custody.objects.bulk_create(custodies, batch_size=500)
    except IntegrityError as error:
        constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
        if constraint == "devices_custody_one_open":
            held = _open_custodies(c.device_id for c in custodies)
            device = next((c.device for c in custodies if c.device_id in held), custodies[0].device)
            raise _about(device, AlreadyCheckedOut(device, held.get(device.pk))) from error
        if constraint == "devices_custody_one_per_slot":
            places = Custody.objects.open().filter(Q(cart_id__in=[c.cart_id for c in custodies]))
            taken = set(places.values_list("cart_id", "slot"))
            custody = next((c for c in custodies if (c.cart_id, c.slot) in taken), custodies[0])
            raise _about(custody.device, _slot_taken(custody.device, custody.slot)) from error
        raise


def _write(devices: Sequence[Device], moment: dt.datetime) -> None:
    for device in devices:
        device.version += 1
        device.updated_at = moment
    Device.objects.bulk_update(devices, ["status", "condition", "version", "updated_at"], batch_size=500)


def _facts(custody: Custody) -> dict[str, Any]:
    """What the audit trail keeps; a person by key only."""
    facts: dict[str, Any] = {"custody": custody.public_key, "holder_type": custody.holder_type}
    if custody.person is not None:
        facts["person"] = custody.person.public_key
    if custody.room is not None:
        facts["room"] = custody.room.public_key
    if custody.cart is not None:
        facts["cart"] = custody.cart.asset_tag
        facts["slot"] = custody.slot
    if custody.is_open:
        facts["due_on"] = custody.due_on.isoformat() if custody.due_on else None
    return facts

"""Taking devices out of service for good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from devices.actions.custody import AlreadyCheckedOut
from devices.actions.locks import check_version, lock_devices
from devices.choices import TRANSITIONS
from devices.models import Custody, Device
from techdesk.audit.actions import Deed, record_many
from techdesk.base.clock import now
from techdesk.base.errors import BadInput, NotPossible
from techdesk.base.text import clean_text

LONGEST_REASON = 500


@transaction.atomic
def retire_devices(
    *, actor: Any, devices: Sequence[Device], reason: str, versions: Mapping[int, int] | None = None
) -> list[Device]:
    """Take devices out of service, all of them or none; return them as they are now, in the given order.

    Their place at home becomes free and nobody is assigned to them any more; both stay in their history, and the
    tag is never used again. versions: by id, those the caller has read. Raises BadInput missing_reason, too_long;
    NotPossible already_checked_out, wrong_status, cart_not_empty; DeviceStale.
    """
    words = clean_text(reason)
    if not words:
        text = _("Write down why, for whoever asks later.")
        raise BadInput(text, code="missing_reason", errors={"reason": [text]})
    if len(words) > LONGEST_REASON:
        text = _("This is too long. Keep it under %(count)d characters.") % {"count": LONGEST_REASON}
        raise BadInput(text, code="too_long", errors={"reason": [text]})
    locked = lock_devices(device.pk for device in devices)
    rows = [locked[device.pk] for device in devices]
    for device in rows:
        check_version(device, (versions or {}).get(device.pk))
    held = {c.device_id: c for c in Custody.objects.open().with_holder().filter(device_id__in=list(locked))}
    _check_carts(rows)
    moment = now()
    deeds = []
    for device in rows:
        if device.pk in held:
            raise AlreadyCheckedOut(device, held[device.pk])
        if device.state not in TRANSITIONS["retire"].sources:
            text = _("%(tag)s is marked “%(status)s” already.")
            raise NotPossible(text % {"tag": device.asset_tag, "status": device.state.label}, code="wrong_status")
        facts: dict[str, Any] = {"reason": words, "status": device.status}
        if device.home_room_id is not None:
            facts["home_room"] = device.home_room.code if device.home_room else None
        if device.home_cart_id is not None:
            facts["home_cart"] = device.home_cart.asset_tag if device.home_cart else None
        if device.home_slot is not None:
            facts["home_slot"] = device.home_slot
        if device.assigned_to is not None:
            facts["assigned_to"] = device.assigned_to.public_key
        device.status = TRANSITIONS["retire"].target
        device.home_room = device.home_cart = device.home_slot = device.assigned_to = None
        device.version += 1
        device.updated_at = moment
        deeds.append(Deed(verb="retire", thing=device, facts=facts))
    columns = ["status", "home_room", "home_cart", "home_slot", "assigned_to", "version", "updated_at"]
    Device.objects.bulk_update(rows, columns, batch_size=500)
    record_many(actor=actor, deeds=deeds)
    return rows


def retire_device(*, actor: Any, device: Device, reason: str, version: int | None = None) -> Device:
    """Take one device out of service; see `retire_devices`."""
    versions = {} if version is None else {device.pk: version}
    return retire_devices(actor=actor, devices=[device], reason=reason, versions=versions)[0]


def _check_carts(devices: Sequence[Device]) -> None:
    """A cart goes when nothing lives in it and nothing is checked out to it."""
    carts = [d.pk for d in devices if d.is_cart]
    going = [d.pk for d in devices]
    if not carts:
        return
    residents = Device.objects.filter(home_cart_id__in=carts).exclude(pk__in=going)
    guests = Custody.objects.open().filter(cart_id__in=carts).exclude(device_id__in=going)
    if residents.exists() or guests.exists():
        text = _("There are still devices in this cart, or at home in it. Give them another place first.")
        raise NotPossible(text, code="cart_not_empty")

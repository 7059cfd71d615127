"""Locking rows in the house's order: School, Person, Device, Ticket; within a kind by id.

`FOR NO KEY UPDATE`, not `FOR UPDATE`: two writers of one row still wait for each other, but a row that only refers
to it (an audit entry naming its actor) does not wait.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from devices.models import Device
from techdesk.base.errors import Stale
from techdesk.directory.models import Person


class DeviceStale(Stale):
    """The device was changed since it was read. `device` is what it is now."""

    def __init__(self, device: Device) -> None:
        super().__init__(
            _("Somebody changed %(tag)s while you had it open. Look at what changed, then save again.")
            % {"tag": device.asset_tag},
            version=device.version,
        )
        self.device = device


def check_version(device: Device, version: int | None) -> None:
    """Raise DeviceStale when the caller read another version than this one, which is locked; None asks nothing."""
    if version is not None and version != device.version:
        raise DeviceStale(device)


def lock_people(ids: Iterable[int | None]) -> dict[int, Any]:
    """The people with these ids, locked, by id."""
    wanted = {pk for pk in ids if pk is not None}
    if not wanted:
        return {}
    rows = Person.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=wanted).order_by("pk")
    return {person.pk: person for person in rows}


def lock_devices(ids: Iterable[int | None]) -> dict[int, Device]:
    """The devices (carts are devices) with these ids, locked, by id, with school, model and home."""
    wanted = {pk for pk in ids if pk is not None}
    if not wanted:
        return {}
    rows = (
        Device.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=wanted)
        .select_related("school", "model", "manufacturer", "home_room", "home_cart")
        .order_by("pk")
    )
    return {device.pk: device for device in rows}

"""What devices tell the directory when people leave: what they still have."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _

from devices.models import Custody, Device
from techdesk.base.policy import may
from techdesk.directory.hooks import StillOut


def devices_still_out(viewer: Any, people: Collection[int]) -> dict[int, list[StillOut]]:
    """The devices that each of `people` has now, or is assigned for the year and has not given back, of those that
    `viewer` may see. Two queries."""
    if not people or not may(viewer, "devices.list"):
        return {}
    seen = Device.objects.visible_to(viewer)
    held = Custody.objects.open().to_people(people).for_devices(seen).with_device()
    found: dict[int, list[StillOut]] = {}
    told: set[tuple[int | None, int]] = set()
    for custody in held.newest_first():
        told.add((custody.person_id, custody.device_id))
        found.setdefault(custody.person_id or 0, []).append(_thing(custody.device, _("checked out")))
    assigned: Any = seen.not_gone().assigned_among(people).for_list().by_tag()
    for device in assigned:
        if (device.assigned_to_id, device.pk) in told:
            continue
        if not device.open_custodies and device.status == "in_stock":
            continue  # it lies in its place: nothing to collect
        found.setdefault(device.assigned_to_id or 0, []).append(_thing(device, _("assigned for the year")))
    return found


def _thing(device: Device, how: str) -> StillOut:
    return StillOut(f"{device.asset_tag} · {device.model}", device.get_absolute_url(), how)

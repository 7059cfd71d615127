"""What is known of a device before it is written, and the rules its words must keep."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from devices.choices import Condition, DeviceStatus
from devices.models import Device
from techdesk.base.errors import BadInput
from techdesk.base.text import clean_line, clean_text
from techdesk.directory.models import Room, School


@dataclass(frozen=True, kw_only=True)
class DeviceFacts:
    """One device to register. Without an asset tag the serial stands in for it, until somebody sticks a tag on.

    manufacturer, model and category are names; what is not there yet is made. `category` is a slug or a name and
    counts only for a model that is new: a device always has its model's category. `slot_count` makes it a cart.
    """

    school: School
    asset_tag: str = ""
    serial: str = ""
    manufacturer: str = ""
    model: str = ""
    category: str = ""
    status: str = DeviceStatus.IN_STOCK
    condition: str = Condition.GOOD
    is_loaner: bool = False
    notes: str = ""
    home_room: Room | None = None
    home_cart: Device | None = None
    home_slot: int | None = None
    assigned_to: Any = None
    slot_count: int = 0
    responsible: Any = None
    purchased_on: dt.date | None = None
    warranty_until: dt.date | None = None
    mdm_source: str = ""
    mdm_status: str = ""
    os_name: str = ""
    os_version: str = ""
    org_unit: str = ""
    mdm_location: str = ""
    mdm_user: str = ""
    last_user: str = ""
    last_seen_at: dt.datetime | None = None
    auto_update_through: dt.date | None = None
    mac_address: str = ""


#: Fields of a device that are texts of one line.
LINES = (
    "asset_tag",
    "serial",
    "mdm_source",
    "mdm_status",
    "os_name",
    "os_version",
    "org_unit",
    "mdm_location",
    "mdm_user",
    "last_user",
    "mac_address",
)
LONGEST_NOTES = 10_000
MOST_SLOTS = 500


class UnusableDevice(BadInput):
    """The facts of a device cannot be used. `position` is its place in the list that was given."""

    def __init__(self, message: Any, *, code: str, field: str, position: int = 0, **facts: Any) -> None:
        super().__init__(message, code=code, errors={field: [message]}, **facts)
        self.position = position


def cleaned(name: str, value: Any) -> Any:
    """A value as it is stored: texts without control characters and outer white space."""
    if name in LINES:
        return clean_line(value or "")
    return clean_text(value or "") if name == "notes" else value


def check_values(values: Mapping[str, Any], *, position: int = 0) -> None:
    """Raise UnusableDevice (too_long, unknown_status, bad_condition, bad_slot_count) for a value that cannot stand."""
    for name, value in values.items():
        field: Any = Device._meta.get_field(name)
        longest = LONGEST_NOTES if name == "notes" else getattr(field, "max_length", None)
        if isinstance(field, models.CharField | models.TextField) and longest and len(value) > longest:
            text = _("This is too long. Keep it under %(count)d characters.") % {"count": longest}
            raise UnusableDevice(text, code="too_long", field=name, position=position)
    if "status" in values and values["status"] not in DeviceStatus.values:
        raise UnusableDevice(_("This status is not known."), code="unknown_status", field="status", position=position)
    if "condition" in values and values["condition"] not in Condition.values:
        text = _("This condition is not known.")
        raise UnusableDevice(text, code="bad_condition", field="condition", position=position)
    if "slot_count" in values and not 0 <= (values["slot_count"] or 0) <= MOST_SLOTS:
        text = _("A cart has between 1 and %(count)d slots.") % {"count": MOST_SLOTS}
        raise UnusableDevice(text, code="bad_slot_count", field="slot_count", position=position)

"""Devices that a management console lists, compared with the fleet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from devices.actions.catalogue import UNKNOWN_MANUFACTURER
from devices.actions.import_devices import write_imported_devices
from devices.choices import GONE, DeviceStatus
from devices.models import Device
from techdesk.directory.choices import PersonKind
from techdesk.directory.models import ExternalId, Person
from techdesk.directory.queries.links import links_of
from techdesk.jobs.hooks import Part, Scope, note, plain, refuse
from techdesk.jobs.models import ImportRow

#: What the console owns on a device that is here already.
OF_THE_CONSOLE = (
    "mdm_source",
    "mdm_status",
    "os_name",
    "os_version",
    "org_unit",
    "mdm_location",
    "mdm_user",
    "last_user",
    "auto_update_through",
    "mac_address",
)
DEPROVISIONED = "DEPROVISIONED"


class DevicesPart(Part):
    name = "devices"
    tables = ("devices_device",)
    label = gettext_lazy("Devices")
    # With the words that people typed into the console: they show whether accents came through.
    telling = ("manufacturer", "model", "school", "status", "mdm_location", "mdm_user")
    fields = {
        "asset_tag": gettext_lazy("Asset tag"),
        "serial": gettext_lazy("Serial number"),
        "manufacturer": gettext_lazy("Manufacturer"),
        "model": gettext_lazy("Model"),
        "school": gettext_lazy("School"),
        "status": gettext_lazy("Status"),
        "mdm_source": gettext_lazy("Console"),
        "mdm_status": gettext_lazy("State in the console"),
        "os_name": gettext_lazy("System"),
        "os_version": gettext_lazy("System version"),
        "org_unit": gettext_lazy("Organizational unit"),
        "mdm_location": gettext_lazy("Location in the console"),
        "mdm_user": gettext_lazy("User in the console"),
        "last_user": gettext_lazy("Last user"),
        "last_seen_at": gettext_lazy("Last seen"),
        "auto_update_through": gettext_lazy("Updates until"),
        "mac_address": gettext_lazy("MAC address"),
        "listed": gettext_lazy("In the console"),
    }

    def compare(self, rows: Sequence[ImportRow], scope: Scope) -> None:
        fleet = _Fleet(rows, scope)
        for row in rows:
            tag = row.data.get("asset_tag") or row.data["serial"]
            device = fleet.find(row, tag)
            if row.verdict:
                continue
            if self._is_repeated(row, tag, scope):
                continue
            if device is None:
                is_gone = row.data.get("mdm_status") == DEPROVISIONED
                row.data["status"] = (DeviceStatus.RETIRED if is_gone else DeviceStatus.IN_STOCK).value
                row.data["school"] = scope.run.school.code if scope.run.school else ""
                continue
            row.data.pop("status", None)
            row.data.pop("school", None)
            row.target_id = device.pk
            row.before = _before(row, device, fleet)
            self._remark(row, device, tag)
        scope.cache["fleet"] = fleet

    def _is_repeated(self, row: ImportRow, tag: str, scope: Scope) -> bool:
        """Refuse a row that claims the serial or tag of an earlier one: the first stands."""
        if first := scope.claim("serial", row.data["serial"].lower(), row):
            message = _("%(first)s has the same serial number. The first one stands.") % {"first": first}
            refuse(row, "duplicate_serial", message)
            return True
        if first := scope.claim("asset_tag", tag.lower(), row):
            message = _("%(first)s has the same asset tag. The first one stands.") % {"first": first}
            refuse(row, "duplicate_asset_tag", message)
            return True
        return False

    def _remark(self, row: ImportRow, device: Device, tag: str) -> None:
        if row.data["asset_tag"] and "asset_tag" not in row.before and tag.lower() != device.asset_tag.lower():
            message = _("The console calls it %(new)s. Tags belong to people: it stays %(old)s.")
            note(row, "tag_kept", message % {"new": tag, "old": device.asset_tag})
        if row.data.get("mdm_status") == DEPROVISIONED and device.state not in GONE:
            message = _("Deprovisioned in the console, but “%(status)s” here. Retire it if it is gone.")
            note(row, "deprovisioned_here", message % {"status": device.state.label})

    def write(self, rows: Sequence[ImportRow], *, actor: Any, scope: Scope) -> None:
        fleet: _Fleet = scope.cache["fleet"]
        write_imported_devices(actor=actor, run=scope.run, rows=rows, devices=fleet.devices)

    def word(self, name: str, value: str) -> str:
        return str(DeviceStatus(value).label) if name == "status" else value

    def titles(self, rows: Sequence[ImportRow]) -> list[str]:
        found = []
        for row in rows:
            tag = row.before.get("_tag") or row.data.get("asset_tag") or row.data.get("serial", "")
            serial = row.data.get("serial", "")
            found.append((f"{tag} · {serial}" if tag != serial else tag) or row.key)
        return found

    def student_ids(self, rows: Sequence[ImportRow]) -> list[int]:
        """Students whom the console names as users of these devices."""
        emails = {
            str(facts[name]).lower()
            for row in rows
            for facts in (row.data, row.before)
            for name in ("mdm_user", "last_user")
            if facts.get(name)
        }
        named = Person.objects.alias(lower=Lower("email")).filter(lower__in=emails, kind=PersonKind.STUDENT)
        return list(named.values_list("pk", flat=True)) if emails else []


class _Fleet:
    """The devices that a batch could mean, in three queries. While applying they are locked."""

    def __init__(self, rows: Sequence[ImportRow], scope: Scope) -> None:
        serials = {row.data["serial"] for row in rows}
        tags = serials | {row.data["asset_tag"] for row in rows if row.data["asset_tag"]}
        with_serial = Device.objects.with_serials(serials).values_list("pk", flat=True)
        with_tag = Device.objects.with_tags(tags).values_list("pk", flat=True)
        found = Device.objects.filter(Q(pk__in=list(with_serial.union(with_tag)))).order_by("pk")
        if scope.applying:
            found = found.select_for_update(of=("self",), no_key=True)
        self.devices = {device.pk: device for device in found.select_related("model", "manufacturer", "school")}
        self.by_tag = {device.asset_tag.lower(): device for device in self.devices.values()}
        self.by_serial: dict[str, list[Device]] = defaultdict(list)
        for device in self.devices.values():
            if device.serial:
                self.by_serial[device.serial.lower()].append(device)
        ids = [row.data["device_id"] for row in rows if "device_id" in row.data]
        self.links: dict[str, ExternalId] = links_of(scope.run.source, "device", ids) if ids else {}
        self.allowed = scope.allowed_schools()
        self.school_id = scope.run.school_id

    def find(self, row: ImportRow, tag: str) -> Device | None:
        """The device of the row, or None for a new one; refuses what cannot be told apart or is not the caller's."""
        device = self._by_serial(row)
        if row.verdict:
            return None
        holder = self.by_tag.get(tag.lower())
        if device is None and holder is not None:
            # Written down by hand with its tag only: now its serial is known.
            if not holder.serial and not holder.is_cart and row.data["asset_tag"]:
                device = holder
            else:
                refuse(row, "duplicate_asset_tag", _("Another device has this asset tag already. Look it up first."))
                return None
        if device is not None and device.tag_is_provisional and holder is not None and holder.pk != device.pk:
            refuse(row, "duplicate_asset_tag", _("Another device has this asset tag already. Look it up first."))
            return None
        school_id = self.school_id if device is None else device.school_id
        if self.allowed is not None and school_id not in self.allowed:
            message = _("This device belongs to a school you do not import for. Ask a district technician.")
            refuse(row, "other_school", message)
            return None
        return device

    def _by_serial(self, row: ImportRow) -> Device | None:
        same = self.by_serial.get(row.data["serial"].lower(), [])
        if len(same) > 1:
            maker = row.data["manufacturer"].lower()
            same = [device for device in same if device.manufacturer.name.lower() == maker]
            if len(same) != 1:
                message = _("Several devices have this serial number. Look which one is meant, then import again.")
                refuse(row, "duplicate_serial", message)
                return None
        return same[0] if same else None


def _before(row: ImportRow, device: Device, fleet: _Fleet) -> dict[str, Any]:
    """The present values of what the import may change on this device."""
    found: dict[str, Any] = {name: plain(getattr(device, name)) for name in OF_THE_CONSOLE if name in row.data}
    found["_tag"] = device.asset_tag
    seen = row.data.get("last_seen_at")
    if seen and (device.last_seen_at is None or seen > str(plain(device.last_seen_at))):
        found["last_seen_at"] = plain(device.last_seen_at)
    if device.tag_is_provisional and row.data["asset_tag"]:
        found["asset_tag"] = device.asset_tag
    if not device.serial:
        found["serial"] = ""
    if device.manufacturer.name == UNKNOWN_MANUFACTURER and row.data["manufacturer"] != UNKNOWN_MANUFACTURER:
        found |= {"manufacturer": device.manufacturer.name, "model": device.model.name}
    if "device_id" in row.data:
        link = fleet.links.get(row.data["device_id"])
        found["listed"] = link is not None and link.present and link.target_id == device.pk
    return found

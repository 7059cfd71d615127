"""Writing down what a management console says of devices, set-based. It never opens or closes a custody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

from django.db import transaction

from devices.actions.change import FROM_CONSOLE, DeviceChange, change_devices
from devices.actions.facts import DeviceFacts
from devices.actions.register import register_devices
from devices.models import Device
from techdesk.directory.actions.links import write_links
from techdesk.jobs.choices import Verdict
from techdesk.jobs.hooks import changed_facts, target
from techdesk.jobs.models import ImportRow, ImportRun

#: The category of a model that is new: these lists hold nothing but Chrome devices.
CATEGORY = "chromebook"
_MODEL = ("manufacturer", "model")


@transaction.atomic
def write_imported_devices(
    *, actor: Any, run: ImportRun, rows: Sequence[ImportRow], devices: Mapping[int, Device]
) -> None:
    """Carry out the verdicts create and update of one batch; new devices belong to the school of `run`.

    devices: what the comparison read and locked, by id. Raises as `register_devices` and `change_devices` do, when
    somebody was quicker.
    """
    created = [row for row in rows if row.verdict == Verdict.CREATE]
    made = register_devices(actor=actor, facts=[_facts(row, run) for row in created]) if created else []
    for row, device in zip(created, made, strict=True):
        row.target_id = device.pk
    changed = [row for row in rows if row.verdict == Verdict.UPDATE]
    if changed:
        change_devices(actor=actor, changes=[_change(row, devices[target(row)]) for row in changed])
    known = [_linked(row) for row in rows if "device_id" in row.data]
    write_links(source=run.source, kind="device", rows=known)


def _linked(row: ImportRow) -> ImportRow:
    """The row under the console's own id: rows are known by their serial."""
    linked = copy(row)
    linked.key = row.data["device_id"]
    return linked


def _facts(row: ImportRow, run: ImportRun) -> DeviceFacts:
    values = {name: _value(name, row.data[name]) for name in FROM_CONSOLE if name in row.data}
    values.setdefault("os_name", "ChromeOS")
    if run.school is None:
        raise LookupError(f"{run} has no school for new devices")
    return DeviceFacts(
        school=run.school,
        asset_tag=row.data["asset_tag"],
        serial=row.data["serial"],
        manufacturer=row.data["manufacturer"],
        model=row.data["model"],
        category=CATEGORY,
        status=row.data["status"],
        **values,
    )


def _change(row: ImportRow, device: Device) -> DeviceChange:
    names = set(changed_facts(row)) - {"listed"}
    fields = {name: _value(name, row.data[name]) for name in names}
    if names & set(_MODEL):
        fields |= {name: row.data[name] for name in _MODEL} | {"category": CATEGORY}
    return DeviceChange(device=device, fields=fields)


def _value(name: str, value: Any) -> Any:
    if name == "last_seen_at":
        return dt.datetime.fromisoformat(value)
    return dt.date.fromisoformat(value) if name == "auto_update_through" else value

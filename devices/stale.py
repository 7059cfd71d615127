"""Bringing a form together with what others changed since it was opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from devices.forms import ChangeDeviceForm, device_values, words_of
from devices.models import Device
from devices.queries import device_at


@dataclass(frozen=True)
class Conflict:
    """A field that both changed: what it is now, and what was typed (which stays in the form)."""

    label: Any
    now: Any
    typed: Any


@dataclass(frozen=True)
class Merged:
    """The form to show again: what was typed stays, the other fields show what they are now."""

    form: ChangeDeviceForm
    conflicts: list[Conflict]
    taken_over: list[Conflict]  # changed by others only: the form shows theirs


def merge(device: Device, version: int, typed: QueryDict, options: dict[str, Any]) -> Merged:
    """The change form of `device` (as it is now) with what was `typed` over the device as it was at `version`.

    The row versions tell which fields the person touched and which ones others changed meanwhile. Without the
    version's row (it never existed) every field counts as touched, so that nothing typed is lost.
    """
    then = device_at(device, version)
    current = device_values(device)
    before = device_values(then) if then is not None else {}
    sent = ChangeDeviceForm(typed, initial=before, **options)
    touched = set(sent.changed_data) - {"version"}
    shown: dict[str, Any] = {**current, "version": device.version}
    conflicts, taken_over = [], []
    for name, field in sent.fields.items():
        if name == "version":
            continue
        changed_by_others = then is None or before.get(name) != current.get(name)
        value = sent[name].data
        if name in touched:
            shown[name] = value
            if changed_by_others and field.has_changed(current.get(name), value):
                conflicts.append(
                    Conflict(field.label, _words(sent, name, current.get(name)), _words(sent, name, value))
                )
        elif changed_by_others:
            taken_over.append(
                Conflict(field.label, _words(sent, name, current.get(name)), _words(sent, name, before.get(name)))
            )
    return Merged(ChangeDeviceForm(initial=shown, **options), conflicts, taken_over)


def _words(form: ChangeDeviceForm, name: str, value: Any) -> Any:
    """A value as the form's reader knows it: the label of a choice, the name behind a key."""
    field: Any = form.fields[name]
    if value not in (None, "") and hasattr(field, "label_for"):
        return field.label_for(value)
    if getattr(field, "choices", None):
        for key, label in field.choices:
            if str(key) == str(value):
                return label
    return words_of(value)

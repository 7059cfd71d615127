"""A device that an import made and that has to stay when the import is undone: retired."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from devices.actions.retire import retire_devices
from devices.choices import TRANSITIONS
from devices.models import Device
from techdesk.jobs.hooks import keep_with
from techdesk.jobs.models import ImportRun


def declare_keeps() -> None:
    """Tell the imports how devices are switched off. Called when the app is ready."""
    keep_with(Device, keep_devices)


def keep_devices(*, actor: Any, ids: Sequence[int], run: ImportRun) -> None:
    """Raises as `retire_devices` does, for a device that somebody has, say. What is retired already stays so."""
    devices = Device.objects.filter(pk__in=ids, status__in=TRANSITIONS["retire"].sources)
    reason = _("The import that added it was undone.")
    retire_devices(actor=actor, devices=list(devices), reason=reason)

"""Running the import command as a shell would, and small device lists for it."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command


def import_devices(*paths: Path, school: str = "LIN", **options: Any) -> tuple[int, dict[str, Any]]:
    out = StringIO()
    try:
        call_command("import_devices", *map(str, paths), school=school, json=True, stdout=out, **options)
        code = 0
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    return code, json.loads(out.getvalue())


def device(serial: str = "SN1", **more: Any) -> dict[str, Any]:
    """A device as chromeosdevices.list tells it."""
    base = {
        "kind": "admin#directory#chromeosdevice",
        "deviceId": f"id-{serial}",
        "serialNumber": serial,
        "status": "ACTIVE",
        "model": "Lenovo 300e Chromebook 2nd Gen",
        "annotatedAssetId": f"T-{serial}",
        "osVersion": "141.0.7390.115",
        "orgUnitPath": "/Students",
        "lastSync": "2025-10-31T14:00:00.000Z",
        "macAddress": "a0b1c2000001",
        "autoUpdateThrough": "2031-06-01",
        "recentUsers": [{"type": "USER_TYPE_MANAGED", "email": "zoe@students.example"}],
    }
    return {name: value for name, value in (base | more).items() if value is not None}


def page(path: Path, *devices: Any, **more: Any) -> Path:
    """One page of an answer of chromeosdevices.list."""
    path.write_text(json.dumps({"kind": "admin#directory#chromeosdevices", "chromeosdevices": devices, **more}))
    return path

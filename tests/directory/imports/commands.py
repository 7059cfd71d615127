"""Running the import command as a shell would: exit code and its JSON."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command


def import_oneroster(*paths: Path, **options: Any) -> tuple[int, dict[str, Any]]:
    out = StringIO()
    try:
        call_command("import_oneroster", *map(str, paths), json=True, stdout=out, **options)
        code = 0
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    return code, json.loads(out.getvalue())

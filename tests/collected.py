"""The static files as a server has them, collected once and kept until one of them changes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings

VAR = Path(settings.BASE_DIR) / "var" / "test-collected"
COLLECT = """
import django
django.setup()
from django.conf import settings
from techdesk.embedded.prepare import collect_static
collect_static(settings.STATIC_ROOT)
"""


def collected() -> Path:
    """The folder of the collected files; runs the real command, with the settings of a server, when it must."""
    environment = {
        **os.environ,
        "TECHDESK_VAR": str(VAR),
        "TECHDESK_DEBUG": "0",
        "DJANGO_SETTINGS_MODULE": "techdesk.settings",
    }
    subprocess.run([sys.executable, "-c", COLLECT], cwd=settings.BASE_DIR, env=environment, check=True)
    return VAR / "static"

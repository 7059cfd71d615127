"""The catalogues of translated texts: `locale/<language>/LC_MESSAGES/django.po`, written by people, is compiled here.

Django reads the compiled form (.mo), which is not kept in the repository. No program of the system is needed.
"""

from __future__ import annotations

import os
from pathlib import Path

import polib
from django.conf import settings


def compile_catalogues() -> list[Path]:
    """Compile each catalogue that changed since it was compiled last; return those. Two at once do no harm."""
    written = []
    for folder in settings.LOCALE_PATHS:
        for source in sorted(Path(folder).glob("*/LC_MESSAGES/*.po")):
            target = source.with_suffix(".mo")
            if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
                continue
            unfinished = target.with_name(f".{target.name}.{os.getpid()}")
            polib.pofile(str(source)).save_as_mofile(str(unfinished))
            unfinished.replace(target)
            written.append(target)
    return written

"""The catalogues of translated texts: `locale/<language>/LC_MESSAGES/django.po`, written by people, is compiled here.

Django reads the compiled form (.mo), which is not kept in the repository. No program of the system is needed.
Run as a program (`make texts`), it tidies the catalogues after gettext wrote new texts into them.
"""

from __future__ import annotations

import os
import sys
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


def tidy_catalogue(path: Path) -> list[str]:
    """Rewrite one catalogue without what a machine added; return the texts that still need a translation.

    gettext guesses the translation of a new text from one that looks like it ("fuzzy"). Such a guess may say the
    opposite, so it is emptied. Dates and names of the last run would change the file without any change of text.
    """
    catalogue = polib.pofile(str(path), wrapwidth=110)
    for name in ("POT-Creation-Date", "PO-Revision-Date", "Last-Translator", "Report-Msgid-Bugs-To"):
        catalogue.metadata.pop(name, None)
    for text in catalogue:
        text.occurrences = []
        text.previous_msgid = text.previous_msgid_plural = text.previous_msgctxt = None
        if text.fuzzy:
            text.flags.remove("fuzzy")
            text.msgstr = ""
            text.msgstr_plural = dict.fromkeys(text.msgstr_plural, "")
    catalogue.save()
    return [text.msgid for text in catalogue.untranslated_entries()]


if __name__ == "__main__":
    for name in sys.argv[1:]:
        missing = tidy_catalogue(Path(name))
        for msgid in missing:
            sys.stdout.write(f"{name}: not translated yet: {msgid}\n")
        sys.stdout.write(f"{name}: {len(missing)} texts to translate\n")

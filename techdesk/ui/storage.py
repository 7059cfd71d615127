"""Static files as they are served: one style sheet, hashed names, compressed.

While developing, css/techdesk.css pulls in its parts by @import. Thirty small requests are nothing on one's
own machine and a second on a school's Wi-Fi, so collectstatic puts the parts into the one file. No other
build step.
"""

import re
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

SHEET = "css/techdesk.css"
IMPORT = re.compile(r'^@import "([\w./-]+)";\n', re.MULTILINE)


def with_parts(sheet: str, read: Any) -> str:
    """The style sheet with every `@import "x";` line replaced by what `read("x")` returns."""
    return IMPORT.sub(lambda found: str(read(found.group(1))), sheet)


class TechdeskStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """WhiteNoise's storage; the imports of the style sheet are put in before names are hashed."""

    # JavaScript modules import each other by relative name; those names must be hashed as well.
    support_js_module_import_aggregation = True

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """`paths` maps each collected name to the storage it came from and its name there."""
        if not dry_run and SHEET in paths:
            # From the sources: what lies collected here already may be the joined sheet of the last time.
            sheet = with_parts(_text(*paths[SHEET]), lambda name: _text(*paths[f"css/{name}"]))
            self.delete(SHEET)
            self._save(SHEET, ContentFile(sheet))
            paths[SHEET] = (self, SHEET)
        yield from super().post_process(paths, dry_run=dry_run, **options)

    def url_converter(self, name: str, *arguments: Any, **options: Any) -> Any:
        # Only our own modules are rewritten: in other people's scripts `import("../htmx")` may stand in a comment
        # (django-htmx's extensions), and a file that does not exist would stop the whole collection.
        if name.endswith(".js") and not name.startswith("js/"):
            return lambda found: found[0]
        return super().url_converter(name, *arguments, **options)


def _text(storage: Storage, name: str) -> str:
    with storage.open(name) as file:
        return bytes(file.read()).decode()

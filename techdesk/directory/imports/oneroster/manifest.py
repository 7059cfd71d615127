"""manifest.csv: which files there are, whether each is complete, and whose roster it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from techdesk.base.errors import BadInput
from techdesk.directory.imports.oneroster.columns import FILES, MANIFEST
from techdesk.jobs.hooks import CsvTable, find_columns, pick

DEFAULT_SOURCE = "oneroster"


@dataclass(frozen=True)
class Manifest:
    """What a delivery says of itself. `modes`: file -> "bulk" or "delta"; a file that is not in it is not read."""

    source: str
    system: str
    modes: Mapping[str, str]
    is_written: bool


def read_manifest(table: CsvTable | None, present: Collection[str]) -> Manifest:
    """Read the manifest; without one, the files that are there count as complete.

    present: the names of the files that came. Raises BadInput: unsupported_version, bad_manifest, missing_file,
    delta_not_supported (a delta of the roles of version 1.2).
    """
    said: dict[str, str] = {}
    if table is not None:
        columns = find_columns(table, MANIFEST, required=MANIFEST)
        for _line, cells in table.rows():
            found = pick(cells, columns)
            said[found["propertyName"].lower()] = found["value"]
    version = said.get("oneroster.version", "")
    if version not in ("", "1.1", "1.2"):
        message = _("This is OneRoster %(version)s. Versions 1.1 and 1.2 can be read.") % {"version": version[:20]}
        raise BadInput(message, code="unsupported_version")
    modes = {}
    for name in FILES:
        mode = _mode(name, said.get(f"file.{name}".lower(), "").lower(), name in present)
        if mode:
            modes[name] = mode
    if modes.get("roles") == "delta":
        message = _("A delta of OneRoster 1.2 roles cannot be read yet. Export everything (bulk) instead.")
        raise BadInput(message, code="delta_not_supported")
    system = said.get("source.systemname", "")
    source = said.get("source.systemcode", "") or system or DEFAULT_SOURCE
    return Manifest(source=source, system=system, modes=modes, is_written=table is not None)


def _mode(name: str, said: str, is_there: bool) -> str:
    if said not in ("", "absent", "bulk", "delta"):
        message = _("The manifest says “%(mode)s” for %(file)s. It must be bulk, delta or absent.")
        raise BadInput(message % {"mode": said[:20], "file": f"{name}.csv"}, code="bad_manifest")
    if said in ("bulk", "delta") and not is_there:
        message = _("The manifest announces %(file)s, but it is not there. Send all files of the export together.")
        raise BadInput(message % {"file": f"{name}.csv"}, code="missing_file")
    if said == "absent" or not is_there:
        return ""
    return said or "bulk"

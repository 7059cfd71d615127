"""Which school, if any, an org belongs to: departments hang below schools, states above districts."""

from __future__ import annotations

from collections.abc import Mapping

from techdesk.directory.imports.oneroster.columns import DISTRICT_ORGS, WHOLE_DISTRICT

_DEEPEST = 20


class OrgsTree:
    """The orgs of one file by their sourcedId."""

    def __init__(self) -> None:
        self._types: dict[str, str] = {}
        self._parents: dict[str, str] = {}

    def add(self, cells: Mapping[str, str]) -> None:
        self._types[cells["sourcedId"]] = cells.get("type", "").lower()
        self._parents[cells["sourcedId"]] = cells.get("parentSourcedId", "")

    def place_of(self, org: str) -> str:
        """The sourcedId of the school that `org` is or belongs to, WHOLE_DISTRICT above the schools, or `org` itself
        where this file does not know (a delta: the directory may)."""
        found = org
        for _step in range(_DEEPEST):
            kind = self._types.get(found)
            if kind is None or kind == "school":
                return found if kind == "school" else org
            if kind in DISTRICT_ORGS:
                return WHOLE_DISTRICT
            found = self._parents.get(found, "")
        return org

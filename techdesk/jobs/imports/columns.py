"""What the columns of a table mean: recognised by their headings, remembered, or said by a person.

A kind of import whose files have no fixed form declares a `Mapper`: the fields there are, the headings each goes by,
and what a table must have at least. `match_columns` finds the field of each column, in this order: what somebody said
for this import, what is remembered for these headings, what the headings themselves say.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from techdesk.base.errors import BadInput
from techdesk.jobs.imports.sheets import SheetTable, Table
from techdesk.jobs.imports.text import plain_heading, tidy

#: Example values that a person is shown for each column, and how far they are looked for.
EXAMPLES = 3
LOOKED_AT = 200


@dataclass(frozen=True)
class MapField:
    """Something a column may be. headings: what such columns are called, the surest first; without regard to case,
    spaces and signs."""

    name: str
    label: Any
    headings: tuple[str, ...] = ()
    group: Any = ""


@dataclass(frozen=True)
class Mapper:
    """fields: in the order in which they are looked for and offered. lacks: (names of the fields that have a column,
    options of the import) -> what is missing, in words for the person; "" when the table can be used. named: which
    students (ids) do these texts name, as numbers or addresses? Those are disclosed with the examples."""

    fields: tuple[MapField, ...]
    lacks: Callable[[Collection[str], Mapping[str, Any]], str]
    named: Callable[[Iterable[str]], list[int]] | None = None

    def label(self, name: str) -> str:
        return str(next((one.label for one in self.fields if one.name == name), ""))


@dataclass(frozen=True)
class Matched:
    """A table whose columns are known. mapping: column key -> field or "". origin: said, remembered or headings."""

    table: Table
    mapping: Mapping[str, str]
    origin: str

    @property
    def places(self) -> dict[str, int]:
        """Field -> where its column stands."""
        keys = column_keys(self.table.headings)
        return {name: keys.index(key) for key, name in self.mapping.items() if name and key in keys}

    def facts(self) -> dict[str, Any]:
        """As kept in the summary of the run."""
        keys = column_keys(self.table.headings)
        pairs = [(heading, self.mapping.get(key, "")) for heading, key in zip(self.table.headings, keys, strict=True)]
        return {
            "file": self.table.name,
            "signature": signature(self.table.headings),
            "columns": [list(pair) for pair in pairs if pair[0]],
            "origin": self.origin,
        }


class ColumnsToMatch(BadInput):
    """At least one table has columns that nobody has explained yet. `tables`: (table, what is known of it, what it
    lacks in words)."""

    def __init__(self, tables: list[tuple[Table, Mapping[str, str], str]]) -> None:
        table, _mapping, words = next(one for one in tables if one[2])
        super().__init__(f"{table.name}: {words}", code="columns_to_match", file=table.name)
        self.tables = tables


def column_keys(headings: Sequence[str]) -> list[str]:
    """A name for each column that does not depend on case, spaces and signs. The second column with a heading is
    "phone#2"; a column without heading has no name."""
    seen: Counter[str] = Counter()
    keys = []
    for heading in headings:
        plain = plain_heading(heading) or heading.strip()
        seen[plain] += 1
        keys.append("" if not plain else plain if seen[plain] == 1 else f"{plain}#{seen[plain]}")
    return keys


def signature(headings: Sequence[str]) -> str:
    """What a set of headings is remembered by, in whatever order they stand."""
    return hashlib.sha256("\n".join(sorted(key for key in column_keys(headings) if key)).encode()).hexdigest()


def recognise(headings: Sequence[str], mapper: Mapper) -> dict[str, str]:
    """What the headings themselves say: column key -> field, "" where they say nothing."""
    mapping = {key: "" for key in column_keys(headings) if key}
    for one in mapper.fields:
        found = next((key for word in one.headings if mapping.get(key := plain_heading(word)) == ""), None)
        if found is not None:
            mapping[found] = one.name
    return mapping


def match_columns(tables: Sequence[Table], mapper: Mapper, options: Mapping[str, Any]) -> list[Matched]:
    """The columns of every table. Of `options` these are looked at: `columns` (signature -> mapping, said for this
    import), `map` (heading -> field, said on the command line), `remembered` (signature -> mapping).

    Raises ColumnsToMatch when a table lacks something; BadInput unknown_column, unknown_field for a wrong `map`.
    """
    _check_map(tables, mapper, options.get("map") or {})
    found: list[Matched] = []
    unclear = False
    lacking: list[tuple[Table, Mapping[str, str], str]] = []
    for table in tables:
        mapping, origin = _mapping(table, mapper, options)
        words = mapper.lacks({name for name in mapping.values() if name}, options)
        unclear = unclear or bool(words)
        lacking.append((table, mapping, words))
        found.append(Matched(table, mapping, origin))
    if unclear:
        raise ColumnsToMatch(lacking)
    return found


def known_columns(
    tables: Sequence[Table], mapper: Mapper, options: Mapping[str, Any]
) -> list[tuple[Table, dict[str, str]]]:
    """What is known of each table's columns so far, enough or not."""
    return [(table, _mapping(table, mapper, options)[0]) for table in tables]


def _mapping(table: Table, mapper: Mapper, options: Mapping[str, Any]) -> tuple[dict[str, str], str]:
    sign = signature(table.headings)
    known = {one.name for one in mapper.fields}
    if said := (options.get("columns") or {}).get(sign):
        mapping, origin = dict(said), "said"
    elif kept := (options.get("remembered") or {}).get(sign):
        mapping, origin = dict(kept), "remembered"
    else:
        mapping, origin = recognise(table.headings, mapper), "headings"
    here = {key for key in column_keys(table.headings) if key}
    mapping = {key: name if name in known else "" for key, name in mapping.items() if key in here}
    for heading, name in (options.get("map") or {}).items():
        key = plain_heading(heading) or heading.strip()
        if key in here:
            mapping = {other: "" if taken == name else taken for other, taken in mapping.items()}
            mapping[key] = name
            origin = "said"
    return mapping, origin


def _check_map(tables: Sequence[Table], mapper: Mapper, said: Mapping[str, str]) -> None:
    there = {key: heading for table in tables for key, heading in zip(column_keys(table.headings), table.headings)}  # noqa: B905 - made from each other
    names = [one.name for one in mapper.fields]
    for heading, name in said.items():
        if (plain_heading(heading) or heading.strip()) not in there:
            message = _("No file has a column “%(heading)s”. There are: %(headings)s.")
            raise BadInput(
                message % {"heading": heading[:60], "headings": ", ".join(sorted(filter(None, there.values())))},
                code="unknown_column",
            )
        if name and name not in names:
            message = _("“%(field)s” is nothing a column can be. Try one of: %(fields)s.")
            close = get_close_matches(name, names, n=5) or names
            raise BadInput(message % {"field": name[:60], "fields": ", ".join(close)}, code="unknown_field")


def examples(table: Table) -> list[list[str]]:
    """The first values that are not empty, for each column."""
    found: list[list[str]] = [[] for _heading in table.headings]
    for _number, cells in islice(table.rows(), LOOKED_AT):
        for values, cell in zip(found, cells, strict=False):
            value = tidy(cell)[:60]
            if value and len(values) < EXAMPLES and value not in values:
                values.append(value)
        if all(len(values) == EXAMPLES for values in found):
            break
    return found


def sheets_of(tables: Iterable[Table]) -> list[str]:
    """The sheets one can choose from, where there is more than one."""
    names = [sheet for table in tables if isinstance(table, SheetTable) for sheet in table.sheets]
    return list(dict.fromkeys(names)) if len(names) > 1 else []

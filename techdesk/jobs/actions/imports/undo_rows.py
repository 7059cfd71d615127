"""What one transaction of an import did to each row, and the statements that take it back."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import connection, models

from techdesk.base.clock import now
from techdesk.jobs.imports.touches import BOOKKEEPING, Image, Place, Watched, root_of
from techdesk.jobs.models import ImportTouch


@dataclass
class Touched:
    """All that the transaction did to one row, taken together."""

    place: Place
    order: int
    before: Image | None
    after: Image | None
    left_version: int | None = None
    touches: list[int] = field(default_factory=list)
    now: dict[str, Any] | None = None

    @property
    def table(self) -> str:
        return self.place[0]

    @property
    def pk(self) -> int:
        return self.place[1]

    @cached_property
    def root(self) -> Place:
        return root_of(self.table, self.pk, self.after or self.before or {})

    @property
    def deed(self) -> str:
        """What takes it back: delete, insert, restore; "raise" where nothing but the version was written."""
        if self.before is None:
            return "" if self.after is None else "delete"
        if self.after is None:
            return "insert"
        return "restore" if self.changed_columns else "raise"

    @cached_property
    def changed_columns(self) -> list[str]:
        before, after = self.before or {}, self.after or {}
        return [name for name in before if name not in BOOKKEEPING and before[name] != after.get(name)]

    def is_as_left(self) -> bool:
        """Is the row just as the import left it, or as an undo of what came later brought it back?"""
        if self.after is None or self.now is None:
            return self.after is None and self.now is None
        if "version" in self.after and self.now["version"] != (self.left_version or self.after["version"]):
            return False
        return all(self.now[name] == value for name, value in self.after.items() if self._counts(name))

    def _counts(self, name: str) -> bool:
        return name not in BOOKKEEPING and self.now is not None and name in self.now


def together(touches: Sequence[ImportTouch]) -> dict[Place, Touched]:
    """The touches of one transaction by row."""
    found: dict[Place, Touched] = {}
    for touch in sorted(touches, key=lambda one: one.pk):
        place = (touch.table, touch.object_id)
        one = found.setdefault(place, Touched(place, touch.pk, touch.before, None))
        one.after, one.left_version = touch.after, touch.left_version
        one.touches.append(touch.pk)
    return found


def lock_rows(table: str, ids: Sequence[int]) -> list[tuple[int, dict[str, Any]]]:
    """The rows as they are now, by id; nobody can change them, or refer to them anew, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, to_jsonb(t) FROM {_name(table)} AS t WHERE id = ANY(%s) ORDER BY id FOR UPDATE",  # noqa: S608
            [list(ids)],
        )
        return [(pk, json.loads(image)) for pk, image in cursor.fetchall()]


def last_first(one: Touched) -> int:
    return -one.order


def _name(name: str) -> str:
    return connection.ops.quote_name(name)


def _delete(watched: Watched, some: Sequence[Touched]) -> None:
    with connection.cursor() as cursor:
        ids = [one.pk for one in some]
        cursor.execute(f"DELETE FROM {_name(watched.table)} WHERE id = ANY(%s)", [ids])  # noqa: S608 - a known table


def _raise(watched: Watched, some: Sequence[Touched]) -> None:
    rows: Any = watched.model._base_manager.filter(pk__in=[one.pk for one in some])
    if watched.is_aggregate:
        rows.update(version=models.F("version") + 1, updated_at=now())


def _restore(watched: Watched, some: Sequence[Touched]) -> None:
    table = _name(watched.table)
    for columns, alike in _by_columns(watched, some):
        sets = [f"{_name(column)} = was.{_name(column)}" for column in columns]
        values: list[Any] = []
        if watched.is_aggregate:
            sets += ["version = kept.version + 1", "updated_at = %s"]
            values.append(now())
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {table} AS kept SET {', '.join(sets)}"  # noqa: S608 - names of columns that are there
                f" FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb) AS was WHERE kept.id = was.id",
                [*values, json.dumps([one.before for one in alike])],
            )


def _insert(watched: Watched, some: Sequence[Touched]) -> None:
    table = _name(watched.table)
    for columns, alike in _by_columns(watched, some):
        names = ", ".join(_name(column) for column in [*columns, "id"])
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} ({names})"  # noqa: S608 - names of columns that are there
                f" SELECT {names} FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb)",
                [json.dumps([one.before for one in alike])],
            )


def _by_columns(watched: Watched, some: Sequence[Touched]) -> Iterable[tuple[tuple[str, ...], list[Touched]]]:
    """The rows by the columns to be brought back: those that were remembered and that the table still has."""
    there = {str(column.column) for column in watched.model._meta.concrete_fields} - {"id", *BOOKKEEPING}
    found: dict[tuple[str, ...], list[Touched]] = defaultdict(list)
    for one in some:
        found[tuple(sorted(there & (one.before or {}).keys()))].append(one)
    return found.items()


WRITERS: dict[str, Callable[[Watched, Sequence[Touched]], None]] = {
    "delete": _delete,
    "insert": _insert,
    "restore": _restore,
    "raise": _raise,
}

"""Rows by COPY: many tables at once, in the order in which they refer to each other, with memory that stays flat.

The columns come from the models, so a field that is added later gets its default here too. Primary keys are given
out by us, because rows name each other before any of them is written.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Field, JSONField, Model

#: Rows in memory before all tables are written.
ROWS_AT_A_TIME = 20_000
NULL = r"\N"
# https://www.postgresql.org/docs/current/sql-copy.html, "Text Format"
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def _cell(value: Any) -> str:
    if value is None:
        return NULL
    if value is True:
        return "t"
    if value is False:
        return "f"
    return str(value).translate(_ESCAPES)


def _array(value: Any) -> str:
    quoted = (str(one).replace("\\", "\\\\").replace('"', '\\"') for one in value)
    return ("{" + ",".join(f'"{one}"' for one in quoted) + "}").translate(_ESCAPES)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).translate(_ESCAPES)


def _writer(field: Field[Any, Any]) -> Callable[[Any], str]:
    if isinstance(field, ArrayField):
        return _array
    return _json if isinstance(field, JSONField) else _cell


class Table:
    """The rows of one model on their way into the database. `add` takes facts by column name and returns the key."""

    def __init__(self, cursor: Any, model: type[Model], *, into: str | None = None) -> None:
        self.cursor = cursor
        self.model = model
        self.name = model._meta.db_table
        self.into = into or self.name
        self.total = 0
        cursor.execute(f'SELECT coalesce(max(id), 0) FROM "{self.name}"')  # noqa: S608 - our own table
        self.last_id = int(cursor.fetchone()[0])
        self._rows: list[str] = []
        fields = [field for field in model._meta.local_concrete_fields if not getattr(field, "generated", False)]
        self.columns = ", ".join(f'"{field.column}"' for field in fields)
        #: column -> (how a value is written, what stands there without one)
        self._fields = [(field.attname, _writer(field), self._default(field)) for field in fields]
        self._known = {name for name, _write, _default in self._fields}

    @staticmethod
    def _default(field: Field[Any, Any]) -> str | Callable[[], str] | None:
        """The cell of a row that says nothing: a text, what makes one, or None where a row has to say something."""
        write = _writer(field)
        if field.has_default():
            make = field.default
            return (lambda: write(make())) if callable(make) else write(make)
        if field.null:
            return NULL
        return "" if field.empty_strings_allowed and not field.is_relation else None

    def add(self, **facts: Any) -> int:
        self.last_id += 1
        facts["id"] = self.last_id
        if not facts.keys() <= self._known:
            raise TypeError(f"{self.name} has no {sorted(facts.keys() - self._known)}")
        cells: list[str] = []
        for name, write, default in self._fields:
            if name in facts:
                cells.append(write(facts[name]))
            elif default is None:
                raise TypeError(f"{self.name} needs {name}")
            else:
                cells.append(default if isinstance(default, str) else default())
        self._rows.append("\t".join(cells))
        self.total += 1
        return self.last_id

    @property
    def waiting(self) -> int:
        return len(self._rows)

    def flush(self) -> None:
        if not self._rows:
            return
        content = io.StringIO("\n".join(self._rows) + "\n")
        self._rows.clear()
        self.cursor.copy_expert(f'COPY "{self.into}" ({self.columns}) FROM STDIN', content)

    def close(self) -> None:
        """Let the next key follow the last one given out here."""
        if self.total:
            self.cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [self.name, self.last_id])


class SortedTable(Table):
    """A table whose keys rise with `order` (columns), as they would have if life had written the rows.

    The rows wait in a temporary table, so that nothing has to be sorted in memory.
    """

    def __init__(self, cursor: Any, model: type[Model], *, order: str) -> None:
        self.order = order
        waiting = f"seed_{model._meta.db_table}"
        cursor.execute(f'CREATE TEMPORARY TABLE "{waiting}" (LIKE "{model._meta.db_table}") ON COMMIT DROP')
        super().__init__(cursor, model, into=waiting)
        self.first_id = self.last_id

    def close(self) -> None:
        if self.total:
            others = self.columns.replace('"id", ', "")
            self.cursor.execute(
                f'INSERT INTO "{self.name}" (id, {others}) '  # noqa: S608 - our own tables and columns
                f'SELECT %s + row_number() OVER (ORDER BY {self.order}), {others} FROM "{self.into}" '
                f"ORDER BY {self.order}",
                [self.first_id],
            )
        self.cursor.execute(f'DROP TABLE "{self.into}"')
        super().close()


class Tables:
    """Several tables, written together in the order in which they were declared."""

    def __init__(self, cursor: Any) -> None:
        self.cursor = cursor
        self.all: list[Table] = []

    def of(self, model: type[Model]) -> Table:
        table = Table(self.cursor, model)
        self.all.append(table)
        return table

    def sorted(self, model: type[Model], *, order: str) -> SortedTable:
        table = SortedTable(self.cursor, model, order=order)
        self.all.append(table)
        return table

    def breathe(self) -> None:
        """Write what has gathered, if it is much. Called where everything that refers to each other is there."""
        if sum(table.waiting for table in self.all) >= ROWS_AT_A_TIME:
            self.flush()

    def flush(self) -> None:
        for table in self.all:
            table.flush()

    def close(self) -> None:
        self.flush()
        for table in self.all:
            table.close()

    def counts(self) -> dict[str, int]:
        return {table.name: table.total for table in self.all}

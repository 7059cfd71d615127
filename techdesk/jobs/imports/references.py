"""What refers to what, as PostgreSQL knows it: whether a row can go, and whether what it refers to is still there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from django.db import connection, models

from techdesk.jobs.imports.touches import Watched, watched_tables


class References:
    """Made once for an undo; foreign keys are read from the catalog once for each table."""

    def __init__(self) -> None:
        self.columns = cache(_columns)
        self._to = cache(_foreign_keys_to)

    def needed(self, watched: Watched, ids: Sequence[int], ours: Mapping[str, Sequence[int]]) -> set[int]:
        """Those of `ids` to which a row refers that is not among `ours` (table -> ids); the rows of `ids` are locked,
        so that nobody can add one meanwhile."""
        found: set[int] = set()
        for table, column in self._to(watched.table):
            found |= _referred(table, column, ids, ours)
        for pointer in watched_tables().values():
            if pointer.points_at is not None and watched.called:
                kind, target = pointer.points_at
                table = connection.ops.quote_name(pointer.table)
                found |= _referred(table, target, ids, ours, pointer.table, f"{kind} = '{watched.called}'")
        return found

    def there(self, table: str, ids: Sequence[int]) -> set[int]:
        """Those of `ids` that exist, held so that nobody deletes them."""
        with connection.cursor() as cursor:
            name = connection.ops.quote_name(table)
            cursor.execute(f"SELECT id FROM {name} WHERE id = ANY(%s) FOR KEY SHARE", [list(ids)])  # noqa: S608
            return {pk for (pk,) in cursor.fetchall()}


def _columns(model: type[models.Model]) -> list[tuple[str, str]]:
    """The columns of a model that refer to other rows, each with the table it refers to."""
    return [
        (field.column, field.related_model._meta.db_table)
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey)
    ]


def _foreign_keys_to(table: str) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key.conrelid::regclass::text, col.attname FROM pg_constraint AS key"
            " JOIN pg_attribute AS col ON col.attrelid = key.conrelid AND col.attnum = key.conkey[1]"
            " WHERE key.contype = 'f' AND key.confrelid = %s::regclass ORDER BY 1, 2",
            [table],
        )
        return list(cursor.fetchall())


def _referred(
    table: str, column: str, ids: Sequence[int], ours: Mapping[str, Sequence[int]], known_as: str = "", where: str = ""
) -> set[int]:
    """Which of `ids` stand in a column. Table and column come from the catalog or the register, quoted."""
    mine = list(ours.get(known_as or table.strip('"'), ()))
    also = " AND NOT id = ANY(%s)" if mine else ""
    also += f" AND {where}" if where else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT {connection.ops.quote_name(column)} FROM {table}"  # noqa: S608
            f" WHERE {connection.ops.quote_name(column)} = ANY(%s){also}",
            [list(ids), mine] if mine else [list(ids)],
        )
        return {pk for (pk,) in cursor.fetchall()}

"""The register of promises that the data must keep and that constraints alone cannot hold.

Each app declares its own in `<app>/invariants.py`, imported in AppConfig.ready(); `manage.py check_invariants` asks
them all, after a fault, after a restore, and every night.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import connection, transaction


@dataclass(frozen=True)
class Invariant:
    """One promise. `sql` finds what breaks it: a SELECT of one column, the public key of each offending row.

    It may be a function, for what is only known when all apps are ready. It runs for any size of database, so it must
    not collect rows in Python, and is written so that PostgreSQL can hash, sort on disk or walk an index.
    """

    name: str
    sql: str | Callable[[], str]
    why: str
    limit: int


@dataclass(frozen=True)
class Broken:
    """An invariant that does not hold: the first offending keys, and whether there are more."""

    invariant: Invariant
    keys: tuple[str, ...]
    more: bool


_invariants: dict[str, Invariant] = {}


def invariant(name: str, sql: str | Callable[[], str], why: str, limit: int = 20) -> None:
    """Declare a promise. `why` says what would go wrong for people; at most `limit` keys are told.

    Raises ValueError for a name that is taken by another one.
    """
    one = Invariant(name, sql, why, limit)
    if _invariants.setdefault(name, one) != one:
        raise ValueError(f"{name} is declared twice")


def all_invariants() -> list[Invariant]:
    """All of them, in the order of their declaration."""
    return list(_invariants.values())


def ask(one: Invariant) -> Broken | None:
    """Ask the database: None when the promise is kept."""
    sql = one.sql if isinstance(one.sql, str) else one.sql()
    with transaction.atomic(), connection.cursor() as cursor:
        # A promise of a large district takes longer than a page may; and nothing may be written by asking.
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL transaction_read_only = on")
        cursor.execute(f"SELECT key::text FROM ({sql}) AS offending (key) LIMIT {one.limit + 1}")  # noqa: S608 - our code
        keys = tuple(str(key) for (key,) in cursor.fetchall())
        transaction.set_rollback(True)  # inside another transaction, both settings end here
    return Broken(one, keys[: one.limit], len(keys) > one.limit) if keys else None


def broken() -> Iterator[Broken]:
    """Ask them all, one after the other."""
    for one in all_invariants():
        found = ask(one)
        if found is not None:
            yield found

"""What an import touches: the register of tables whose rows are remembered as they were, so that it can be undone.

An app above puts `@undoable(…)` on a model that its imports write; `makemigrations` then makes a trigger. While
`capturing(run)` is on, PostgreSQL writes an ImportTouch for every row of such a table that is inserted, changed or
deleted, whoever writes it and how. Otherwise the trigger's condition is false, and costs next to nothing.

A new undoable model needs one line: the decorator. A many-to-many table needs `watch_many` and its trigger written
out in a migration (see directory 0006): Django gives such tables no model of their own in migrations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import pgtrigger
from django.db import connection, models

from techdesk.base.models import Aggregate

#: The setting of a transaction that names the run whose writes are remembered.
SETTING = "techdesk.import_run"
#: Columns that change with every write and never stand for a change by themselves.
BOOKKEEPING = frozenset({"version", "updated_at"})

Image = Mapping[str, Any]
#: A row of the database: its table and its id.
Place = tuple[str, int]
M = TypeVar("M", bound=type[models.Model])


class Keep(Protocol):
    """Switches off what an import made and what now has to stay, because something depends on it."""

    def __call__(self, *, actor: Any, ids: Sequence[int], run: Any) -> None: ...


@dataclass(frozen=True)
class Watched:
    """A table in the register.

    belongs_to: the foreign key to the thing a row is part of; both are undone together or not at all. called, points
    at: a table that refers to things of many kinds has (column of the kind, column of the id), and a thing is
    `called` by its kind there.
    """

    model: type[models.Model]
    belongs_to: str = ""
    called: str = ""
    points_at: tuple[str, str] | None = None

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def is_aggregate(self) -> bool:
        return issubclass(self.model, Aggregate)


_watched: dict[str, Watched] = {}
_keeps: dict[str, Keep] = {}


def undoable(
    *,
    belongs_to: str = "",
    called: str = "",
    points_at: tuple[str, str] | None = None,
    leave_out: Sequence[str] = (),
) -> Callable[[M], M]:
    """Remember what imports write to this model; see `Watched`.

    leave_out: columns that are never remembered nor brought back: secrets, and what changes without the version.
    Things stand before what belongs to them (rows are locked in the order of declaration).
    """

    def declare(model: M) -> M:
        _watched[model._meta.db_table] = Watched(model, belongs_to, called, points_at)
        pgtrigger.register(touch_trigger(leave_out))(model)
        return model

    return declare


def watch_many(model: type[models.Model], field: str, *, belongs_to: str) -> None:
    """Put the table of a many-to-many field into the register. Its trigger is written out in a migration."""
    through = getattr(model, field).through
    _watched[through._meta.db_table] = Watched(through, belongs_to)


def keep_with(model: type[models.Model], keep: Keep) -> None:
    """How rows of `model` that an import made are put to rest when they cannot be deleted. Without one they stay as
    they are. Call it from AppConfig.ready()."""
    _keeps[model._meta.db_table] = keep


def watched_tables() -> dict[str, Watched]:
    """The register, in the order in which rows are locked."""
    return dict(_watched)


def keep_of(table: str) -> Keep | None:
    return _keeps.get(table)


def table_called(kind: str) -> str | None:
    """The table of the things that links call `kind`."""
    return next((one.table for one in _watched.values() if one.called == kind), None)


def root_of(table: str, pk: int, image: Image) -> Place:
    """The thing a row is part of, or the row itself."""
    watched = _watched[table]
    if watched.points_at is not None:
        kind, target = watched.points_at
        named = table_called(image[kind])
        return (table, pk) if named is None else (named, image[target])
    if watched.belongs_to:
        field: Any = watched.model._meta.get_field(watched.belongs_to)
        return field.related_model._meta.db_table, image[field.column]
    return table, pk


def touch_trigger(leave_out: Sequence[str]) -> pgtrigger.Trigger:
    """The trigger behind `undoable`."""
    less = f" - ARRAY[{', '.join(repr(name) for name in leave_out)}]" if leave_out else ""
    return pgtrigger.Trigger(
        name="import_touch",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        condition=pgtrigger.Condition(f"coalesce(current_setting('{SETTING}', true), '') <> ''"),
        func=(
            "IF TG_OP = 'UPDATE' AND OLD IS NOT DISTINCT FROM NEW THEN RETURN NULL; END IF;"  # noqa: S608
            ' INSERT INTO jobs_importtouch (run_id, "table", object_id, before, after, batch, verdict, code)'
            f" VALUES (current_setting('{SETTING}')::bigint, TG_TABLE_NAME, coalesce(NEW.id, OLD.id),"
            f" to_jsonb(OLD){less}, to_jsonb(NEW){less}, pg_current_xact_id()::text::bigint, '', '');"
            " RETURN NULL;"
        ),
    )


@contextmanager
def capturing(run: Any) -> Iterator[None]:
    """Remember, for `run`, what the present transaction writes while the block runs."""
    _set(str(run.pk))
    yield
    _set("")  # after a failure the transaction, or its savepoint, takes the setting back by itself


def _set(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, value])

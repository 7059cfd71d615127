"""SQL expressions that field lists are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet, FieldDoesNotExist
from django.db.models import (
    BooleanField,
    CharField,
    F,
    Field,
    ForeignKey,
    Func,
    JSONField,
    Model,
    OuterRef,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import NullIf


class Moment(Func):
    """A moment as the API spells it, in UTC with microseconds: 2026-03-01T08:15:00.000000Z.

    In SQL, so that a page and an export of the same row are the same text.
    """

    template = """to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
    output_field = TextField()
    arity = 1


class Joined(Func):
    """Texts put together; NULL when one of them is NULL (unlike Django's Concat)."""

    template = "(%(expressions)s)"
    arg_joiner = " || "
    output_field = TextField()


class Text(Func):
    """Anything as text: a UUID, say, in a column that also holds codes."""

    template = "(%(expressions)s)::text"
    output_field = TextField()
    arity = 1


def joined(*parts: Any) -> Joined:
    """joined("room__school__code", Value("/"), "room__code")"""
    return Joined(*parts)


def blank_as_null(path: str) -> NullIf:
    """A column where an empty text means "not said", as null."""
    return NullIf(F(path), Value("", output_field=CharField()))


class Lookup(Func):
    """A column of the row of `model` whose key `key` gives: a subquery where Django would join."""

    template = (
        '(SELECT referred."%(column)s" FROM "%(table)s" AS referred WHERE referred."%(target)s" = %(expressions)s)'
    )
    arity = 1

    def __init__(self, key: Any, model: type[Model], column: Field[Any, Any], **extra: Any) -> None:
        shown = column.target_field if isinstance(column, ForeignKey) else column
        names = {"table": model._meta.db_table, "column": column.column, "target": model._meta.pk.column}
        super().__init__(key, output_field=shown, **names)


def reference(model: type[Model], path: str) -> Any:
    """What `path` ("home_room__school__code") names on a row of `model`, by lookups; as it is when that cannot be.

    PostgreSQL weighs every order of up to eight joins before it reads the first row: for a list of devices that took
    ten times as long as reading it. A lookup by key leaves nothing to weigh. Only for foreign keys to primary keys.
    """
    first, *others = path.split("__")
    value: Any = None
    for name in (first, *others[:-1]):
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            return F(path)
        if not isinstance(field, ForeignKey) or not field.target_field.primary_key:
            return F(path)
        value = F(field.attname) if value is None else Lookup(value, model, field)
        model = field.related_model
    try:
        last = model._meta.get_field(others[-1])
    except (FieldDoesNotExist, IndexError):
        return F(path)
    return Lookup(value, model, last) if isinstance(last, Field) else F(path)


class Prepared:
    """A query of `one` (a key) and `facts` (JSON), made into SQL once, to be asked about many columns and rows.

    Django works a subquery out anew wherever it stands, and once more for each query around it; for somebody with a
    few roles that took longer than PostgreSQL needed to answer. `one` must be unique among the rows.
    """

    def __init__(self, rows: QuerySet[Any, Any]) -> None:
        try:
            self.sql, self.parameters = rows.order_by().values("one", "facts").query.sql_with_params()
        except EmptyResultSet:
            self.sql, self.parameters = "SELECT NULL::bigint AS one, NULL::jsonb AS facts WHERE false", ()

    def facts(self, key: Any) -> Func:
        """The facts of the row whose `one` is `key`, or NULL."""
        return _Asked(self, "(SELECT asked.facts FROM ({}) AS asked WHERE asked.one = {} LIMIT 1)", key, JSONField())

    def has(self, key: Any) -> Func:
        """Whether there is a row whose `one` is `key`."""
        return _Asked(self, "EXISTS (SELECT FROM ({}) AS asked WHERE asked.one = {})", key, BooleanField())


class _Asked(Func):
    arity = 1
    conditional = True

    def __init__(self, prepared: Prepared, form: str, key: Any, output_field: Field[Any, Any]) -> None:
        super().__init__(key, output_field=output_field)
        self.prepared, self.form = prepared, form

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Sequence[Any]]:  # type: ignore[override]
        sql, parameters = compiler.compile(self.source_expressions[0])
        return self.form.format(self.prepared.sql, sql), (*self.prepared.parameters, *parameters)


def without_joins(model: type[Model], value: Any) -> Any:
    """`value`, an expression for rows of `model`, with lookups in place of what Django would join for."""
    if isinstance(value, F) and not isinstance(value, OuterRef):
        path: str = value.name  # type: ignore[attr-defined]
        return reference(model, path)
    if isinstance(value, Func):
        lean = value.copy()
        lean.set_source_expressions([without_joins(model, one) for one in value.get_source_expressions()])
        return lean
    return value

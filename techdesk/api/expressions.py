"""SQL expressions that field lists are made of."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import CharField, F, Field, ForeignKey, Func, Model, OuterRef, TextField, Value
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


def without_joins(model: type[Model], value: Any) -> Any:
    """`value`, an expression for rows of `model`, with lookups in place of what Django would join for."""
    if isinstance(value, F) and not isinstance(value, OuterRef):
        return reference(model, value.name)
    if isinstance(value, Func):
        lean = value.copy()
        lean.set_source_expressions([without_joins(model, one) for one in value.get_source_expressions()])
        return lean
    return value

"""Keyset pages: a page continues after the last row of the one before, without OFFSET and without COUNT.

Used by list pages and by the REST API. The cost of page 1,000 is that of page 1 when an index serves the
ordering.

    page = keyset_page(tickets, order=("-updated_at", "-pk"), cursor=request.GET.get("cursor"), limit=50)

A cursor holds the ordering values of one row, as base64 JSON. It is not signed: it only ever narrows a
queryset that was already narrowed to what the person may see, so a forged one shows nothing new. A broken
one raises BadCursor.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import BooleanField, Expression, F, Field, ForeignKey, Func, Model, Q, QuerySet, Value
from django.utils.translation import gettext_lazy as _

from techdesk.base.errors import BadInput

Row = TypeVar("Row")
FORWARD, BACKWARD = "n", "p"
LONGEST_CURSOR = 2000


class BadCursor(BadInput, ValueError):
    """The cursor was not made here, or for another ordering (400)."""

    code = "bad_cursor"


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page. A cursor is None where there is nothing in that direction."""

    rows: list[Row]
    next_cursor: str | None
    previous_cursor: str | None


@dataclass(frozen=True)
class _Key:
    """One part of the ordering: the path on the row, the model field behind it, the direction."""

    path: str
    field: Field[Any, Any]
    descending: bool
    nullable: bool

    def order(self, backward: bool) -> str:
        return f"-{self.path}" if self.descending != backward else self.path


def keyset_page(rows: QuerySet[Any], *, order: Sequence[str], cursor: str | None, limit: int) -> Page[Any]:
    """The page of at most `limit` rows (model objects or dicts of `.values()`) after, or before, `cursor`.

    `order` names fields ("-updated_at", "school__name") or annotations and ends in the primary key, which
    makes every position unique; with `.values()` its fields must be among the values. NULL sorts as in
    PostgreSQL: last ascending, first descending. Raises BadCursor for a cursor that does not fit, TypeError
    for an ordering that does not end in the key (a mistake of ours, not of the caller's).
    """
    keys = [_key(rows, name) for name in order]
    if not keys or keys[-1].field is not rows.model._meta.pk:
        raise TypeError(f"an ordering must end in the primary key: {order!r}")
    backward = False
    if cursor:
        backward, values = _read(cursor, keys)
        rows = rows.filter(_beyond(keys, values, backward))
    found = list(rows.order_by(*(key.order(backward) for key in keys))[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    if backward:
        found.reverse()
    before = more if backward else bool(cursor)
    after = True if backward else more
    return Page(
        rows=found,
        next_cursor=_write(keys, found[-1], FORWARD) if found and after else None,
        previous_cursor=_write(keys, found[0], BACKWARD) if found and before else None,
    )


def _key(rows: QuerySet[Any], name: str) -> _Key:
    path, descending = name.removeprefix("-"), name.startswith("-")
    if path in rows.query.annotations:
        # Nothing is known about the nulls of an expression, so it may have them.
        return _Key(path, rows.query.annotations[path].output_field, descending, nullable=True)
    model: type[Model] = rows.model
    field: Any = None
    nullable = False
    for part in path.split("__"):
        try:
            field = model._meta.pk if part == "pk" else model._meta.get_field(part)
        except FieldDoesNotExist:
            # "school_id": Django finds it by the name of the relation only.
            field = next((one for one in model._meta.concrete_fields if one.attname == part), None)
            if field is None:
                raise TypeError(f"{model.__name__} has no {part} to order by") from None
        nullable = nullable or field.null
        if isinstance(field, ForeignKey):
            model = field.related_model
    if isinstance(field, ForeignKey):
        field = field.target_field
        path = path if path.endswith("_id") else f"{path}_id"
    return _Key(path, field, descending, nullable)


def _beyond(keys: list[_Key], values: list[Any], backward: bool) -> Q:
    """The condition for the rows after (or before) the row with these values."""
    directions = {key.descending for key in keys}
    if len(directions) == 1 and not any(key.nullable for key in keys):
        # One row comparison, which a plain index on the same columns answers without looking at ties.
        sign = "<" if keys[0].descending != backward else ">"
        return Q(_RowCompare(keys, values, sign))
    beyond, ties = Q(pk__in=[]), Q()
    for key, value in zip(keys, values, strict=True):
        beyond |= ties & _beyond_one(key, value, backward)
        ties &= Q(**{f"{key.path}__isnull": True}) if value is None else Q(**{key.path: value})
    return beyond


def _beyond_one(key: _Key, value: Any, backward: bool) -> Q:
    falling = key.descending != backward
    if value is None:
        return Q(**{f"{key.path}__isnull": False}) if falling else Q(pk__in=[])
    if falling:
        return Q(**{f"{key.path}__lt": value})
    later = Q(**{f"{key.path}__gt": value})
    return later | Q(**{f"{key.path}__isnull": True}) if key.nullable else later


class _RowCompare(Func):
    """SQL `(a, b) > (1, 2)`."""

    conditional = True
    output_field = BooleanField()

    def __init__(self, keys: list[_Key], values: list[Any], sign: str) -> None:
        left: list[Expression | F] = [F(key.path) for key in keys]
        right = [Value(value, output_field=key.field) for key, value in zip(keys, values, strict=True)]
        places = ", ".join(["%s"] * len(keys))
        super().__init__(*left, *right, template=f"({places}) {sign} ({places})")

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:  # type: ignore
        parts, params = [], []
        for expression in self.source_expressions:
            sql, own = compiler.compile(expression)
            parts.append(sql)
            params.extend(own)
        template: str = self.extra["template"]
        return template % tuple(parts), params


def _write(keys: list[_Key], row: Any, direction: str) -> str:
    values = [_plain(_value(row, key)) for key in keys]
    content = json.dumps({"o": _signature(keys), "d": direction, "v": values}, separators=(",", ":"))
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def _value(row: Any, key: _Key) -> Any:
    if isinstance(row, dict):
        return row[key.path] if key.path in row else row[key.field.attname]
    value = row
    for part in key.path.split("__"):
        value = getattr(value, part) if value is not None else None
    return value


def _plain(value: Any) -> Any:
    """A value as JSON. Microseconds are kept: Django's encoder cuts them, and a cut cursor repeats a row."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    return value


def _signature(keys: list[_Key]) -> str:
    return ",".join(key.order(False) for key in keys)


def _read(cursor: str, keys: list[_Key]) -> tuple[bool, list[Any]]:
    refusal = BadCursor(_("This page address is cut off or out of date. Start again from the first page."))
    if len(cursor) > LONGEST_CURSOR:
        raise refusal
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        content = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        direction, signature, written = content["d"], content["o"], content["v"]
    except (binascii.Error, ValueError, RecursionError, KeyError, TypeError):
        raise refusal from None
    if direction not in (FORWARD, BACKWARD) or signature != _signature(keys):
        raise refusal
    if not isinstance(written, list) or len(written) != len(keys):
        raise refusal
    try:
        return direction == BACKWARD, [_from_plain(key, value) for key, value in zip(keys, written, strict=True)]
    except (ValidationError, ValueError, TypeError, ArithmeticError):
        raise refusal from None


def _from_plain(key: _Key, value: Any) -> Any:
    if value is None:
        if not key.nullable:
            raise ValueError("null in a field that has none")
        return None
    if isinstance(value, list | dict) or (isinstance(value, str) and "\x00" in value):
        raise ValueError("not a value of a field")
    read = key.field.to_python(value)
    if read is None:
        raise ValueError("empty")
    key.field.run_validators(read)
    return read

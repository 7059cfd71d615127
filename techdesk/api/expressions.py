"""SQL expressions that field lists are made of."""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, F, Func, TextField, Value
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

"""Conditions on sets of keys that stay quick inside an OR, however large the tables are."""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, F, Func, Q, QuerySet, Subquery


class _Among(Func):
    template = "%(expressions)s)"
    arg_joiner = " = ANY(ARRAY"
    arity = 2
    conditional = True
    output_field = BooleanField()


def among(path: str, keys: QuerySet[Any, Any]) -> Q:
    """The rows whose `path` ("pk", "home_cart_id") is one of `keys`, a query of one column about somebody's few things.

    As `path__in=keys`, except that PostgreSQL asks for the keys first, once, and then has plain values that an index
    can serve. `IN (SELECT …)` beside an OR makes it read every row of the table and compare. Not for thousands of
    keys: those are better joined.
    """
    return Q(_Among(F(path), Subquery(keys)))

"""What a higher floor tells the change feed: at which schools an object is known that belongs to several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

#: Objects of one resource -> their primary keys with the ids of the schools that may know of them.
Schools = Callable[[Sequence[Any]], dict[int, set[int]]]
_schools: dict[str, Schools] = {}


def register_schools(resource: str, schools: Schools) -> None:
    """Ask `schools` once per batch of changes for objects of `resource` that have no school of their own."""
    _schools[resource] = schools


def schools_of(resource: str, things: Iterable[Any]) -> dict[int, set[int]]:
    """By primary key; empty where nobody registered."""
    asked = list(things)
    return _schools[resource](asked) if asked and resource in _schools else {}

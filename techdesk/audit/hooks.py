"""What a higher floor tells the change feed: at which schools an object is known that belongs to several, and which
table its objects stand in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from techdesk.base.invariants import invariant

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


def feed_not_ahead(resource: str, objects: str) -> None:
    """Promise that no object of `resource` is older than what the feed says of it.

    objects: a SELECT of its public key, version and created_at. Events from before an object was made tell of an
    earlier one that had its key.
    """
    invariant(
        f"{resource}.feed_not_ahead",
        f"""
        SELECT DISTINCT object.key FROM ({objects}) AS object (key, version, created_at)
        JOIN audit_changeevent AS event ON event.object_type = '{resource}' AND event.object_key = object.key
        WHERE event.version > object.version AND event.at >= object.created_at
        """,  # noqa: S608 - both are written in the code of an app
        "The feed tells of a version that the object does not have: a change was lost, or its version was turned back.",
    )

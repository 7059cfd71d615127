"""Domains: the parts of the API that a token may be narrowed to, such as devices without people.

Each is declared beside the resources that belong to it and named by them; whoever asks for all of them gets those
of every app.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.urls import get_resolver

_declared: dict[str, Domain] = {}


@dataclass(frozen=True)
class Domain:
    """One part of the API. `name` stands in tokens, `label` on the page where somebody makes one."""

    name: str
    label: Any


#: What is open to every token, and itself shows no more than the token's domains: the schema, the feed of changes.
EVERY_TOKEN = Domain("", "")


def domain(name: str, label: Any) -> Domain:
    """Declare the domain `name`. Raises ValueError for a name that another one has."""
    if not name or len(name) > 20 or name in _declared:
        raise ValueError(f"{name!r} cannot be the name of a new domain")
    _declared[name] = Domain(name, label)
    return _declared[name]


def domains() -> dict[str, Domain]:
    """All domains, by name, in the order of their names."""
    # They stand where the addresses of the API lead to.
    _ = get_resolver().url_patterns
    return dict(sorted(_declared.items()))


def reaches(narrowed: Collection[str], asked: Domain) -> bool:
    """Does a token narrowed to the domains `narrowed` (empty: all of them) reach what belongs to `asked`?"""
    return not narrowed or asked == EVERY_TOKEN or asked.name in narrowed

"""Every address of the house, walked: pattern, name and view, with an example of each kind of argument."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver


@dataclass(frozen=True)
class Address:
    name: str
    route: str
    view: Any
    arguments: tuple[str, ...]

    @property
    def label(self) -> str:
        return self.name or self.route


def walk(resolver: URLResolver | None = None, prefix: str = "", space: str = "") -> Iterator[Address]:
    """Every URL pattern below `resolver` (default: the whole URLconf)."""
    resolver = resolver or get_resolver()
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from walk(entry, route, inner)
        elif isinstance(entry, URLPattern):
            yield Address(
                name=f"{space}{entry.name}" if entry.name else "",
                route=route,
                view=entry.callback,
                arguments=tuple(entry.pattern.converters) or tuple(entry.pattern.regex.groupindex),
            )


def policy_of(view: Any) -> Any:
    """The action (or method -> action) a view was marked with, or None. Knows function and class views."""
    for candidate in (view, getattr(view, "view_class", None), getattr(view, "cls", None)):
        mark = getattr(candidate, "policy", None)
        if mark:
            return mark
    return None


def public_reason(view: Any) -> str | None:
    for candidate in (view, getattr(view, "view_class", None), getattr(view, "cls", None)):
        mark = getattr(candidate, "public_reason", None)
        if mark:
            return str(mark)
    return None


#: Views of libraries that guard themselves; each with the reason why that is enough.
GUARDED_BY_THEIR_LIBRARY = {
    "allauth.mfa.": "allauth lets only signed-in people, recently authenticated, at their own second factor",
}


def library_reason(view: Any) -> str | None:
    module = getattr(getattr(view, "view_class", view), "__module__", "")
    for prefix, reason in GUARDED_BY_THEIR_LIBRARY.items():
        if module.startswith(prefix):
            return reason
    return None

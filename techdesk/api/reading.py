"""The schema cut into chapters for the reading room: one per resource, in the words of the schema itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from techdesk.api.schema import REFUSALS, schema

METHODS = ("get", "post", "patch")


@dataclass(frozen=True)
class Entry:
    """A parameter or a member of an object. `also`: endings of a filter's longer spellings, such as __in."""

    name: str
    kind: str
    about: str = ""
    needed: bool = False
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verb:
    """One method of one address."""

    id: str
    method: str
    path: str
    summary: str
    about: str
    parameters: tuple[Entry, ...]
    body: tuple[Entry, ...]
    status: str
    answer: str  # the thing it answers with, or ""
    many: bool
    nested: tuple[str, ...]  # things inside the body or the answer


@dataclass
class Chapter:
    """What belongs to one resource: its verbs, and the fields of the things they answer with."""

    name: str
    verbs: list[Verb] = field(default_factory=list)
    things: dict[str, tuple[Entry, ...]] = field(default_factory=dict)

    @property
    def anchor(self) -> str:
        return f"#{self.name}"


def chapters() -> list[Chapter]:
    """All chapters, by name."""
    whole = schema()
    parts: Mapping[str, Any] = whole["components"]["schemas"]
    found: dict[str, Chapter] = {}
    for path, methods in whole["paths"].items():
        for method in METHODS:
            if method not in methods:
                continue
            operation = methods[method]
            chapter = found.setdefault(operation["tags"][0], Chapter(operation["tags"][0]))
            verb = _verb(path, method, operation, parts)
            chapter.verbs.append(verb)
            for thing in filter(None, (verb.answer, *verb.nested)):
                chapter.things.setdefault(thing, _entries(parts[thing], parts))
    return sorted(found.values(), key=lambda chapter: chapter.name)


def refusals() -> list[tuple[int, Any]]:
    """Status and meaning, for the chapter on what may go wrong."""
    return sorted(REFUSALS.items())


def _verb(path: str, method: str, operation: Mapping[str, Any], parts: Mapping[str, Any]) -> Verb:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    status, answer, many = _answer(operation, parts)
    return Verb(
        id=operation["operationId"],
        method=method.upper(),
        path=path.removeprefix("/api/v1"),
        summary=operation.get("summary", ""),
        about=operation.get("description", ""),
        parameters=_parameters(operation.get("parameters", []), parts),
        body=_entries(_resolved(body, parts), parts),
        status=status,
        answer=answer,
        many=many,
        nested=(*_lists_of(_resolved(body, parts)), *(_lists_of(parts[answer]) if answer else ())),
    )


def _lists_of(thing: Mapping[str, Any]) -> list[str]:
    """The names of the things that `thing` holds lists of."""
    members = thing.get("properties", {}).values()
    return [name for member in members if (name := _name(member.get("items", {})))]


def _answer(operation: Mapping[str, Any], parts: Mapping[str, Any]) -> tuple[str, str, bool]:
    for status, response in operation["responses"].items():
        if not status.startswith("2"):
            continue
        content = response.get("content", {}).get("application/json", {}).get("schema", {})
        name = _name(content)
        if name.endswith("Page"):
            return status, _name(parts[name]["properties"]["results"]["items"]), True
        return status, name, False
    return "", "", False


def _parameters(parameters: list[Any], parts: Mapping[str, Any]) -> tuple[Entry, ...]:
    """Path parameters are needed; the lookups of one filter become one entry."""
    plain: dict[str, Entry] = {}
    longer: dict[str, list[str]] = {}
    for one in parameters:
        name, _separator, lookup = one["name"].partition("__")
        if lookup:
            longer.setdefault(name, []).append(one["name"])
        kind = _kind(one.get("schema", {}), parts)
        if not lookup:
            plain[name] = Entry(name, kind, one.get("description", ""), bool(one.get("required")))
        else:
            plain.setdefault(name, Entry(name, kind, "", also=()))
    exact = {one["name"] for one in parameters}
    return tuple(
        Entry(
            entry.name if entry.name in exact else longer[entry.name][0],
            entry.kind,
            entry.about,
            entry.needed,
            tuple(other.removeprefix(name) for other in longer.get(name, ())[0 if name in exact else 1 :]),
        )
        for name, entry in plain.items()
    )


def _entries(thing: Mapping[str, Any], parts: Mapping[str, Any]) -> tuple[Entry, ...]:
    needed = set(thing.get("required", ()))
    return tuple(
        Entry(name, _kind(member, parts), str(member.get("description", "")), name in needed)
        for name, member in thing.get("properties", {}).items()
    )


def _name(content: Mapping[str, Any]) -> str:
    return str(content.get("$ref", "")).rpartition("/")[2]


def _resolved(content: Mapping[str, Any], parts: Mapping[str, Any]) -> Mapping[str, Any]:
    name = _name(content)
    resolved: Mapping[str, Any] = parts[name] if name else content
    return resolved


def _kind(member: Mapping[str, Any], parts: Mapping[str, Any]) -> str:
    """What a value is, in words: "one of good, worn", "list of text"."""
    options = member.get("oneOf") or member.get("allOf")
    if options:
        kinds = [kind for one in options if (kind := _kind(one, parts))]
        return _(" or ").join(dict.fromkeys(kinds))
    name, member = _name(member), _resolved(member, parts)
    if name and member.get("type") == "object":
        return name
    if "enum" in member:
        values = [str(value) for value in member["enum"] if value not in (None, "")]
        return _("one of %(values)s") % {"values": ", ".join(values)} if values else ""
    if member.get("type") == "array":
        return _("list of %(kind)s") % {"kind": _kind(member["items"], parts)}
    words = {
        ("string", "date"): _("date"),
        ("string", "date-time"): _("moment"),
        ("string", "uuid"): _("id"),
        ("integer", None): _("whole number"),
        ("boolean", None): _("true or false"),
    }
    return words.get((str(member.get("type")), member.get("format")), _("text"))

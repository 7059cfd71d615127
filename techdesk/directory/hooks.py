"""What higher floors tell the directory: which things somebody still has, and what a new school year means for them.

An app above registers in its AppConfig.ready()::

    register_still_out(devices_still_out)
    register_year_panel(CARTS)

so that a leaver's page and the New School Year run speak of devices without knowing them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from techdesk.base.invariants import invariant
from techdesk.directory.switches import Kind, Setting, declare_settings, in_language

__all__ = [
    "Kind",
    "RoomMove",
    "Setting",
    "StillOut",
    "StillOutQuery",
    "YearFacts",
    "YearPanel",
    "YearRow",
    "declare_settings",
    "external_kinds",
    "in_language",
    "register_external_kind",
    "register_still_out",
    "register_year_panel",
    "still_out",
    "year_panels",
]


@dataclass(frozen=True)
class StillOut:
    """A thing somebody has: what it is called, the page it has (for whom may open it), where it belongs."""

    label: str
    url: str = ""
    hint: str = ""


#: (viewer, ids of people) -> person id -> what they still have and `viewer` may know of.
StillOutQuery = Callable[[Any, Collection[int]], Mapping[int, Sequence[StillOut]]]

_still_out: list[StillOutQuery] = []


def register_still_out(query: StillOutQuery) -> None:
    """Let `query` say what is to be collected from people who leave."""
    if query not in _still_out:
        _still_out.append(query)


def still_out(viewer: Any, people: Collection[int]) -> dict[int, list[StillOut]]:
    """What is to be collected from `people`, by person id; those who have nothing are left out."""
    found: dict[int, list[StillOut]] = {}
    for query in _still_out:
        for pk, things in query(viewer, people).items():
            found.setdefault(pk, []).extend(things)
    return found


@dataclass(frozen=True)
class RoomMove:
    """A teacher who gets another room with the new year. The new one may not be there before the roster is applied:
    it is named by school and room code."""

    person: Any
    old_room: Any
    school: str
    room: str


@dataclass(frozen=True)
class YearFacts:
    """What the roster of the new year means: teachers whose own room changes, and the ids of those who leave."""

    moves: Sequence[RoomMove] = ()
    leavers: frozenset[int] = field(default_factory=frozenset)


@dataclass(frozen=True)
class YearRow:
    """One line of a panel. `options`: value -> words, the first is what happens when nobody chooses; without options
    the line only tells."""

    key: str
    title: str
    words: str = ""
    url: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class YearPanel:
    """A step of the New School Year run that an app above brings.

    preview: (viewer, facts) -> the lines to show. apply: (actor, facts, choices by row key) -> counts for the report,
    by words; called in one transaction, once.
    """

    slug: str
    label: Any
    hint: Any
    preview: Callable[[Any, YearFacts], Sequence[YearRow]]
    apply: Callable[[Any, YearFacts, Mapping[str, str]], Mapping[str, int]]


_year_panels: dict[str, YearPanel] = {}


def register_year_panel(panel: YearPanel) -> None:
    """Show `panel` in the New School Year run and apply it there, in the order of registration."""
    _year_panels[panel.slug] = panel


def year_panels() -> list[YearPanel]:
    return list(_year_panels.values())


_external_kinds: set[str] = set()


def register_external_kind(kind: str, table: str) -> None:
    """Say in which table the targets of an ExternalId of `kind` stand, and promise that they are there."""
    _external_kinds.add(kind)
    invariant(
        f"directory.external_ids_lead_to_{kind}",
        f"""
        SELECT format('%s %s', link.source, link.value) FROM directory_externalid AS link
        WHERE link.kind = '{kind}' AND NOT EXISTS (SELECT FROM {table} AS target WHERE target.id = link.target_id)
        """,  # noqa: S608 - both are written in the code of an app
        "What another system calls one of our things leads to that thing; the next import would stumble over these.",
    )


def external_kinds() -> frozenset[str]:
    """The kinds of things that other systems have names for."""
    return frozenset(_external_kinds)

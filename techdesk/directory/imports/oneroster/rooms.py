"""Rooms: the locations that the classes name, as rooms of their school."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.utils.translation import gettext_lazy

from techdesk.base.text import fold
from techdesk.directory.actions.roster import write_rooms
from techdesk.directory.choices import RoomKind
from techdesk.directory.imports.oneroster.columns import WHOLE_DISTRICT
from techdesk.directory.imports.oneroster.orgs import Places
from techdesk.directory.models import Room
from techdesk.jobs.hooks import Part, Scope
from techdesk.jobs.models import ImportRow

#: What schools write where there is no room.
_NOWHERE = frozenset(
    ["na", "n/a", "none", "tba", "tbd", "unassigned", "no room", "various", "online", "virtual", "remote", "distance"]
    + ["home", "off campus", "offsite", "off site", "varies", "multiple", "other", "unknown", "null", "see counselor"]
)
_LONGEST = 20
_PREFIX = re.compile(r"^(?:rm|room|aula|salon)\b[\s.:#-]*|^(?:rm|room)(?=\d)", re.IGNORECASE)
#: Words of a room's name that say what it is for.
_KINDS = {
    RoomKind.LIBRARY.value: ("library", "media"),
    RoomKind.LAB.value: ("lab", "laboratory", "maker"),
    RoomKind.OFFICE.value: ("office",),
    RoomKind.OTHER.value: ("gym", "gymnasium", "cafeteria", "auditorium", "field", "pool", "stage", "band", "choir"),
}


def room_code(location: str) -> str:
    """The code of the room that a location names: "Rm 104", "Room 104", "RM104" and "104" are one. Empty for what is
    no single room."""
    code = _PREFIX.sub("", " ".join(location.split())).strip(" .#-")
    plain = fold(code)
    if not any(c.isalnum() for c in plain) or len(code) > _LONGEST or any(c in code for c in ",;&"):
        return ""
    return "" if plain.replace(".", "") in _NOWHERE else code


def room_word(text: str) -> str:
    """What a location and a room are compared by."""
    return fold(_PREFIX.sub("", " ".join(text.split()))).strip(" .#-")


def room_kind(code: str) -> str:
    words = set(re.findall(r"[a-z]+", fold(code)))
    return next((kind for kind, named in _KINDS.items() if words & set(named)), RoomKind.CLASSROOM.value)


class Rooms:
    """The rooms of some schools by what people call them.

    by_code: the active ones by (school id, code). known: the ids of all of them, because a room that was switched off
    is not made again.
    """

    def __init__(self, school_ids: Iterable[int]) -> None:
        self.by_code: dict[tuple[int, str], Room] = {}
        self.known: dict[tuple[int, str], int] = {}
        self._by_word: dict[tuple[int, str], Room] = {}
        for room in Room.objects.filter(school_id__in=set(school_ids)).order_by("-pk"):
            words = [room_word(word) for word in (room.name, room.code) if word]
            self.known.update({(room.school_id, word): room.pk for word in words})
            if not room.is_active:
                continue
            self.by_code[room.school_id, room.code] = room
            for word in words:  # the code counts more, the older room counts more
                self._by_word[room.school_id, word] = room

    def match(self, school_id: int, location: str) -> Room | None:
        word = room_word(location)
        return self._by_word.get((school_id, word)) if word else None


def planned_room(scope: Scope, school: str, location: str) -> str:
    """While staging: the code of the room that this import is going to make for a location; else empty."""
    found: dict[tuple[str, str], str] = scope.cache.get("planned_rooms", {})
    return found.get((school, room_word(location)), "")


class RoomsPart(Part):
    """Rooms are made, never changed nor taken away: people name them, and switch them off."""

    name = "rooms"
    tables = ("directory_room",)
    label = gettext_lazy("Rooms")
    telling = ("school", "kind")
    fields = {
        "code": gettext_lazy("Room"),
        "school": gettext_lazy("School"),
        "kind": gettext_lazy("Kind"),
    }

    def missing(self, scope: Scope) -> Iterator[ImportRow]:
        """A row for each room that the classes name, at the class that names it first."""
        places = Places.of(scope)
        told: set[tuple[str, str]] = set()
        for row in scope.delivery.rows("classes"):
            code = "" if row.verdict else room_code(row.data.get("location", ""))
            school = places.code(row.data["_school"]) if code else None
            if not code or school is None or school == WHOLE_DISTRICT:
                continue
            word = (school, room_word(code))
            if word in told:
                continue
            told.add(word)
            facts: dict[str, Any] = {"code": code, "school": school, "kind": room_kind(code)}
            yield ImportRow(part=self.name, file=row.file, number=row.number, key=f"{school}/{code}", data=facts)

    def compare(self, rows: Sequence[ImportRow], scope: Scope) -> None:
        places = Places.of(scope)
        rooms = Rooms(places.ids[row.data["school"]] for row in rows if row.data["school"] in places.ids)
        planned: dict[tuple[str, str], str] = scope.cache.setdefault("planned_rooms", {})
        for row in rows:
            school, word = row.data["school"], room_word(row.data["code"])
            row.target_id = rooms.known.get((places.ids.get(school, 0), word))
            if row.target_id is None and not scope.applying:
                planned[school, word] = row.data["code"]

    def write(self, rows: Sequence[ImportRow], *, actor: Any, scope: Scope) -> None:
        write_rooms(actor=actor, run=scope.run, rows=rows)

    def titles(self, rows: Sequence[ImportRow]) -> list[str]:
        return [row.data["code"] for row in rows]

    def word(self, name: str, value: str) -> str:
        return str(RoomKind(value).label) if name == "kind" else value

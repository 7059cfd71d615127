"""Rooms: of a list of rooms, or named beside people and homerooms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from techdesk.directory.actions.roster.room_list import write_room_list
from techdesk.directory.choices import RoomKind
from techdesk.directory.imports.oneroster.rooms import room_kind, room_word
from techdesk.directory.imports.plain.known import school_of
from techdesk.directory.models import Room
from techdesk.jobs.choices import Verdict
from techdesk.jobs.hooks import Part, Scope, note
from techdesk.jobs.models import ImportRow

OWNED = ("name", "kind", "building", "floor")


class RoomsPart(Part):
    """A file makes rooms and says more about them; it never takes one away."""

    name = "rooms"
    tables = ("directory_room",)
    label = gettext_lazy("Rooms")
    telling = ("name", "kind", "building", "floor")
    fields = {
        "code": gettext_lazy("Room"),
        "name": gettext_lazy("Name"),
        "kind": gettext_lazy("Kind"),
        "building": gettext_lazy("Building"),
        "floor": gettext_lazy("Floor"),
    }

    def compare(self, rows: Sequence[ImportRow], scope: Scope) -> None:
        found = Room.objects.filter(school=school_of(scope)).order_by("-pk")
        rooms = list(found.select_for_update(of=("self",), no_key=True) if scope.applying else found)
        by_word = {room_word(word): room for room in rooms for word in (room.name,) if word}
        by_word |= {room_word(room.code): room for room in rooms}  # the code counts more, the older room counts more
        for row in rows:
            room = by_word.get(room_word(row.data["code"]))
            if room is None:
                row.data["_kind"] = room_kind(f"{row.data['code']} {row.data.get('name', '')}")
            elif not room.is_active:
                row.target_id, row.verdict = room.pk, Verdict.UNCHANGED
                note(row, "switched_off", _("This room was switched off here, so it stays off."))
            else:
                row.target_id = room.pk
                row.before = {name: getattr(room, name) for name in OWNED if name in row.data}
        scope.cache["rooms"] = {room.pk: room for room in rooms}

    def write(self, rows: Sequence[ImportRow], *, actor: Any, scope: Scope) -> None:
        write_room_list(
            actor=actor, run=scope.run, rows=rows, rooms=scope.cache["rooms"], school_id=school_of(scope).pk
        )

    def titles(self, rows: Sequence[ImportRow]) -> list[str]:
        return [row.data.get("code", row.key) for row in rows]

    def word(self, name: str, value: str) -> str:
        return str(RoomKind(value).label) if name == "kind" else value

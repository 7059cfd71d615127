"""What a new school year means for carts: where a teacher gets another room, their room's carts stay or go along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from devices.actions import change_device
from devices.models import Device
from techdesk.base.errors import DomainError
from techdesk.directory.hooks import RoomMove, YearFacts, YearPanel, YearRow
from techdesk.directory.queries.year_change import room_at

STAY = "stay"


def _carts(facts: YearFacts) -> list[tuple[Device, list[RoomMove]]]:
    """The carts at home in a room that a teacher leaves, each with those who leave it."""
    leaving: dict[int, list[RoomMove]] = {}
    for move in facts.moves:
        leaving.setdefault(move.old_room.pk, []).append(move)
    carts = Device.objects.carts().not_gone().at_home_in(leaving).for_page().by_tag()
    return [(cart, leaving[cart.home_room_id or 0]) for cart in carts]


def preview_carts(viewer: Any, facts: YearFacts) -> list[YearRow]:
    """A line per cart, with what may become of it. A cart does not follow to another school."""
    seen = set(Device.objects.visible_to(viewer).carts().values_list("pk", flat=True)) if facts.moves else set()
    return [_row(cart, moves) for cart, moves in _carts(facts) if cart.pk in seen]


def _row(cart: Device, moves: Sequence[RoomMove]) -> YearRow:
    options = {STAY: _("Stays in %(room)s") % {"room": cart.home_room}}
    for move in moves:
        if move.school == cart.school.code:
            words = _("Goes with %(name)s to room %(room)s") % {"name": move.person.name, "room": move.room}
            options[str(move.person.key)] = words
    names = ", ".join(move.person.name for move in moves)
    words = _("%(name)s leaves %(room)s.") % {"name": names, "room": cart.home_room}
    title = f"{cart.asset_tag} · {cart.model}"
    return YearRow(key=cart.asset_tag, title=title, words=words, url=cart.get_absolute_url(), options=options)


def move_carts(actor: Any, facts: YearFacts, choices: Mapping[str, str]) -> dict[str, int]:
    """Give the carts that follow a teacher the new room as their home. One that cannot move is left where it is."""
    counts = {"moved": 0, "stayed": 0, "refused": 0}
    for cart, moves in _carts(facts):
        chosen = next((move for move in moves if str(move.person.key) == choices.get(cart.asset_tag)), None)
        if chosen is None:
            counts["stayed"] += 1
            continue
        room = room_at(chosen.school, chosen.room)
        try:
            if room is None:
                raise DomainError(_("The room is not there."))
            with transaction.atomic():
                change_device(actor=actor, device=cart, home_room=room)
        except DomainError:
            counts["refused"] += 1
        else:
            counts["moved"] += 1
    return counts


CARTS_OF_THE_YEAR = YearPanel(
    slug="carts",
    label=gettext_lazy("Carts whose teacher gets another room"),
    hint=gettext_lazy("A cart stays in its room unless you say otherwise."),
    preview=preview_carts,
    apply=move_carts,
)

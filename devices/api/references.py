"""From the names in a body to schools, rooms, carts and people the caller sees, looked up for many bodies at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from devices.actions import DeviceFacts
from devices.models import Device
from techdesk.api.bodies import known
from techdesk.base.errors import BadInput, DomainError
from techdesk.base.policy import require
from techdesk.directory.models import School
from techdesk.directory.queries.references import visible_people, visible_rooms, visible_schools

#: Public name -> the model's, where they differ.
HOME = {"room": "home_room", "cart": "home_cart", "slot": "home_slot"}
#: Members of a bulk item that are not facts of the device.
ABOUT_THE_ITEM = ("version", "op")


class References:
    """What the bodies name, as far as `viewer` sees it; four queries at most."""

    def __init__(self, viewer: Any, bodies: Sequence[Mapping[str, Any]]) -> None:
        self.viewer = viewer
        self.schools = visible_schools(viewer, _named(bodies, "school"))
        self.rooms = visible_rooms(viewer, _named(bodies, "room"))
        self.people = visible_people(viewer, _named(bodies, "assigned_to"))
        tags = _named(bodies, "cart")
        carts = Device.objects.visible_to(viewer).with_tags(tags) if tags else ()
        self.carts = {cart.asset_tag.lower(): cart for cart in carts}

    def school(self, code: str) -> School:
        """The school, if the caller may have devices there. Raises BadInput unknown_school; PermissionDenied."""
        school = known(
            self.schools.get(code.lower()),
            name="school",
            code="unknown_school",
            text=_("There is no school with this code, or it is not yours to see."),
        )
        require(self.viewer, "devices.change", school_id=school.pk)
        return school

    def facts(self, body: Mapping[str, Any]) -> DeviceFacts:
        """A new device. Raises BadInput for what is unknown or missing."""
        if "school" not in body:
            text = _("A device that is new needs its school.")
            raise BadInput(text, code="missing_school", errors={"school": [text]})
        values = self._values(body)
        return DeviceFacts(**{name: value for name, value in values.items() if value is not None})

    def changes(self, body: Mapping[str, Any], device: Device) -> dict[str, Any]:
        """New values of a known device, by the model's names."""
        values = self._values(body)
        if _same(values.get("asset_tag"), device.asset_tag):
            del values["asset_tag"]
        return _with_home(values, device)

    def _values(self, body: Mapping[str, Any]) -> dict[str, Any]:
        values = {HOME.get(name, name): value for name, value in body.items() if name not in ABOUT_THE_ITEM}
        if "school" in body:
            values["school"] = self.school(body["school"])
        if (name := body.get("room")) is not None:
            values["home_room"] = known(
                self.rooms.get(name.lower()),
                name="room",
                code="unknown_room",
                text=_("There is no such room. Write the school code, a slash and the room code."),
            )
        if (tag := body.get("cart")) is not None:
            values["home_cart"] = known(
                self.carts.get(tag.lower()),
                name="cart",
                code="unknown_cart",
                text=_("There is no cart with this tag, or it is not yours to see."),
            )
        if (key := body.get("assigned_to")) is not None:
            values["assigned_to"] = known(
                self.people.get(key),
                name="assigned_to",
                code="unknown_person",
                text=_("There is nobody with this id, or they are not yours to see."),
            )
        return values


def _named(bodies: Sequence[Mapping[str, Any]], name: str) -> set[Any]:
    return {body[name] for body in bodies if body.get(name) is not None}


def _same(tag: str | None, other: str) -> bool:
    """The tag that names a device is no new tag, in whatever case."""
    return tag is not None and tag.lower() == other.lower()


def _with_home(values: dict[str, Any], device: Device) -> dict[str, Any]:
    """A home is a room or a cart: naming one gives up the other, and a place in the old home."""
    if not {"home_room", "home_cart"} & set(values):
        return values
    room, cart = values.get("home_room"), values.get("home_cart")
    if room is not None:
        values.setdefault("home_cart", None)
    if cart is not None:
        values.setdefault("home_room", None)
    room_id = values["home_room"] and values["home_room"].pk if "home_room" in values else device.home_room_id
    cart_id = values["home_cart"] and values["home_cart"].pk if "home_cart" in values else device.home_cart_id
    if (room_id, cart_id) != (device.home_room_id, device.home_cart_id):
        values.setdefault("home_slot", None)
    return values


def in_public_names(refusal: DomainError) -> DomainError:
    """A refusal whose errors go by the names of the API."""
    if isinstance(refusal, BadInput):
        public = {model: name for name, model in HOME.items()}
        refusal.errors = {public.get(name, name): texts for name, texts in refusal.errors.items()}
    return refusal

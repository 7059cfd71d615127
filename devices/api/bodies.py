"""What devices and their verbs take."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from devices.actions.facts import MOST_SLOTS
from devices.choices import Condition, DeviceStatus
from techdesk.api.bodies import Body

HOLDERS = ("person", "room", "cart")
#: More is refused with 413: a script sends the rest in another request.
MOST_ITEMS = 1000


class CheckOutBody(Body):
    """Exactly one of `person`, `room` and `cart`."""

    person = serializers.UUIDField(required=False, allow_null=True, help_text=_("A person's id."))
    room = serializers.CharField(required=False, allow_null=True, help_text=_("School code, slash, room code."))
    cart = serializers.CharField(required=False, allow_null=True, help_text=_("A cart's asset tag."))
    slot = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=9999)
    due_on = serializers.DateField(required=False, allow_null=True)
    condition = serializers.ChoiceField(Condition.choices, required=False, allow_blank=True)
    note = serializers.CharField(required=False, allow_blank=True, max_length=2000)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given = [name for name in HOLDERS if attrs.get(name) is not None]
        if len(given) != 1:
            text = _("Give exactly one of person, room and cart.")
            raise serializers.ValidationError({name: [text] for name in given or HOLDERS})
        if attrs.get("slot") is not None and given != ["cart"]:
            raise serializers.ValidationError({"slot": [_("A slot number needs a cart.")]})
        return attrs


class CheckInBody(Body):
    """How it came back; everything may be left out."""

    condition = serializers.ChoiceField(Condition.choices, required=False, allow_blank=True)
    note = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class RetireBody(Body):
    """Why it goes."""

    reason = serializers.CharField(max_length=500)


class DeviceBody(Body):
    """What a person may say of a device. What is left out stays as it is.

    `room` and `cart` are two ways to be at home: giving one takes the place of the other.
    """

    asset_tag = serializers.CharField(
        required=False, max_length=60, help_text=_("Changes only where the serial stands in for it.")
    )
    serial = serializers.CharField(required=False, allow_blank=True, max_length=100)
    manufacturer = serializers.CharField(required=False, max_length=100)
    model = serializers.CharField(required=False, max_length=150, help_text=_("A model that is new here is made."))
    category = serializers.CharField(
        required=False, max_length=100, help_text=_("Counts for a model that is new: stable name, such as chromebook.")
    )
    status = serializers.ChoiceField(
        DeviceStatus.choices, required=False, help_text=_("Retired and disposed of have verbs of their own.")
    )
    condition = serializers.ChoiceField(Condition.choices, required=False)
    school = serializers.CharField(required=False, help_text=_("School code."))
    room = serializers.CharField(required=False, allow_null=True, help_text=_("Its home: school code, slash, room."))
    cart = serializers.CharField(required=False, allow_null=True, help_text=_("Its home: a cart's asset tag."))
    slot = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=MOST_SLOTS, help_text=_("Its place in that home.")
    )
    assigned_to = serializers.UUIDField(
        required=False, allow_null=True, help_text=_("The person it is meant for this year: an id.")
    )
    is_loaner = serializers.BooleanField(required=False)
    slot_count = serializers.IntegerField(
        required=False, min_value=0, max_value=MOST_SLOTS, help_text=_("Carts: how many slots; others: 0.")
    )
    purchased_on = serializers.DateField(required=False, allow_null=True)
    warranty_until = serializers.DateField(required=False, allow_null=True)


class NewDeviceBody(DeviceBody):
    """A device that is not there yet: a school, and a tag or a serial at least."""

    school = serializers.CharField(help_text=_("School code."))


class DeviceItemBody(DeviceBody):
    """One device of many. The tag names it; a new one needs its school.

    `version`: refuse when the device has another one by now. `op`: `create` refuses a tag that is there, `change` one
    that is not; without it both will do.
    """

    asset_tag = serializers.CharField(max_length=60)
    version = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=2**31 - 1)
    op = serializers.ChoiceField([("create", "create"), ("change", "change")], required=False)


class DevicesBulkBody(Body):
    """Up to 1,000 devices. `atomic` (the default): all or nothing; otherwise as many as can be."""

    atomic = serializers.BooleanField(required=False, default=True)
    items = serializers.ListField(child=DeviceItemBody(), min_length=1, max_length=MOST_ITEMS)


class DevicesBulkEnvelope(Body):
    """The same with items unread, because each of them gets a verdict of its own."""

    atomic = serializers.BooleanField(required=False, default=True)
    items = serializers.ListField(child=serializers.JSONField(allow_null=True), min_length=1)


class Verdict(serializers.Serializer[Any]):
    """What became of one item."""

    index = serializers.IntegerField(help_text=_("Its place in `items`, from 0."))
    status = serializers.ChoiceField(
        [(name, name) for name in ("created", "updated", "unchanged", "refused", "not_done")],
        help_text=_("not_done: nothing is wrong with it, but with another, and all or nothing was asked for."),
    )
    asset_tag = serializers.CharField(allow_null=True)
    version = serializers.IntegerField(allow_null=True, help_text=_("As it is now, where that is known."))
    code = serializers.CharField(allow_null=True, help_text=_("Why it was refused, as for a single device."))
    detail = serializers.CharField(allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        # Not declared above: a serializer has a property of this name itself.
        errors = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
        return {**super().get_fields(), "errors": errors}


class Verdicts(serializers.Serializer[Any]):
    """One verdict per item, in their order, and how many of each."""

    results = Verdict(many=True)
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    refused = serializers.IntegerField()

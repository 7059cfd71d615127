"""What the verbs of a device take."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from devices.choices import Condition
from techdesk.api.bodies import Body

HOLDERS = ("person", "room", "cart")


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

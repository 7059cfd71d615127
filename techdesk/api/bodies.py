"""Request bodies, read strictly: a misspelled member is refused by name, never ignored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request

from techdesk.base.errors import BadInput


class Body(serializers.Serializer[Any]):
    """A JSON object with the declared members and no others."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (unknown := sorted(set(data) - set(self.fields))):
            raise serializers.ValidationError({name: [_("This field is not known here.")] for name in unknown})
        return super().to_internal_value(data)


def read_body(request: Request, body: type[Body]) -> dict[str, Any]:
    """The checked members of the request's body. Raises a ValidationError (400, `bad_input`) with errors by field."""
    serializer = body(data=request.data)
    serializer.is_valid(raise_exception=True)
    checked: dict[str, Any] = serializer.validated_data
    return checked


Thing = TypeVar("Thing")


def known(thing: Thing | None, *, name: str, code: str, text: Any) -> Thing:
    """`thing`, found among what the caller sees; BadInput (400, `code`) on the field `name` when there is none.

    A foreign school's object and one that never existed get the same answer.
    """
    if thing is None:
        raise BadInput(text, code=code, errors={name: [text]})
    return thing

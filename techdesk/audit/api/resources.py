"""What the API tells of a change."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, F, Q, Value, When
from rest_framework import serializers

from techdesk.api.domains import EVERY_TOKEN
from techdesk.api.resources import Field, Filter, Resource, followed
from techdesk.audit.models import ChangeEvent


class FollowedType(serializers.CharField):
    """The name of a resource in the feed."""

    def to_internal_value(self, data: Any) -> str:
        name = str(super().to_internal_value(data))
        if name not in followed():
            raise serializers.ValidationError(f"One of: {', '.join(followed())}")
        return name


def _school(viewer: Any) -> Any:
    """The school the object belongs to since the change, if the viewer sees that school."""
    seen = followed()["schools"].rows(viewer).values("pk")
    return Case(When(Q(school_after__in=seen), then=F("school_after__code")))


CHANGE = Resource(
    name="changes",
    title="Change",
    domain=EVERY_TOKEN,  # narrowed by the view, type by type
    rows=lambda viewer: ChangeEvent.objects.known_to(viewer, followed().values()),
    fields={
        "number": Field(
            serializers.IntegerField(help_text="Its place in the feed. Numbers rise; some are not yours."), "number"
        ),
        "type": Field(serializers.CharField(help_text="The resource, such as devices."), "object_type"),
        "key": Field(serializers.CharField(help_text="How the resource names it: /devices/<key>/."), "object_key"),
        "version": Field(
            serializers.IntegerField(help_text="Its version since then; an ETag begins with it."), "version"
        ),
        "verb": Field(serializers.CharField(help_text="What was done, such as check_out."), "verb"),
        "at": Field(serializers.DateTimeField(), "at"),
        "school": Field(serializers.CharField(allow_null=True, help_text="School code."), _school),
        # Told apart by the view, in one query for each type on the page.
        "gone": Field(
            serializers.BooleanField(help_text="You do not see it any more: drop your copy."),
            lambda viewer: Value(False),
        ),
    },
    filters={"type": Filter(FollowedType(), "object_type")},
    orderings={"number": ("number", "pk")},
    default_ordering="number",
    versioned=False,
)

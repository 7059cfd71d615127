"""What the verbs of a ticket take."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from techdesk.api.bodies import Body
from tickets.api.resources import MeOrId

MOST_DEVICES = 50


class OpenTicketBody(Body):
    """A request for help."""

    subject = serializers.CharField(max_length=200)
    description = serializers.CharField(required=False, allow_blank=True, max_length=20_000)
    school = serializers.CharField(help_text=_("School code."))
    room = serializers.CharField(required=False, allow_null=True, help_text=_("School code, slash, room code."))
    devices = serializers.ListField(
        child=serializers.CharField(), required=False, max_length=MOST_DEVICES, help_text=_("Asset tags.")
    )
    issue_type = serializers.SlugField(required=False, allow_null=True)
    affected = serializers.UUIDField(required=False, allow_null=True, help_text=_("For whom, if not for you."))
    requester = serializers.UUIDField(
        required=False, allow_null=True, help_text=_("Who asks, if not you; for technicians.")
    )


class MessageBody(Body):
    """A reply, or a note."""

    body = serializers.CharField(max_length=20_000)
    internal = serializers.BooleanField(required=False, default=False)


class AssignBody(Body):
    """Who takes it."""

    assignee = MeOrId(allow_null=True, help_text=_("A person's id, “me”, or null for nobody."))


class ResolveBody(Body):
    """What was done."""

    resolution = serializers.CharField(max_length=20_000)


class ReopenBody(Body):
    """Why it is not settled."""

    reason = serializers.CharField(max_length=20_000)


class CloseBody(Body):
    """Nothing to say."""

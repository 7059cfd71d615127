"""What the API tells of tickets and their messages: one declared field list each."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from devices.models import Device
from techdesk.api.domains import domain
from techdesk.api.resources import Field, Filter, Part, Resource, follow
from techdesk.audit.actions import disclose
from techdesk.directory.queries.references import (
    person_filter,
    person_part,
    room_filter,
    room_name,
    school_filter,
)
from tickets.choices import Priority, TicketStatus
from tickets.models import Message, Ticket, TicketDevice

SINCE = ("gte", "gt", "lte", "lt")
MOMENT = serializers.DateTimeField()


def _devices(viewer: Any) -> Any:
    """The tags of what the ticket is about: a fact of the ticket, shown with it."""
    about = TicketDevice.objects.of_ticket(OuterRef("pk"))
    return ArraySubquery(about.order_by("device__asset_tag").values("device__asset_tag"))


def _about_device(viewer: Any, lookup: str, tag: str) -> Q:
    return Q(ticket_devices__device__in=Device.objects.with_tag(tag).values("pk"))


def _person(path: str, *, help_text: str = "", allow_null: bool = True) -> Field:
    return Field(serializers.UUIDField(allow_null=allow_null, help_text=help_text), Part(path, "id"), (path,))


@extend_schema_field(
    {"oneOf": [{"type": "string", "format": "uuid"}, {"type": "string", "enum": ["me"]}], "nullable": True}
)
class MeOrId(serializers.UUIDField):
    """A person's id, or "me"."""

    def to_internal_value(self, data: Any) -> Any:
        return data if data == "me" else super().to_internal_value(data)


def _assigned_to(viewer: Any, lookup: str, key: UUID | str) -> Q:
    if key == "me":
        return Q(assignee=viewer)
    return person_filter("assignee").condition(viewer, lookup, key)


_PEOPLE = ("requester", "affected", "assignee")

TICKETS = domain("tickets", _("Tickets"))

TICKET = Resource(
    name="tickets",
    title="Ticket",
    domain=TICKETS,
    key="number",
    rows=lambda viewer: Ticket.objects.visible_to(viewer),
    fields={
        "number": Field(serializers.IntegerField(), "number"),
        "subject": Field(serializers.CharField(), "subject"),
        "description": Field(serializers.CharField(allow_blank=True), "description"),
        "status": Field(serializers.ChoiceField(TicketStatus.choices), "status"),
        "priority": Field(serializers.ChoiceField(Priority.choices), "priority"),
        "issue_type": Field(serializers.CharField(allow_null=True, help_text="Stable name."), "issue_type__slug"),
        "school": Field(serializers.CharField(help_text="School code."), "school__code"),
        "room": Field(serializers.CharField(allow_null=True, help_text="LIN/104"), room_name("room")),
        "devices": Field(serializers.ListField(child=serializers.CharField(), help_text="Asset tags."), _devices),
        "requester": _person("requester", help_text="A person's id."),
        "affected": _person("affected", help_text="For whom, when not the requester."),
        "assignee": _person("assignee", help_text="Who works on it."),
        "team": Field(serializers.CharField(allow_null=True), "team__slug"),
        "resolution": Field(serializers.CharField(allow_blank=True), "resolution"),
        "created_at": Field(serializers.DateTimeField(), "created_at"),
        "updated_at": Field(serializers.DateTimeField(), "updated_at"),
        "due_at": Field(serializers.DateTimeField(allow_null=True), "due_at"),
        "resolved_at": Field(serializers.DateTimeField(allow_null=True), "resolved_at"),
        "closed_at": Field(serializers.DateTimeField(allow_null=True), "closed_at"),
    },
    filters={
        "status": Filter(serializers.ChoiceField(TicketStatus.choices), "status"),
        "priority": Filter(serializers.ChoiceField(Priority.choices), "priority"),
        "issue_type": Filter(serializers.SlugField(), "issue_type__slug"),
        "team": Filter(serializers.SlugField(), "team__slug"),
        "school": school_filter(),
        "room": room_filter("room"),
        "device": Filter(serializers.CharField(help_text="Asset tag."), _about_device, ("exact",)),
        "requester": person_filter("requester"),
        "affected": person_filter("affected"),
        "assignee": Filter(MeOrId(help_text="A person's id, or me."), _assigned_to, ("exact", "in")),
        "created_at": Filter(MOMENT, "created_at", SINCE),
        "updated_at": Filter(MOMENT, "updated_at", SINCE),
        "due_at": Filter(MOMENT, "due_at", (*SINCE, "isnull")),
    },
    search=lambda rows, viewer, text: rows.search(text),  # type: ignore[attr-defined]
    orderings={"number": ("number", "pk"), "updated_at": ("updated_at", "pk")},
    default_ordering="-number",
    students={path: Part(path, "student") for path in _PEOPLE},
    parts={path: person_part(path) for path in _PEOPLE},
    disclose=disclose,
)

MESSAGE = Resource(
    name="messages",
    title="Message",
    domain=TICKETS,
    rows=lambda viewer: Message.objects.visible_to(viewer),
    fields={
        "id": Field(serializers.UUIDField(), "key"),
        "author": _person("author", help_text="A person's id."),
        "body": Field(serializers.CharField(), "body"),
        "internal": Field(serializers.BooleanField(help_text="The requester never sees it."), "is_internal"),
        "created_at": Field(serializers.DateTimeField(), "created_at"),
    },
    # Ids are given in the order in which messages are written.
    orderings={"created_at": ("pk",)},
    default_ordering="created_at",
    students={"author": Part("author", "student")},
    parts={"author": person_part("author")},
    disclose=disclose,
    versioned=False,
)

follow(TICKET)

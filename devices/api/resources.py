"""What the API tells of devices and custodies: one declared field list each."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import Case, F, Q, TextField, Value, When
from django.db.models.functions import JSONObject, Trim
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from devices.choices import Condition, DeviceStatus, HolderType
from devices.models import Custody, Device
from techdesk.api.domains import domain
from techdesk.api.expressions import Prepared, Text, blank_as_null, joined, reference
from techdesk.api.resources import Field, Filter, Part, Resource, follow
from techdesk.audit.actions import disclose
from techdesk.base.policy import reaches_all
from techdesk.directory.choices import PersonKind
from techdesk.directory.models import Person
from techdesk.directory.queries.references import (
    nameable_people,
    names_everybody,
    person_part,
    room_filter,
    room_name,
    school_filter,
)

SINCE = ("gte", "gt", "lte", "lt")
YES_NO = serializers.BooleanField()
MOMENT = serializers.DateTimeField()
DAY = serializers.DateField()

#: A custody's holder by its public name: a person's id, a room's name, a cart's tag.
_ROOM = joined(reference(Custody, "room__school__code"), Value("/"), reference(Custody, "room__code"))
_CART = reference(Custody, "cart__asset_tag")
HOLDER = Case(
    When(holder_type=HolderType.PERSON, then=Text(F("person__key"))),
    When(holder_type=HolderType.ROOM, then=_ROOM),
    default=_CART,
    output_field=TextField(),
)
#: The same for a person who reads.
HOLDER_NAME = Case(
    When(
        holder_type=HolderType.PERSON,
        then=Trim(joined(F("person__given_name"), Value(" "), F("person__family_name"))),
    ),
    When(holder_type=HolderType.ROOM, then=_ROOM),
    default=_CART,
    output_field=TextField(),
)
_HELD = JSONObject(
    holder=HOLDER,
    holder_type="holder_type",
    holder_name=HOLDER_NAME,
    due_on="due_on",
    student=Case(When(person__kind=PersonKind.STUDENT, then=F("person_id"))),
)
#: Somebody has it, and until when; who it is stays with those who may know.
_NOBODY = Value(None, output_field=TextField())
_HELD_BY_SOMEBODY = JSONObject(
    holder=_NOBODY, holder_type="holder_type", holder_name=_NOBODY, due_on="due_on", student=_NOBODY
)


def _prepared(custodies: Any, facts: Any) -> Prepared:
    return Prepared(custodies.values(one=F("device_id"), facts=facts))


@functools.cache
def _held_for_all() -> Prepared:
    return _prepared(Custody.objects.open(), _HELD)


def _held(viewer: Any) -> Any:
    """What is told of the open custody of a device, if the viewer may see that custody; else null.

    Seeing a custody is not seeing the student: an aide at the desk reads that somebody has the device, and until when.
    """
    if not names_everybody(viewer):
        unnamed = Q(holder_type=HolderType.PERSON) & ~Q(nameable_people(viewer).has(F("person_id")))
        masked = Case(When(unnamed, then=_HELD_BY_SOMEBODY), default=_HELD)
        return _prepared(Custody.objects.open().visible_to(viewer), masked).facts(F("pk"))
    if not reaches_all(viewer, "devices.view_custody", Custody):
        return _prepared(Custody.objects.open().visible_to(viewer), _HELD).facts(F("pk"))
    return _held_for_all().facts(F("pk"))


def _has_holder(viewer: Any, lookup: str, key: UUID) -> Q:
    named = Person.objects.nameable_to(viewer).with_key(key)
    held = Custody.objects.open().visible_to(viewer).of_people(named)
    return Q(pk__in=held.values("device_id"))


def _due(viewer: Any, lookup: str, day: dt.date) -> Q:
    held = Custody.objects.open().visible_to(viewer).due(lookup, day)
    return Q(pk__in=held.values("device_id"))


def _tagged(path: str) -> Callable[[Any, str, str], Q]:
    """A device named by its asset tag, without regard to case."""
    return lambda viewer, lookup, tag: Q(**{f"{path}__in": Device.objects.with_tag(tag).values("pk")})


DEVICES = domain("devices", _("Devices, and who has them"))

DEVICE = Resource(
    name="devices",
    title="Device",
    domain=DEVICES,
    key="asset_tag",
    rows=lambda viewer: Device.objects.visible_to(viewer),
    fields={
        "asset_tag": Field(serializers.CharField(), "asset_tag"),
        "serial": Field(serializers.CharField(allow_blank=True), "serial"),
        "manufacturer": Field(serializers.CharField(), "manufacturer__name"),
        "model": Field(serializers.CharField(), "model__name"),
        "category": Field(serializers.CharField(help_text="Stable name, such as chromebook."), "category__slug"),
        "status": Field(serializers.ChoiceField(DeviceStatus.choices), "status"),
        "condition": Field(serializers.ChoiceField(Condition.choices), "condition"),
        "school": Field(serializers.CharField(help_text="School code."), "school__code"),
        "room": Field(serializers.CharField(allow_null=True, help_text="Its home, LIN/104."), room_name("home_room")),
        "cart": Field(serializers.CharField(allow_null=True, help_text="Its home: a cart."), "home_cart__asset_tag"),
        "slot": Field(serializers.IntegerField(allow_null=True, help_text="Its place in that home."), "home_slot"),
        "holder": Field(
            serializers.CharField(
                allow_null=True,
                help_text="Who has it now: a person's id, a room's name or a cart's tag, as holder_type says; null"
                " when nobody has it or it is not yours to see.",
            ),
            Part("held", "holder"),
            ("holder",),
        ),
        "holder_type": Field(serializers.ChoiceField(HolderType.choices, allow_null=True), Part("held", "holder_type")),
        "holder_name": Field(serializers.CharField(allow_null=True), Part("held", "holder_name"), ("holder",)),
        "due_on": Field(serializers.DateField(allow_null=True), Part("held", "due_on")),
        "assigned_to": Field(
            serializers.UUIDField(allow_null=True, help_text="The person it is meant for this year."),
            Part("assigned", "id"),
            ("assigned_to",),
        ),
        "is_loaner": Field(serializers.BooleanField(), "is_loaner"),
        "tag_is_provisional": Field(
            serializers.BooleanField(help_text="It has no tag of its own: the serial stands in."), "tag_is_provisional"
        ),
        "slot_count": Field(serializers.IntegerField(help_text="Carts: how many slots; others: 0."), "slot_count"),
        "os_name": Field(serializers.CharField(allow_blank=True), "os_name"),
        "os_version": Field(serializers.CharField(allow_blank=True), "os_version"),
        "last_seen_at": Field(serializers.DateTimeField(allow_null=True), "last_seen_at"),
        "auto_update_through": Field(serializers.DateField(allow_null=True), "auto_update_through"),
        "purchased_on": Field(serializers.DateField(allow_null=True), "purchased_on"),
        "warranty_until": Field(serializers.DateField(allow_null=True), "warranty_until"),
        "created_at": Field(serializers.DateTimeField(), "created_at"),
        "updated_at": Field(serializers.DateTimeField(), "updated_at"),
    },
    filters={
        "asset_tag": Filter(
            serializers.CharField(), lambda viewer, lookup, tag: Q(pk__in=Device.objects.with_tag(tag).values("pk"))
        ),
        "serial": Filter(serializers.CharField(), lambda viewer, lookup, serial: Q(serial__iexact=serial)),
        "manufacturer": Filter(
            serializers.CharField(), lambda viewer, lookup, name: Q(manufacturer__name__iexact=name)
        ),
        "model": Filter(serializers.CharField(), lambda viewer, lookup, name: Q(model__name__iexact=name)),
        "category": Filter(serializers.SlugField(), "category__slug"),
        "status": Filter(serializers.ChoiceField(DeviceStatus.choices), "status"),
        "condition": Filter(serializers.ChoiceField(Condition.choices), "condition"),
        "school": school_filter(),
        "room": room_filter("home_room"),
        "cart": Filter(serializers.CharField(), _tagged("home_cart")),
        "holder": Filter(serializers.UUIDField(help_text="A person's id."), _has_holder),
        "due_on": Filter(DAY, _due, ("exact", *SINCE)),
        "is_loaner": Filter(YES_NO, "is_loaner", ("exact",)),
        "last_seen_at": Filter(MOMENT, "last_seen_at", (*SINCE, "isnull")),
        "auto_update_through": Filter(DAY, "auto_update_through", (*SINCE, "isnull")),
        "created_at": Filter(MOMENT, "created_at", SINCE),
        "updated_at": Filter(MOMENT, "updated_at", SINCE),
    },
    search=lambda rows, viewer, text: rows.search(text, seen_by=viewer),  # type: ignore[attr-defined]
    orderings={"asset_tag": ("asset_tag", "pk"), "updated_at": ("updated_at", "pk")},
    default_ordering="asset_tag",
    students={"holder": Part("held", "student"), "assigned_to": Part("assigned", "student")},
    parts={"held": _held, "assigned": person_part("assigned_to")},
    disclose=disclose,
)

CUSTODY = Resource(
    name="custodies",
    title="Custody",
    domain=DEVICES,
    rows=lambda viewer: Custody.objects.visible_to(viewer),
    fields={
        "id": Field(serializers.UUIDField(), "key"),
        "device": Field(serializers.CharField(help_text="Asset tag."), "device__asset_tag"),
        "holder_type": Field(serializers.ChoiceField(HolderType.choices), "holder_type"),
        "person": Field(serializers.UUIDField(allow_null=True), Part("person", "id"), ("person",)),
        "room": Field(serializers.CharField(allow_null=True), room_name("room")),
        "cart": Field(serializers.CharField(allow_null=True, help_text="Asset tag."), "cart__asset_tag"),
        "slot": Field(serializers.IntegerField(allow_null=True), "slot"),
        "out_at": Field(serializers.DateTimeField(), "out_at"),
        "due_on": Field(serializers.DateField(allow_null=True), "due_on"),
        "in_at": Field(serializers.DateTimeField(allow_null=True), "in_at"),
        "condition_out": Field(
            serializers.ChoiceField(Condition.choices, allow_null=True), lambda viewer: blank_as_null("condition_out")
        ),
        "condition_in": Field(
            serializers.ChoiceField(Condition.choices, allow_null=True), lambda viewer: blank_as_null("condition_in")
        ),
    },
    # Ids are given in the order in which custodies open.
    orderings={"out_at": ("pk",)},
    default_ordering="-out_at",
    students={"person": Part("person", "student")},
    parts={"person": person_part("person")},
    disclose=disclose,
    versioned=False,
)

follow(DEVICE)

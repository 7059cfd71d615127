"""What the API tells of schools, rooms and people: one declared field list each."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, CharField, F, OuterRef, Q, Value, When
from django.db.models.functions import NullIf, Trim
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from techdesk.api.domains import domain
from techdesk.api.expressions import joined
from techdesk.api.resources import Field, Filter, Resource, follow
from techdesk.audit.actions import disclose
from techdesk.base.policy import ROLES
from techdesk.directory.choices import PersonKind, RoomKind
from techdesk.directory.models import Person, RoleAssignment, Room, School
from techdesk.directory.queries.references import school_filter

SINCE = ("gte", "gt", "lte", "lt")
YES_NO = serializers.BooleanField()
MOMENT = serializers.DateTimeField()

SCHOOLS = domain("schools", _("Schools and rooms"))
PEOPLE = domain("people", _("People"))

SCHOOL = Resource(
    name="schools",
    title="School",
    domain=SCHOOLS,
    key="code",
    rows=lambda viewer: School.objects.visible_to(viewer),
    fields={
        "code": Field(serializers.CharField(), "code"),
        "name": Field(serializers.CharField(), "name"),
        "time_zone": Field(serializers.CharField(help_text="Such as America/Chicago."), "time_zone"),
        "active": Field(serializers.BooleanField(), "is_active"),
        "updated_at": Field(serializers.DateTimeField(), "updated_at"),
    },
    filters={
        "code": Filter(serializers.CharField(), lambda viewer, lookup, code: Q(code__iexact=code)),
        "active": Filter(YES_NO, "is_active", ("exact",)),
        "updated_at": Filter(MOMENT, "updated_at", SINCE),
    },
    search=lambda rows, viewer, text: rows.search(text),  # type: ignore[attr-defined]
    orderings={"code": ("code", "pk"), "name": ("name", "pk")},
    default_ordering="code",
)

ROOM = Resource(
    name="rooms",
    title="Room",
    domain=SCHOOLS,
    key="room",
    rows=lambda viewer: Room.objects.visible_to(viewer),
    fields={
        "room": Field(
            serializers.CharField(help_text="How other records name it: LIN/104."),
            lambda viewer: joined(F("school__code"), Value("/"), F("code")),
        ),
        "school": Field(serializers.CharField(), "school__code"),
        "code": Field(serializers.CharField(), "code"),
        "name": Field(serializers.CharField(allow_blank=True), "name"),
        "kind": Field(serializers.ChoiceField(RoomKind.choices), "kind"),
        "building": Field(serializers.CharField(allow_blank=True), "building"),
        "floor": Field(serializers.CharField(allow_blank=True), "floor"),
        "sign_code": Field(serializers.CharField(help_text="On the sign at its door."), "sign_code"),
        "active": Field(serializers.BooleanField(), "is_active"),
        "updated_at": Field(serializers.DateTimeField(), "updated_at"),
    },
    filters={
        "school": school_filter(),
        "code": Filter(serializers.CharField(), lambda viewer, lookup, code: Q(code__iexact=code)),
        "kind": Filter(serializers.ChoiceField(RoomKind.choices), "kind"),
        "active": Filter(YES_NO, "is_active", ("exact",)),
        "updated_at": Filter(MOMENT, "updated_at", SINCE),
    },
    search=lambda rows, viewer, text: rows.search(text),  # type: ignore[attr-defined]
    orderings={"code": ("code", "pk"), "room": ("school__code", "code", "pk")},
    default_ordering="room",
)


def _identifier(viewer: Any) -> Any:
    readable = Person.objects.permitted(viewer, "directory.view_identifier").values("pk")
    return NullIf(
        Case(When(pk__in=readable, then=F("identifier")), default=Value("")), Value("", output_field=CharField())
    )


def _has_identifier(viewer: Any, lookup: str, value: str) -> Q:
    readable = Person.objects.permitted(viewer, "directory.view_identifier").values("pk")
    return Q(identifier__iexact=value, pk__in=readable)


def _roles(viewer: Any) -> Any:
    held = RoleAssignment.objects.in_force().of(OuterRef("pk")).at_schools_seen_by(viewer)
    return ArraySubquery(held.order_by("role").values("role").distinct())


def _schools(viewer: Any) -> Any:
    held = RoleAssignment.objects.in_force().of(OuterRef("pk")).at_schools_seen_by(viewer).at_a_school()
    return ArraySubquery(held.order_by("school__code").values("school__code").distinct())


def _has_role(viewer: Any, lookup: str, role: str) -> Q:
    held = RoleAssignment.objects.in_force().at_schools_seen_by(viewer).with_role(role)
    return Q(pk__in=held.values("person_id"))


def _at_school(viewer: Any, lookup: str, code: str) -> Q:
    held = RoleAssignment.objects.in_force().at_schools_seen_by(viewer).at_school_with_code(code)
    return Q(pk__in=held.values("person_id"))


def _student(viewer: Any) -> Any:
    return Case(When(kind=PersonKind.STUDENT, then=F("pk")))


_SELF = ("self",)

PERSON = Resource(
    name="people",
    title="Person",
    domain=PEOPLE,
    key="id",
    rows=lambda viewer: Person.objects.visible_to(viewer),
    fields={
        "id": Field(serializers.UUIDField(), "key", _SELF),
        "name": Field(
            serializers.CharField(), lambda viewer: Trim(joined(F("given_name"), Value(" "), F("family_name"))), _SELF
        ),
        "given_name": Field(serializers.CharField(allow_blank=True), "given_name", _SELF),
        "family_name": Field(serializers.CharField(allow_blank=True), "family_name", _SELF),
        "email": Field(serializers.EmailField(allow_null=True), "email", _SELF),
        "roles": Field(
            serializers.ListField(child=serializers.CharField(), help_text="At schools you see, or district-wide."),
            _roles,
            _SELF,
        ),
        "schools": Field(
            serializers.ListField(child=serializers.CharField(), help_text="Codes of schools you see."),
            _schools,
            _SELF,
        ),
        "identifier": Field(
            serializers.CharField(allow_null=True, help_text="Card number; null when it is not yours to read."),
            _identifier,
            _SELF,
        ),
        "kind": Field(serializers.ChoiceField(PersonKind.choices), "kind", _SELF),
        "grade": Field(serializers.CharField(allow_blank=True), "grade", _SELF),
        "active": Field(serializers.BooleanField(), "is_active", _SELF),
        "updated_at": Field(serializers.DateTimeField(), "updated_at", _SELF),
    },
    filters={
        "school": Filter(serializers.CharField(help_text="School code."), _at_school),
        "role": Filter(serializers.ChoiceField([(slug, slug) for slug in ROLES]), _has_role),
        "kind": Filter(serializers.ChoiceField(PersonKind.choices), "kind"),
        "email": Filter(serializers.CharField(), lambda viewer, lookup, email: Q(email__iexact=email)),
        "identifier": Filter(serializers.CharField(), _has_identifier),
        "active": Filter(YES_NO, "is_active", ("exact",)),
        "updated_at": Filter(MOMENT, "updated_at", SINCE),
    },
    search=lambda rows, viewer, text: rows.search_as(viewer, text),  # type: ignore[attr-defined]
    orderings={"name": ("sort_name", "pk")},
    default_ordering="name",
    students={"self": _student},
    disclose=disclose,
)

follow(SCHOOL, ROOM, PERSON)

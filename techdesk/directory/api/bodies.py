"""What schools, rooms and people take."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from techdesk.api.bodies import Body
from techdesk.directory.choices import PersonKind, RoomKind

#: Whom a person adds: guardians come with a list, service people with the house.
ADDED_KINDS = [(kind.value, kind.label) for kind in (PersonKind.STUDENT, PersonKind.STAFF)]


class SchoolBody(Body):
    """What may change of a school. What is left out stays as it is."""

    name = serializers.CharField(required=False, max_length=200)
    time_zone = serializers.CharField(required=False, max_length=60, help_text=_("Such as America/Chicago."))
    active = serializers.BooleanField(required=False, help_text=_("False: the school is closed."))


class NewSchoolBody(Body):
    """A school that is not there yet."""

    code = serializers.CharField(max_length=40, help_text=_("Its name in every address and import. It never changes."))
    name = serializers.CharField(max_length=200)
    time_zone = serializers.CharField(
        required=False, max_length=60, help_text=_("Such as America/Chicago; without it that of the district.")
    )


class RoomBody(Body):
    """What may change of a room. What is left out stays as it is."""

    code = serializers.CharField(
        required=False, max_length=40, help_text=_("With another code the room has another address.")
    )
    name = serializers.CharField(required=False, allow_blank=True, max_length=200)
    kind = serializers.ChoiceField(RoomKind.choices, required=False)
    building = serializers.CharField(required=False, allow_blank=True, max_length=80)
    floor = serializers.CharField(required=False, allow_blank=True, max_length=20)
    active = serializers.BooleanField(required=False, help_text=_("False: it is offered nowhere any more."))


class NewRoomBody(Body):
    """A room that is not there yet."""

    school = serializers.CharField(help_text=_("School code."))
    code = serializers.CharField(max_length=40)
    name = serializers.CharField(required=False, allow_blank=True, max_length=200)
    kind = serializers.ChoiceField(RoomKind.choices, required=False)
    building = serializers.CharField(required=False, allow_blank=True, max_length=80)
    floor = serializers.CharField(required=False, allow_blank=True, max_length=20)


class PersonBody(Body):
    """What may change of a person, as far as it is not the roster's word. What is left out stays as it is."""

    given_name = serializers.CharField(required=False, max_length=100)
    family_name = serializers.CharField(required=False, max_length=100)
    email = serializers.EmailField(required=False, allow_null=True)
    identifier = serializers.CharField(
        required=False, allow_blank=True, max_length=60, help_text=_("The number on the card.")
    )
    grade = serializers.CharField(required=False, allow_blank=True, max_length=10, help_text=_("Of a student."))


class NewPersonBody(Body):
    """Somebody whom the roster does not list yet. It takes the record over when it does."""

    school = serializers.CharField(help_text=_("School code."))
    kind = serializers.ChoiceField(ADDED_KINDS)
    given_name = serializers.CharField(max_length=100)
    family_name = serializers.CharField(max_length=100)
    grade = serializers.CharField(
        required=False, allow_blank=True, max_length=10, help_text=_("Of a student, as the roster will write it.")
    )
    identifier = serializers.CharField(
        required=False, allow_blank=True, max_length=60, help_text=_("The number on the card, when it is known.")
    )
    email = serializers.EmailField(required=False, allow_null=True)
    is_new = serializers.BooleanField(
        required=False, help_text=_("True: it is nobody of those who have this name or number already.")
    )

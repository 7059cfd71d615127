"""Plain lists of people and rooms, as the imports page and the command know them."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from techdesk.directory.imports.plain.delivery import open_plain
from techdesk.directory.imports.plain.fields import MAPPER
from techdesk.directory.imports.plain.guardians import GuardianshipsPart, GuardiansPart
from techdesk.directory.imports.plain.homerooms import HomeroomsPart, MembersPart
from techdesk.directory.imports.plain.people import PeoplePart
from techdesk.directory.imports.plain.rooms import RoomsPart
from techdesk.jobs.hooks import ImportKind

WHO = (("student", _("Students")), ("teacher", _("Teachers")), ("staff", _("Other staff")))


def _options() -> Mapping[str, forms.Field]:
    return {
        "who": forms.ChoiceField(
            label=_("Who is in the file"),
            required=False,
            choices=[("", _("The file says it (role or grade)")), *WHO],
        ),
        "everybody": forms.BooleanField(
            label=_("This file has everybody of this school"),
            required=False,
            help_text=_("Then those whom earlier files brought, and who are missing now, are switched off."),
        ),
    }


PLAIN_PEOPLE = ImportKind(
    slug="plain_people",
    label=_("People and rooms from a list"),
    hint=_("Students, staff, guardians, homerooms or rooms: CSV or Excel from your office, columns in any order."),
    action="directory.import_people",
    service="roster",
    accept=".csv,.xlsx,.txt,.tsv",
    needs_school=True,
    parts=(RoomsPart(), PeoplePart(), GuardiansPart(), GuardianshipsPart(), HomeroomsPart(), MembersPart()),
    open=open_plain,
    mapper=MAPPER,
    option_fields=_options,
)

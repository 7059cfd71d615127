"""OneRoster as the imports page and the command know it."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from techdesk.directory.actions.invite_imported import invite_after_import
from techdesk.directory.imports.oneroster.delivery import open_roster
from techdesk.directory.imports.oneroster.enrolments import EnrolmentsPart
from techdesk.directory.imports.oneroster.orgs import OrgsPart
from techdesk.directory.imports.oneroster.people import PeoplePart
from techdesk.directory.imports.oneroster.rooms import RoomsPart
from techdesk.directory.imports.oneroster.sections import SectionsPart
from techdesk.directory.imports.oneroster.sessions import SessionsPart
from techdesk.jobs.hooks import ImportKind


def roster_options() -> dict[str, forms.Field]:
    """What the upload form asks beside the files."""
    words = _("Invite new staff by e-mail")
    hint = _("Who is new and has an email address gets a link to choose a password, once the import is applied.")
    return {"invite": forms.BooleanField(label=words, help_text=hint, required=False, initial=bool(settings.EMAIL_URL))}


ONEROSTER = ImportKind(
    slug="oneroster",
    label=_("OneRoster"),
    hint=_(
        "Schools, people, classes and who is in them: the zip of your student information system, or its CSV files."
    ),
    action="directory.import_roster",
    service="roster",
    accept=".zip,.csv",
    needs_school=False,
    parts=(OrgsPart(), SessionsPart(), PeoplePart(), RoomsPart(), SectionsPart(), EnrolmentsPart()),
    open=open_roster,
    option_fields=roster_options,
    after_apply=invite_after_import,
    may_be_empty=True,
)

"""OneRoster as the imports page and the command know it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from techdesk.directory.imports.oneroster.delivery import open_roster
from techdesk.directory.imports.oneroster.enrolments import EnrolmentsPart
from techdesk.directory.imports.oneroster.orgs import OrgsPart
from techdesk.directory.imports.oneroster.people import PeoplePart
from techdesk.directory.imports.oneroster.rooms import RoomsPart
from techdesk.directory.imports.oneroster.sections import SectionsPart
from techdesk.directory.imports.oneroster.sessions import SessionsPart
from techdesk.jobs.hooks import ImportKind

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
)

"""Whom an import brought, and who of them was invited."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from techdesk.directory.choices import PersonKind
from techdesk.directory.models import Invitation, Person
from techdesk.directory.querysets import PersonQuerySet
from techdesk.jobs.choices import Verdict
from techdesk.jobs.hooks import find_kind
from techdesk.jobs.models import ImportRow, ImportRun


def staff_brought_by(run: ImportRun) -> PersonQuerySet:
    """The members of staff whom an import created."""
    parts = [part.name for part in find_kind(run.kind).parts if "directory_person" in part.tables]
    rows = ImportRow.objects.of_run(run).with_verdict(Verdict.CREATE).filter(part__in=parts, applied=True)
    found: PersonQuerySet = Person.objects.of_kind(PersonKind.STAFF).filter(pk__in=rows.values("target_id"))
    return found


def waiting_for_invitation(run: ImportRun) -> PersonQuerySet:
    """Of those, who could be invited and never was."""
    ever = Invitation.objects.filter(person=OuterRef("pk"))
    return staff_brought_by(run).to_invite().filter(~Exists(ever))


def invited_after(run: ImportRun) -> int:
    """How many of those an import brought have been invited since."""
    ever = Invitation.objects.filter(person=OuterRef("pk"))
    return staff_brought_by(run).filter(Exists(ever)).count()

"""Named reads of jobs, runs and imports."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db.models import F, Q, QuerySet

from techdesk.base.policy import VisibleQuerySet

if TYPE_CHECKING:
    from techdesk.jobs.models import ColumnMapping, ImportRow, ImportRun, ImportTouch, Job, JobRun, StoredFile  # noqa: F401


class JobQuerySet(QuerySet["Job"]):
    def due(self, moment: dt.datetime) -> JobQuerySet:
        """Waiting jobs whose time has come and that no living worker holds, oldest first."""
        return self.filter(
            Q(lease_until__isnull=True) | Q(lease_until__lt=moment), state="waiting", available_at__lte=moment
        ).order_by("available_at", "id")


class JobRunQuerySet(VisibleQuerySet["JobRun"]):
    view_action = "jobs.view_run"


class ImportRunQuerySet(VisibleQuerySet["ImportRun"]):
    view_action = "jobs.view_import"

    def for_list(self) -> ImportRunQuerySet:
        return self.select_related("owner", "school")


class ImportRowQuerySet(QuerySet["ImportRow"]):
    def of_run(self, run: ImportRun) -> ImportRowQuerySet:
        return self.filter(run=run)

    def but_unchanged(self) -> ImportRowQuerySet:
        """What a person has to look at. Named, not excluded: so the index by verdict serves."""
        return self.filter(verdict__in=["create", "update", "deactivate", "refuse"])

    def with_verdict(self, verdict: str) -> ImportRowQuerySet:
        return self.filter(verdict=verdict)

    def of_part(self, part: str) -> ImportRowQuerySet:
        return self.filter(part=part)

    def left_by_undo(self) -> ImportRowQuerySet:
        """What an undo left as it is, in the order of the files."""
        return self.filter(undone="refused").order_by("id")

    def what_became(self, undone: str) -> ImportRowQuerySet:
        return self.filter(undone=undone)

    def refused(self) -> ImportRowQuerySet:
        """What could not be used, in the order of the files."""
        return self.filter(verdict="refuse").order_by("id")


class ColumnMappingQuerySet(QuerySet["ColumnMapping"]):
    def remembered(self, kind: str, school_id: int | None) -> ColumnMappingQuerySet:
        """What is remembered for imports of `kind` at a school: its own, and what holds for the whole district. The
        school's own come last, so that they win in a dict."""
        found = self.filter(Q(school_id=school_id) | Q(school__isnull=True), kind=kind)
        return found.order_by(F("school_id").asc(nulls_first=True), "id")


class ImportTouchQuerySet(QuerySet["ImportTouch"]):
    def of_run(self, run: ImportRun) -> ImportTouchQuerySet:
        return self.filter(run=run)

    def waiting(self) -> ImportTouchQuerySet:
        """What was not looked at yet by an undo, the last one first."""
        return self.filter(verdict="").order_by("-id")


class StoredFileQuerySet(VisibleQuerySet["StoredFile"]):
    view_action = "jobs.view_file"

    def uploaded_by(self, person: Any) -> StoredFileQuerySet:
        return self.filter(uploaded_by=person)

    def with_key(self, key: Any) -> StoredFile | None:
        return self.filter(key=key).first()

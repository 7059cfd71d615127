"""Rows that make work certain: the job outbox, visible runs, imports with a verdict per row, stored files."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from techdesk.base.clock import now
from techdesk.base.models import Aggregate, Keyed
from techdesk.jobs.choices import WRITES, ImportState, JobState, RunState, ShownImport, Undone, Verdict
from techdesk.jobs.querysets import (
    ColumnMappingQuerySet,
    ImportRowQuerySet,
    ImportRunQuerySet,
    ImportTouchQuerySet,
    JobQuerySet,
    JobRunQuerySet,
    StoredFileQuerySet,
)


class Job(models.Model):
    """Work that a committed change asked for. Redis only rings the bell; this row is the promise."""

    kind = models.CharField(max_length=60)
    payload = models.JSONField(default=dict)
    key = models.CharField(max_length=200, null=True, unique=True)
    state = models.CharField(max_length=10, choices=JobState, default=JobState.WAITING)
    available_at = models.DateTimeField(default=now)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)
    done_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index("available_at", "id", name="jobs_job_due", condition=Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class JobRun(Keyed):
    """Long work that somebody waits for, with progress they can watch."""

    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=RunState, default=RunState.QUEUED)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    message = models.TextField(blank=True)
    result = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True)

    objects = JobRunQuerySet.as_manager()

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("jobs:run", args=[self.key])

    @property
    def run_state(self) -> RunState:
        return RunState(self.state)


class ImportRun(Keyed, Aggregate):
    """One import: where it came from, what each row would do, and what it did."""

    resource: ClassVar[str] = "imports"

    kind = models.CharField(max_length=40)  # the adapter: "oneroster", "google_devices"
    source = models.CharField(max_length=120)  # whose data it is: "missing" is judged within one source
    title = models.CharField(max_length=200)
    school = models.ForeignKey("directory.School", on_delete=models.PROTECT, null=True, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    job_run = models.OneToOneField(JobRun, on_delete=models.PROTECT, null=True, related_name="import_run")
    files = models.JSONField(default=list)  # [{"name", "size", "sha256"}]
    options = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.READING)
    summary = models.JSONField(default=dict)
    applied_at = models.DateTimeField(null=True)

    objects = ImportRunQuerySet.as_manager()

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("jobs:import", args=[self.key])

    @property
    def has_work(self) -> bool:
        """Does the preview show anything that applying would change?"""
        return any(counts.get(verdict, 0) for counts in self.summary.get("planned", {}).values() for verdict in WRITES)

    @property
    def import_state(self) -> ImportState | ShownImport:
        """The state as people are told it."""
        if self.state == ImportState.STAGED and not self.has_work:
            return ShownImport.NOTHING
        return ImportState(self.state)


class ImportRow(models.Model):
    """The verdict on one row of one file: what it says (`data`), what was there (`before`), what becomes of it."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows")
    part = models.CharField(max_length=40)  # the kind of thing: "users", "devices"
    file = models.CharField(max_length=200)
    number = models.PositiveIntegerField()  # line of the file, the heading being 1
    key = models.CharField(max_length=200, blank=True)  # sourcedId, serial …
    verdict = models.CharField(max_length=10, choices=Verdict)
    code = models.CharField(max_length=60, blank=True)
    message = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    target_id = models.BigIntegerField(null=True)
    applied = models.BooleanField(default=False)
    undone = models.CharField(max_length=10, choices=Undone, blank=True, default="")

    objects = ImportRowQuerySet.as_manager()

    class Meta:
        indexes = [models.Index("run", "verdict", "id", name="jobs_importrow_verdict")]

    def __str__(self) -> str:
        return f"{self.file}:{self.number} {self.verdict}"

    @property
    def row_verdict(self) -> Verdict:
        return Verdict(self.verdict)


class ImportTouch(models.Model):
    """One row of one table that an import wrote, as it was and as it became. Filled by triggers of PostgreSQL, and
    read backwards when the import is undone; see `techdesk.jobs.imports.touches`."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="touches", db_index=False)
    table = models.CharField(max_length=63)
    object_id = models.BigIntegerField()
    before = models.JSONField(null=True)  # None: the import made it
    after = models.JSONField(null=True)  # None: the import took it away
    batch = models.BigIntegerField()  # the transaction: what was written together is taken back together
    verdict = models.CharField(max_length=10, choices=Undone, blank=True, default="")  # "": still to be undone
    code = models.CharField(max_length=60, blank=True, default="")
    left_version = models.PositiveIntegerField(null=True)  # at which an undo of what came later left it as it became

    objects = ImportTouchQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index("run", "id", name="jobs_touch_waiting", condition=Q(verdict="")),
            models.Index("object_id", "table", name="jobs_touch_object", condition=Q(verdict="")),
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.object_id}"


class ColumnMapping(models.Model):
    """What the columns of a sort of file mean, as somebody once said: remembered by its headings, so that the next
    file of the same system is read without asking.

    headings: as the file spelt them, for people. mapping: `column_keys` of the headings -> name of a field of the
    kind, "" for a column that is left aside.
    """

    kind = models.CharField(max_length=40)
    signature = models.CharField(max_length=64)  # SHA-256 of the sorted column keys
    headings = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    school = models.ForeignKey("directory.School", on_delete=models.PROTECT, null=True, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=now)
    last_used_at = models.DateTimeField(default=now)

    objects = ColumnMappingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "signature", "school"], nulls_distinct=False, name="jobs_columnmapping_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.signature[:8]}"


class StoredFile(Keyed):
    """A file on disk under a random name. The row is written last, so a row always has its file."""

    path = models.CharField(max_length=200, unique=True)
    original_name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=now)

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(size__gt=0), name="jobs_storedfile_not_empty")]

    def __str__(self) -> str:
        return self.original_name

    def get_absolute_url(self) -> str:
        return reverse("jobs:file", args=[self.key])

    @property
    def is_picture(self) -> bool:
        """Was it drawn anew by store_picture? Only then its sides are known, and a browser may show it."""
        return self.width is not None and self.content_type.startswith("image/")

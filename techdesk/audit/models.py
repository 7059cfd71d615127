"""The memory of the house. Nothing here is ever changed, save that the sequencer numbers change events."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from techdesk.audit.querysets import AuditEntryQuerySet, ChangeEventQuerySet, DisclosureQuerySet
from techdesk.base.clock import now


class AuditEntry(models.Model):
    """One line of history: `actor` did `verb` to one object. Facts hold plain values, never a student's name."""

    at = models.DateTimeField(default=now)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=60)
    object_type = models.CharField(max_length=40)
    object_key = models.CharField(max_length=64)
    school = models.ForeignKey("directory.School", on_delete=models.PROTECT, null=True, related_name="+")
    facts = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)
    history_context = models.UUIDField(null=True)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index("object_type", "object_key", "id", name="audit_entry_object"),
            models.Index("actor", "id", name="audit_entry_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_type} {self.object_key}"


class Disclosure(models.Model):
    """Who looked at which students' records, when, through which channel. One row for a request and its set."""

    at = models.DateTimeField(default=now)
    viewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=20)
    purpose = models.CharField(max_length=60)
    students = ArrayField(models.BigIntegerField())
    request_id = models.CharField(max_length=64, blank=True)

    objects = DisclosureQuerySet.as_manager()

    class Meta:
        indexes = [
            GinIndex(fields=["students"], name="audit_disclosure_students"),
            models.Index("viewer", "id", name="audit_disclosure_viewer"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} by {self.channel}"


class ChangeEvent(models.Model):
    """One change of one object, written by its action; `number` is given later, in order of commit."""

    object_type = models.CharField(max_length=40)
    object_key = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    verb = models.CharField(max_length=60)
    school_before = models.ForeignKey(
        "directory.School", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    school_after = models.ForeignKey(
        "directory.School", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    # The schools whose people may know of it: before and after, and for a person those of their roles.
    schools = ArrayField(models.BigIntegerField(), default=list)
    at = models.DateTimeField(default=now)
    number = models.BigIntegerField(null=True, unique=True)

    objects = ChangeEventQuerySet.as_manager()

    class Meta:
        indexes = [
            # What the sequencer looks for: tiny, because numbered rows leave it.
            models.Index("id", name="audit_change_unnumbered", condition=Q(number__isnull=True)),
            # For the feed of one school among many; the feed of a district goes by number. Without the list of
            # pending entries, which every reader would have to go through.
            GinIndex(
                fields=["schools"], name="audit_change_schools", condition=Q(number__isnull=False), fastupdate=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.object_type} {self.object_key} v{self.version}"

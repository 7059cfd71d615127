"""Who looks after a student: whom the school writes to, and whom it may call."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import F, Q

from techdesk.base.clock import now
from techdesk.directory.models.person import Person
from techdesk.directory.querysets import GuardianshipQuerySet
from techdesk.jobs.hooks import undoable


@pghistory.track()
@undoable()
class Guardianship(models.Model):
    """`guardian` looks after `student`. Ended, never deleted.

    relationship: as the source spells it ("Mother", "Tutor"). receives_mail: a custody order or a wish may say no,
    and then nothing is sent there. source: which file said so; empty when a person did.
    """

    student = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="guardianships")
    guardian = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="wards")
    relationship = models.CharField(max_length=60, blank=True)
    is_primary = models.BooleanField(default=False)
    receives_mail = models.BooleanField(default=True)
    source = models.CharField(max_length=120, blank=True)
    begins_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True)

    objects = GuardianshipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["student", "guardian"], condition=Q(ended_at__isnull=True), name="directory_guardianship_once"
            ),
            models.CheckConstraint(condition=~Q(student=F("guardian")), name="directory_guardianship_of_another"),
        ]

    def __str__(self) -> str:
        return f"guardianship {self.pk}"

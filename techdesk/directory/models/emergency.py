"""The account for the day on which no administrator gets in: opened at the server's own console, for some hours."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from techdesk.base.clock import now
from techdesk.directory.models.person import Person


class EmergencyAccess(models.Model):
    """One opening of the emergency account: from when to when, why, and whether somebody came in by it."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    opened_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(ended_at__isnull=True), name="directory_emergency_one_open"
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("opened_at")), name="directory_emergency_order"),
        ]

    def __str__(self) -> str:
        return self.reason

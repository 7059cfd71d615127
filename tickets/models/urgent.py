"""Who is told of a stopped lesson, one after the other, until somebody is on it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from techdesk.base.clock import now
from tickets.models.ticket import Ticket
from tickets.querysets import UrgentAlertQuerySet


class UrgentAlert(models.Model):
    """The call for help about one ticket. `next_at`: when the next person is told; None when nobody is any more,
    because somebody answered, the ticket has changed hands, or everybody was told."""

    ticket = models.OneToOneField(Ticket, on_delete=models.PROTECT, related_name="alert")
    created_at = models.DateTimeField(default=now)
    next_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    acknowledged_at = models.DateTimeField(null=True)

    objects = UrgentAlertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True) | Q(next_at__isnull=True),
                name="tickets_alert_answered_is_over",
            )
        ]
        indexes = [models.Index("next_at", name="tickets_alert_due", condition=Q(next_at__isnull=False))]

    def __str__(self) -> str:
        return f"alert {self.ticket_id}"


class UrgentCall(models.Model):
    """One person in the order of an alert. Each is told once."""

    alert = models.ForeignKey(UrgentAlert, on_delete=models.PROTECT, related_name="calls")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField()
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("alert", "person", name="tickets_call_once"),
            models.UniqueConstraint("alert", "place", name="tickets_call_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.place}"

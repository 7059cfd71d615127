"""A notification is what a person is told; a delivery is one way it reaches them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from techdesk.base.clock import now
from techdesk.base.models import Keyed
from techdesk.notifications.choices import DeliveryState
from techdesk.notifications.querysets import DeliveryQuerySet, NotificationQuerySet


class Notification(Keyed):
    """One thing one person is told, in the app and by the channels they read. `once` is its unique key."""

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notifications")
    kind = models.CharField(max_length=60)
    once = models.CharField(max_length=200, unique=True)
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    path = models.CharField(max_length=300, blank=True)  # where it leads, without the host
    thread = models.CharField(max_length=100, blank=True)  # mails with one thread form one conversation
    created_at = models.DateTimeField(default=now)
    read_at = models.DateTimeField(null=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index("recipient", F("id").desc(), name="notifications_unread", condition=Q(read_at__isnull=True))
        ]

    def __str__(self) -> str:
        return self.title


class Delivery(Keyed):
    """One mail to one address. Claimed with a lease, sent, recorded; never a row lock while talking to a server."""

    notification = models.ForeignKey(Notification, on_delete=models.PROTECT, related_name="deliveries")
    channel = models.CharField(max_length=10, default="email")
    address = models.CharField(max_length=254)
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    available_at = models.DateTimeField(default=now)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("notification", "channel", name="notifications_delivery_one_per_channel")
        ]
        indexes = [models.Index("available_at", "id", name="notifications_delivery_due", condition=Q(state="waiting"))]

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet

from techdesk.base.policy import VisibleQuerySet

if TYPE_CHECKING:
    from techdesk.notifications.models import Delivery, Notification  # noqa: F401


class NotificationQuerySet(VisibleQuerySet["Notification"]):
    view_action = "notifications.read"

    def for_person(self, person: Any) -> NotificationQuerySet:
        return self.filter(recipient=person)

    def unread(self) -> NotificationQuerySet:
        return self.filter(read_at__isnull=True)


class DeliveryQuerySet(QuerySet["Delivery"]):
    def due(self, moment: dt.datetime) -> DeliveryQuerySet:
        """Waiting deliveries whose time has come and that no living worker holds, oldest first."""
        return self.filter(
            Q(lease_until__isnull=True) | Q(lease_until__lt=moment), state="waiting", available_at__lte=moment
        ).order_by("available_at", "id")

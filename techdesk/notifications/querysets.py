from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Q, QuerySet

from techdesk.base.clock import now
from techdesk.base.policy import VisibleQuerySet
from techdesk.base.text import fold
from techdesk.notifications.choices import HELD, DeliveryState, ShownDelivery

if TYPE_CHECKING:
    from techdesk.notifications.models import Delivery, Notification, SignedLink, WebhookTarget  # noqa: F401


class NotificationQuerySet(VisibleQuerySet["Notification"]):
    view_action = "notifications.read"

    def for_person(self, person: Any) -> NotificationQuerySet:
        return self.filter(recipient=person)

    def unread(self) -> NotificationQuerySet:
        return self.filter(read_at__isnull=True)


class DeliveryQuerySet(VisibleQuerySet["Delivery"]):
    view_action = "notifications.view_deliveries"

    def due(self, moment: dt.datetime, channels: Iterable[str] = ("email",)) -> DeliveryQuerySet:
        """Waiting deliveries whose time has come and that no living worker holds, oldest first. What travels with
        another is not due by itself."""
        return self.filter(
            Q(lease_until__isnull=True) | Q(lease_until__lt=moment),
            state="waiting",
            carrier__isnull=True,
            available_at__lte=moment,
            channel__in=list(channels),
        ).order_by("available_at", "id")

    def never_tried(self) -> DeliveryQuerySet:
        """Waiting by themselves, and in no worker's hands so far: what they carry may still change."""
        return self.filter(state="waiting", carrier__isnull=True, lease_until__isnull=True, attempts=0)

    def held(self) -> DeliveryQuerySet:
        return self.filter(reason__in=HELD)

    def for_digest(self, moment: dt.datetime) -> DeliveryQuerySet:
        """What belongs into daily mails whose hour has come."""
        return self.filter(state="digest", carrier__isnull=True, available_at__lte=moment)

    def shown_as(self, shown: str) -> DeliveryQuerySet:
        """Those that a list shows as `shown` (a value of ShownDelivery)."""
        on_purpose = Q(state=DeliveryState.WAITING, reason__in=HELD, available_at__gt=now())
        if shown in HELD:
            return self.filter(on_purpose, reason=shown)
        if shown == ShownDelivery.WAITING:
            return self.filter(state=shown).exclude(on_purpose)
        return self.filter(state=shown)

    def to_person(self, key: UUID) -> DeliveryQuerySet:
        return self.filter(recipient__key=key)

    def to_people_called(self, text: str) -> DeliveryQuerySet:
        """To people whose name or address contains every word of `text`, or to an address that does."""
        found = self
        for word in fold(text).split()[:6]:
            found = found.filter(
                Q(recipient__sort_name__contains=word)
                | Q(recipient__email__icontains=word)
                | Q(address__icontains=word)
            )
        return found

    def of_kind(self, kind: str) -> DeliveryQuerySet:
        return self.filter(kind=kind)

    def slips(self, *, printed_after: dt.datetime | None = None) -> DeliveryQuerySet:
        """What goes out on paper and has not been printed; or what was printed after a moment. Of people who are here
        and of notices that are kept."""
        found = self.filter(channel="slip", recipient__is_active=True, notification__isnull=False)
        if printed_after is None:
            found = found.filter(state=DeliveryState.WAITING)
        else:
            found = found.filter(state=DeliveryState.SENT, sent_at__gt=printed_after)
        return found.select_related("recipient", "notification", "printed_by")

    def with_keys(self, keys: Iterable[UUID]) -> DeliveryQuerySet:
        return self.filter(key__in=list(keys))

    def for_list(self) -> DeliveryQuerySet:
        return self.select_related("recipient", "printed_by")


class SignedLinkQuerySet(QuerySet["SignedLink"]):
    def unused(self) -> SignedLinkQuerySet:
        return self.filter(used_at__isnull=True, revoked_at__isnull=True)

    def about(self, object_type: str, object_key: str) -> SignedLinkQuerySet:
        return self.filter(object_type=object_type, object_key=object_key)


class WebhookTargetQuerySet(VisibleQuerySet["WebhookTarget"]):
    view_action = "notifications.change_webhooks"

    def active(self) -> WebhookTargetQuerySet:
        return self.filter(is_active=True)

    def listening_at(self, school: Any) -> WebhookTargetQuerySet:
        """Those that are told what cannot wait at `school`."""
        return self.active().filter(Q(school__isnull=True) | Q(school=school)).order_by("id")

    def for_list(self) -> WebhookTargetQuerySet:
        return self.select_related("school").order_by("school__name", "name", "id")

"""Forgetting what was told long ago: notices that were read, the record of deliveries, links that are over."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import transaction

from techdesk.base.clock import now
from techdesk.notifications.choices import DeliveryState
from techdesk.notifications.models import Delivery, Notification, SignedLink

UNSETTLED = (DeliveryState.WAITING, DeliveryState.DIGEST)


def forget_old(*, batch: int = 2000) -> int:
    """Forget what is older than the installation keeps, `batch` rows at a time; return how many rows went.

    Notices that were read NOTICES_KEPT_DAYS ago, deliveries that ended and were written DELIVERIES_KEPT_DAYS ago, and
    links that ran out as long ago. What nobody has read, and what has not gone out yet, stays.
    """
    gone = 0
    for step in (_forget_deliveries, _forget_notices, _forget_links):
        while count := step(batch):
            gone += count
    return gone


@transaction.atomic
def _forget_deliveries(batch: int) -> int:
    before = now() - dt.timedelta(days=settings.DELIVERIES_KEPT_DAYS)
    old = Delivery.objects.filter(created_at__lt=before).exclude(state__in=UNSETTLED).order_by("pk")
    ids = list(old.values_list("pk", flat=True)[:batch])
    return Delivery.objects.filter(pk__in=ids).delete()[0]


@transaction.atomic
def _forget_notices(batch: int) -> int:
    before = now() - dt.timedelta(days=settings.NOTICES_KEPT_DAYS)
    old = Notification.objects.filter(read_at__lt=before).exclude(deliveries__state__in=UNSETTLED).order_by("pk")
    ids = list(old.values_list("pk", flat=True)[:batch])
    Delivery.objects.filter(notification__in=ids).update(notification=None)
    return Notification.objects.filter(pk__in=ids).delete()[0]


@transaction.atomic
def _forget_links(batch: int) -> int:
    before = now() - dt.timedelta(days=settings.DELIVERIES_KEPT_DAYS)
    ids = list(SignedLink.objects.filter(expires_at__lt=before).order_by("pk").values_list("pk", flat=True)[:batch])
    return SignedLink.objects.filter(pk__in=ids).delete()[0]

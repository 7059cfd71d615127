"""Retention: what was read long ago goes, what nobody read or what is still under way stays."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import transaction

from techdesk.base.clock import now
from techdesk.notifications.actions import forget_old, notify
from techdesk.notifications.models import Delivery, Notification, SignedLink
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


def tell(once: str, *, read: int | None = None, written: int = 0, state: str = "sent") -> Notification:
    person = PersonFactory()
    with transaction.atomic():
        notify(recipients=[person], kind="test", once=once, title=once)
    notice = Notification.objects.get(recipient=person)
    at = now() - dt.timedelta(days=written)
    Notification.objects.filter(pk=notice.pk).update(
        created_at=at, read_at=None if read is None else now() - dt.timedelta(days=read)
    )
    Delivery.objects.filter(notification=notice).update(created_at=at, state=state)
    return notice


def test_what_goes_and_what_stays() -> None:
    tell("read long ago", read=181, written=200)
    tell("read lately", read=179, written=200)
    tell("never read", written=900)
    tell("still waiting", read=400, written=400, state="waiting")

    assert forget_old(batch=1) == 2
    assert forget_old() == 0

    assert set(Notification.objects.values_list("title", flat=True)) == {"read lately", "never read", "still waiting"}
    kept = Delivery.objects.order_by("id")
    assert [(row.notification and row.notification.title, row.kind) for row in kept] == [
        (None, "test"),
        ("read lately", "test"),
        ("still waiting", "test"),
    ]


def test_the_installation_says_how_long(settings: Any) -> None:
    settings.NOTICES_KEPT_DAYS, settings.DELIVERIES_KEPT_DAYS = 10, 20
    tell("old", read=11, written=21)
    assert forget_old() == 2
    assert not Notification.objects.exists() and not Delivery.objects.exists()


def test_a_mail_goes_with_its_passengers() -> None:
    carrier, passenger = tell("a", written=400), tell("b", written=400)
    Delivery.objects.filter(notification=passenger).update(carrier=carrier.deliveries.get())
    assert forget_old(batch=1) == 2


def test_links_that_ran_out() -> None:
    person = PersonFactory()
    for number, days in enumerate((366, 364)):
        SignedLink.objects.create(
            purpose="x",
            object_type="tickets",
            object_key="1",
            person=person,
            token_hash=str(number),
            expires_at=now() - dt.timedelta(days=days),
        )
    assert forget_old() == 1
    assert SignedLink.objects.get().token_hash == "1"

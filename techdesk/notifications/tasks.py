"""Ticks that ask whether mail is due; the sweeper of dead workers' rows is the same question, asked later."""

from __future__ import annotations

from celery import shared_task

from techdesk.celery import every
from techdesk.notifications.actions import deliver_due, forget_old, write_digests


@every(1, name="notifications.deliver")
@shared_task(name="notifications.deliver")
def deliver_task() -> None:
    deliver_due()


@every(1, name="notifications.webhooks")
@shared_task(name="notifications.webhooks")
def webhooks_task() -> None:
    deliver_due(by="webhook")


@every(30, name="notifications.digests")
@shared_task(name="notifications.digests")
def digests_task() -> None:
    write_digests()


@every(6 * 3600, name="notifications.forget")
@shared_task(name="notifications.forget")
def forget_task() -> None:
    forget_old()

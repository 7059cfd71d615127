"""A tick that asks whether mail is due; the sweeper of dead workers' rows is the same question, asked later."""

from __future__ import annotations

from celery import shared_task

from techdesk.celery import every
from techdesk.notifications.actions import deliver_due


@every(1, name="notifications.deliver")
@shared_task(name="notifications.deliver")
def deliver_task() -> None:
    deliver_due()

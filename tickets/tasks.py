"""The tick that asks whether somebody has waited too long for an answer."""

from __future__ import annotations

from celery import shared_task

from techdesk.celery import every
from tickets.actions import escalate_due


@every(5, name="tickets.escalate")
@shared_task(name="tickets.escalate")
def escalate_task() -> None:
    escalate_due()

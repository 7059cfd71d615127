"""The doorbell: a tick that asks whether work is due. Losing one, or getting two, changes nothing."""

from __future__ import annotations

from celery import shared_task

from techdesk.celery import every
from techdesk.jobs.actions import drain


@every(1, name="jobs.drain")
@shared_task(name="jobs.drain")
def drain_task() -> None:
    drain()

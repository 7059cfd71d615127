"""Sweeps remembered answers away after their day."""

from __future__ import annotations

from celery import shared_task

from techdesk.api.actions import forget_answers
from techdesk.celery import every


@every(1800, name="api.forget-answers")
@shared_task(name="api.forget_answers")
def forget_answers_task() -> None:
    forget_answers()

"""Keeps the change feed numbered even when nobody reads it."""

from __future__ import annotations

from celery import shared_task

from techdesk.audit.actions import number_changes
from techdesk.celery import every


@every(3, name="audit.number-changes")
@shared_task(name="audit.number_changes")
def number_changes_task() -> None:
    number_changes()

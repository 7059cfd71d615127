"""What the directory does by itself."""

from __future__ import annotations

from celery import shared_task

from techdesk.celery import every
from techdesk.directory.sessions import forget_ended_sessions


@every(6 * 3600, name="directory.forget_ended_sessions")
@shared_task(name="directory.forget_ended_sessions")
def forget_ended_sessions_task() -> None:
    forget_ended_sessions()

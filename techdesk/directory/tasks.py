"""What the directory does by itself."""

from __future__ import annotations

from celery import shared_task

from techdesk.celery import every
from techdesk.directory.actions import end_expired_emergency, service_person
from techdesk.directory.sessions import forget_ended_sessions


@every(6 * 3600, name="directory.forget_ended_sessions")
@shared_task(name="directory.forget_ended_sessions")
def forget_ended_sessions_task() -> None:
    forget_ended_sessions()


@every(60, name="directory.end_expired_emergency")
@shared_task(name="directory.end_expired_emergency")
def end_expired_emergency_task() -> None:
    end_expired_emergency(actor=service_person("scheduler"))

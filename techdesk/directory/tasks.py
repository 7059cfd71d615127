"""What the directory does by itself."""

from __future__ import annotations

from celery import shared_task

from techdesk.celery import every
from techdesk.directory.actions import end_expired_emergency, service_person, tell_of_temporaries, year_change
from techdesk.directory.actions.invite_imported import JOB, invite_imported
from techdesk.directory.sessions import forget_ended_sessions
from techdesk.jobs.actions import job

job(JOB, lease_seconds=600)(invite_imported)
# A roster of 100,000 rows takes minutes; a worker that died is replaced when the lease ends.
job(year_change.JOB, lease_seconds=900, is_slow=True)(year_change.change_year)


@every(3600, name="directory.tell_of_temporaries")
@shared_task(name="directory.tell_of_temporaries")
def tell_of_temporaries_task() -> None:
    tell_of_temporaries(actor=service_person("scheduler"))


@every(6 * 3600, name="directory.forget_ended_sessions")
@shared_task(name="directory.forget_ended_sessions")
def forget_ended_sessions_task() -> None:
    forget_ended_sessions()


@every(60, name="directory.end_expired_emergency")
@shared_task(name="directory.end_expired_emergency")
def end_expired_emergency_task() -> None:
    end_expired_emergency(actor=service_person("scheduler"))

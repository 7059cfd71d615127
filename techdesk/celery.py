"""Celery: carries out what PostgreSQL already remembers.

No result backend and no task with a due time: what is due is a row. Every beat entry is declared beside
its task with `every()`; a lost or doubled tick therefore changes nothing.
Settings as measured for Celery 5.7 with a Redis-protocol broker (see docs/decisions/0004-celery-settings.md).
"""

import os
from pathlib import Path
from typing import Any

from celery import Celery, signals
from celery.schedules import schedule as interval

# A warm shutdown that hands late-acknowledged work back to the queue within seconds.
os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "techdesk.settings")

app = Celery("techdesk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.beat_init.connect
def make_folder_for_schedule(sender: Any, **_signal: Any) -> None:
    """Beat keeps its clock in a file and does not make the folder for it."""
    Path(sender.schedule_filename).parent.mkdir(parents=True, exist_ok=True)


def every(seconds: float, *, name: str, queue: str = "default") -> Any:
    """Declare the decorated task as a beat entry that ticks every `seconds` seconds.

    The tick expires when it was not picked up in time, so that ticks never pile up behind a stopped worker.
    """

    def mark(task: Any) -> Any:
        app.conf.beat_schedule = {
            **(app.conf.beat_schedule or {}),
            name: {
                "task": task.name,
                "schedule": interval(run_every=seconds),
                "options": {"expires": max(seconds, 5.0), "queue": queue},
            },
        }
        return task

    return mark

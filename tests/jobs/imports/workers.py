"""Workers that carry out the slow jobs, real processes that a test kills with SIGKILL in the middle of their work."""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from techdesk.base.clock import now
from techdesk.jobs.models import Job
from tests.faults.town import database_url

_WORK = """
import django
django.setup()
import techdesk.celery
techdesk.celery.app.loader.import_default_modules()
from techdesk.jobs.actions import drain_slow
drain_slow()
"""


def start_worker(log: Path) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "TECHDESK_VAR": str(settings.VAR),
        "DJANGO_SETTINGS_MODULE": "techdesk.settings",
        "TECHDESK_SECRET_KEY": "t" * 60,
    }
    with log.open("ab") as stream:
        return subprocess.Popen(
            [sys.executable, "-c", _WORK],
            env=environment,
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
        )


def killed_at(count: Callable[[], int], places: list[int], log: Path) -> int:
    """Carry out the waiting job, killing the worker as soon as `count()` reaches each of `places`; the next worker
    takes over, as it would when the lease ends. Return how many workers were killed."""
    killed = 0
    for place in [*places, None]:
        worker = start_worker(log)
        try:
            while worker.poll() is None:
                if place is not None and count() >= place:
                    time.sleep(random.uniform(0, 0.2))  # somewhere in a transaction
                    worker.send_signal(signal.SIGKILL)
                    killed += worker.wait() == -signal.SIGKILL
                    break
                time.sleep(0.02)
        finally:
            if worker.poll() is None:
                worker.kill()
            worker.wait()
        # The lease of a worker that died ends some time.
        Job.objects.filter(state="waiting").update(lease_until=now() - dt.timedelta(seconds=1), attempts=0)
    return killed

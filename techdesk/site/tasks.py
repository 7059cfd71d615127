"""What the whole house does by itself."""

from __future__ import annotations

from celery import shared_task

from techdesk.base.invariants import broken
from techdesk.base.log import log
from techdesk.celery import every


@every(24 * 3600, name="site.check_invariants")
@shared_task(name="site.check_invariants")
def check_invariants_task() -> None:
    """Log an error for each promise that the data does not keep. Asking twice does no harm."""
    for one in broken():
        log.error("promise_broken", name=one.invariant.name, keys=list(one.keys), more=one.more)

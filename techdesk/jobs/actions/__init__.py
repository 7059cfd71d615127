from techdesk.jobs.actions.files import open_stored_file, store_picture
from techdesk.jobs.actions.outbox import drain, drain_slow, enqueue, job
from techdesk.jobs.actions.runs import finish_run, start_run, tell_progress
from techdesk.jobs.actions.unused import forget_unused_pictures

__all__ = [
    "drain",
    "drain_slow",
    "enqueue",
    "finish_run",
    "forget_unused_pictures",
    "job",
    "open_stored_file",
    "start_run",
    "store_picture",
    "tell_progress",
]

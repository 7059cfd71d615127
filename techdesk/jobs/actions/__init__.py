from techdesk.jobs.actions.files import open_stored_file, store_picture
from techdesk.jobs.actions.outbox import drain, enqueue, job
from techdesk.jobs.actions.runs import finish_run, start_run, tell_progress

__all__ = [
    "drain",
    "enqueue",
    "finish_run",
    "job",
    "open_stored_file",
    "start_run",
    "store_picture",
    "tell_progress",
]

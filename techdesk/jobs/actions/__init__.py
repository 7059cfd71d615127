from techdesk.jobs.actions.documents import store_document, store_upload
from techdesk.jobs.actions.files import open_stored_file, store_picture
from techdesk.jobs.actions.outbox import drain, drain_slow, enqueue, job
from techdesk.jobs.actions.runs import finish_run, start_run, tell_progress
from techdesk.jobs.actions.unused import forget_unused_files, missing_files

__all__ = [
    "drain",
    "drain_slow",
    "enqueue",
    "finish_run",
    "forget_unused_files",
    "job",
    "missing_files",
    "open_stored_file",
    "start_run",
    "store_document",
    "store_picture",
    "store_upload",
    "tell_progress",
]

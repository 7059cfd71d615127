from techdesk.jobs.actions.outbox import drain, enqueue, job
from techdesk.jobs.actions.runs import finish_run, start_run, tell_progress

__all__ = ["drain", "enqueue", "finish_run", "job", "start_run", "tell_progress"]

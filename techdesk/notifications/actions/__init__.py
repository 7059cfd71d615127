from techdesk.notifications.actions.deliver import deliver_due
from techdesk.notifications.actions.notify import mark_read, notify

__all__ = ["deliver_due", "mark_read", "notify"]

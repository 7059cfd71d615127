from techdesk.notifications.actions.choose import choose_notices
from techdesk.notifications.actions.deliver import deliver_due
from techdesk.notifications.actions.digest import write_digests
from techdesk.notifications.actions.forget import forget_old
from techdesk.notifications.actions.links import LinkGone, find_link, make_link, revoke_links, use_link
from techdesk.notifications.actions.notify import mark_read, notify
from techdesk.notifications.actions.resend import resend, resend_obstacle
from techdesk.notifications.actions.slips import mark_printed
from techdesk.notifications.actions.webhooks import add_target, switch_target, tell_targets, try_target

__all__ = [
    "LinkGone",
    "add_target",
    "choose_notices",
    "deliver_due",
    "find_link",
    "forget_old",
    "make_link",
    "mark_printed",
    "mark_read",
    "notify",
    "resend",
    "resend_obstacle",
    "revoke_links",
    "switch_target",
    "tell_targets",
    "try_target",
    "use_link",
    "write_digests",
]

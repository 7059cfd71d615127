from techdesk.notifications.actions.choose import choose_notices
from techdesk.notifications.actions.deliver import deliver_due
from techdesk.notifications.actions.digest import write_digests
from techdesk.notifications.actions.forget import forget_old
from techdesk.notifications.actions.links import LinkGone, find_link, make_link, revoke_links, use_link
from techdesk.notifications.actions.notify import mark_read, notify
from techdesk.notifications.actions.resend import resend, resend_obstacle

__all__ = [
    "LinkGone",
    "choose_notices",
    "deliver_due",
    "find_link",
    "forget_old",
    "make_link",
    "mark_read",
    "notify",
    "resend",
    "resend_obstacle",
    "revoke_links",
    "use_link",
    "write_digests",
]

"""What deliveries promise."""

from __future__ import annotations

from techdesk.base.invariants import invariant

invariant(
    "notifications.sent_has_its_moment",
    "SELECT key FROM notifications_delivery WHERE (state = 'sent') <> (sent_at IS NOT NULL)",
    "A delivery was sent exactly when it says when.",
)
invariant(
    "notifications.no_forgotten_lease",
    """
    SELECT key FROM notifications_delivery
    WHERE state IN ('waiting', 'digest') AND lease_until < now() - interval '1 day'
    """,
    "Mail of a worker that died is taken over within minutes; this waits since yesterday, so no worker is running.",
)
invariant(
    "notifications.what_travels_shares_its_end",
    """
    SELECT carried.key FROM notifications_delivery AS carried
    JOIN notifications_delivery AS carrier ON carrier.id = carried.carrier_id
    WHERE carrier.state IN ('sent', 'dead') AND carried.state IN ('waiting', 'digest')
        OR carried.state = 'sent' AND carrier.state <> 'sent'
    """,
    "What travels in another mail is sent when that is, and not before; these would never go out, or never did.",
)
invariant(
    "notifications.carrier_travels_itself",
    """
    SELECT carried.key FROM notifications_delivery AS carried
    JOIN notifications_delivery AS carrier ON carrier.id = carried.carrier_id WHERE carrier.carrier_id IS NOT NULL
    """,
    "A mail that others travel in does not travel in another one.",
)
invariant(
    "notifications.same_recipient_as_its_carrier",
    """
    SELECT carried.key FROM notifications_delivery AS carried
    JOIN notifications_delivery AS carrier ON carrier.id = carried.carrier_id
    WHERE carrier.recipient_id <> carried.recipient_id
    """,
    "What travels in a mail is for the person whom the mail goes to; anything else would tell a stranger.",
)
invariant(
    "notifications.about_something",
    """
    SELECT key FROM notifications_delivery
    WHERE notification_id IS NULL AND digest_on IS NULL AND state IN ('waiting', 'digest')
    """,
    "What still has to go out has something to say: a notice, or a day.",
)
invariant(
    "notifications.printed_by_somebody",
    "SELECT key FROM notifications_delivery WHERE (channel = 'slip' AND state = 'sent') <> (printed_by_id IS NOT NULL)",
    "A slip that counts as printed says who printed it, and nothing else does.",
)
invariant(
    "notifications.contacts_have_no_login",
    "SELECT key FROM notifications_notification WHERE student_id IS NOT NULL AND path <> ''",
    "Who reads mail for a student cannot sign in, so nothing in it leads into Techdesk.",
)

"""What help requests promise."""

from __future__ import annotations

from techdesk.audit.hooks import feed_not_ahead
from techdesk.base.invariants import invariant

invariant(
    "tickets.new_is_nobodys",
    "SELECT number FROM tickets_ticket WHERE status = 'new' AND assignee_id IS NOT NULL",
    "A new ticket waits for somebody to take it; one that somebody has is in work.",
)
invariant(
    "tickets.resolved_since_when",
    "SELECT number FROM tickets_ticket WHERE (status IN ('resolved', 'closed')) <> (resolved_at IS NOT NULL)",
    "A ticket is solved exactly when it says since when; it could not be reopened, or would count as solved.",
)
invariant(
    "tickets.closed_since_when",
    "SELECT number FROM tickets_ticket WHERE (status IN ('closed', 'cancelled')) <> (closed_at IS NOT NULL)",
    "A ticket is closed or withdrawn exactly when it says since when.",
)
invariant(
    "tickets.waits_for_something",
    "SELECT number FROM tickets_ticket WHERE (status = 'waiting') <> (waiting_for <> '')",
    "A ticket that waits says what for, and no other does.",
)
invariant(
    "tickets.numbers_are_from_the_sequence",
    """
    SELECT number FROM tickets_ticket, tickets_number_seq
    WHERE number > last_value OR number = last_value AND NOT is_called OR number < 1
    """,
    "The next ticket gets a number that none has; these are ahead of the sequence, and opening tickets would fail.",
)
invariant(
    "tickets.can_be_found",
    "SELECT number FROM tickets_ticket WHERE search_text = ''",
    "Every ticket is found by its subject.",
)
invariant(
    "tickets.rooms_of_their_school",
    """
    SELECT ticket.number FROM tickets_ticket AS ticket JOIN directory_room AS room ON room.id = ticket.room_id
    WHERE room.school_id <> ticket.school_id
    """,
    "A ticket is about a room of its own school, whose technicians see it.",
)
invariant(
    "tickets.pictures_of_their_message",
    """
    SELECT attachment.key FROM tickets_attachment AS attachment
    JOIN tickets_message AS message ON message.id = attachment.message_id
    WHERE message.ticket_id <> attachment.ticket_id
    """,
    "A picture belongs to the ticket of its message; on another one strangers would see it.",
)
feed_not_ahead("tickets", "SELECT number::text, version, created_at FROM tickets_ticket")
invariant(
    "tickets.somebody_is_called_in_time",
    """
    SELECT number FROM tickets_urgentalert JOIN tickets_ticket ON tickets_ticket.id = ticket_id
    WHERE next_at < now() - interval '1 hour'
    """,
    "A stopped lesson calls the next person after three minutes; these wait for an hour, so no worker is running.",
)
invariant(
    "tickets.called_in_order",
    """
    SELECT later.id FROM tickets_urgentcall AS later
    JOIN tickets_urgentcall AS earlier ON earlier.alert_id = later.alert_id AND earlier.place < later.place
    WHERE later.told_at < earlier.told_at
    """,
    "Nobody is told of a stopped lesson before those who come first.",
)

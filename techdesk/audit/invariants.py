"""What the change feed promises."""

from __future__ import annotations

from techdesk.audit.hooks import feed_not_ahead
from techdesk.base.invariants import invariant

invariant(
    "audit.numbers_without_gaps",
    """
    SELECT format('%s, %s', number, next) FROM (
        SELECT number, lead(number) OVER (ORDER BY number) AS next
        FROM audit_changeevent WHERE number IS NOT NULL
    ) AS numbered WHERE next <> number + 1
    """,
    "The numbers of the change feed follow one another; whoever reads it by number would miss or repeat a change.",
)
invariant(
    "audit.numbered_in_time",
    """
    SELECT format('%s %s', object_type, object_key) FROM audit_changeevent
    WHERE number IS NULL AND at < now() - interval '1 day'
    """,
    "A change is in the feed soon after it happened; these wait since yesterday, so the worker does not number them.",
)
invariant(
    "audit.disclosed_somebody",
    "SELECT id FROM audit_disclosure WHERE cardinality(students) = 0",
    "A disclosure names the students that were shown.",
)
invariant(
    "api.answered",
    "SELECT method || ' ' || path FROM api_idempotentrequest WHERE status = 0",
    "A write that came with a key is remembered together with its answer; these would be repeated without one.",
)
feed_not_ahead("tokens", "SELECT key::text, version, created_at FROM api_apitoken")

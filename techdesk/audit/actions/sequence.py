"""The sequencer: gives committed change events their numbers.

Reading change events by primary key would skip rows of transactions that commit late. Here one process at a
time, under an advisory lock, numbers what it can see; what commits later gets a later number. Two changes of one
object are serialised by its row lock, so the later one is never seen without the earlier.
"""

from __future__ import annotations

from django.db import OperationalError, connection, transaction

SEQUENCER_LOCK = 0x7EC4_0001
LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL's error code


def number_changes(*, limit: int = 10_000) -> int:
    """Number up to `limit` committed change events; return how many. Safe to call from many places at once.

    Who cannot get the lock within a second numbers nothing: others are at it, and what they number is read next.
    """
    try:
        return _number(limit)
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) != LOCK_NOT_AVAILABLE:
            raise
        return 0


def _number(limit: int) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '1s'")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEQUENCER_LOCK])
        cursor.execute(
            """
            WITH fresh AS (
                SELECT id, row_number() OVER (ORDER BY id) AS place
                FROM (
                    SELECT id FROM audit_changeevent WHERE number IS NULL ORDER BY id LIMIT %s
                ) AS waiting
            ), base AS (
                SELECT coalesce(max(number), 0) AS last FROM audit_changeevent
            )
            UPDATE audit_changeevent AS event SET number = base.last + fresh.place
            FROM fresh, base WHERE event.id = fresh.id
            """,
            [limit],
        )
        return int(cursor.rowcount)

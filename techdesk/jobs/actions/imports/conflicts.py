"""When a batch waits for somebody else's lock: how often it is tried again, and what is no conflict at all."""

from __future__ import annotations

from django.db import OperationalError

#: Seconds before each further attempt.
PAUSES = (0.3, 1.0)
#: lock_not_available, deadlock_detected, serialization_failure, query_canceled (waited longer than a statement may).
_CODES = frozenset({"55P03", "40P01", "40001", "57014"})


def is_lock_conflict(error: OperationalError) -> bool:
    """Is it worth another attempt? A lost connection, for one, is not."""
    return getattr(error.__cause__, "pgcode", None) in _CODES

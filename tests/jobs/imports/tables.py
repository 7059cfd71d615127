"""What stands in the tables that imports write: to be compared before and after, or between two installations."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from django.db import connection

from techdesk.jobs.imports.touches import watched_tables

#: What counts writes, or tells when they were; what nobody could say anything with.
MOMENTS = frozenset({"version", "created_at", "updated_at", "deactivated_at", "granted_at", "last_login", "password"})


def tables(leave_out: Collection[str] = MOMENTS) -> dict[str, dict[int, dict[str, Any]]]:
    """table -> id -> row, for every table imports write, without `leave_out`."""
    found = {}
    with connection.cursor() as cursor:
        for table in watched_tables():
            cursor.execute(f'SELECT id, to_jsonb(t) - %s::text[] FROM "{table}" AS t ORDER BY id', [list(leave_out)])
            found[table] = {pk: json.loads(row) for pk, row in cursor.fetchall()}
    return found

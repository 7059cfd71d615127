"""One import of a source at a time, and one worker at a run."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.utils.translation import gettext as _

from techdesk.base.errors import NotPossible

#: First half of the advisory lock's name; the second is a hash of the source.
IMPORT_LOCK = 0x7EC4_0002
#: The same for a single run; the second half is its number.
RUN_LOCK = 0x7EC4_0003


@contextmanager
def one_at_a_time(kind: str, source: str) -> Iterator[None]:
    """Hold the lock of a source; it belongs to the connection, so a worker that dies gives it back.

    Raises NotPossible `import_running` at once when somebody else holds it.
    """
    with _lock(IMPORT_LOCK, zlib.crc32(f"{kind}:{source}".encode()) - 2**31) as is_ours:
        if not is_ours:
            message = _("Another import from “%(source)s” is running. Wait until it has finished, then try again.")
            raise NotPossible(message % {"source": source}, code="import_running")
        yield


class AtWork(Exception):
    """Another worker is at this very run. Nothing is wrong with the run, and its state is that worker's."""


@contextmanager
def one_worker(run_id: int) -> Iterator[None]:
    """Hold the lock of a run; as with `one_at_a_time`, a worker that dies gives it back. Raises AtWork at once when
    another worker holds it."""
    with _lock(RUN_LOCK, run_id % 2**31) as is_ours:
        if not is_ours:
            raise AtWork(f"another worker is at import {run_id}")
        yield


@contextmanager
def _lock(kind: int, number: int) -> Iterator[bool]:
    """Try to take an advisory lock of this connection; say whether it is ours, and give it back afterwards."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [kind, number])
        is_ours: bool = cursor.fetchone()[0]
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [kind, number])

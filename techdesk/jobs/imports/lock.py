"""One import of a source at a time."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.utils.translation import gettext as _

from techdesk.base.errors import NotPossible

#: First half of the advisory lock's name; the second is a hash of the source.
IMPORT_LOCK = 0x7EC4_0002


@contextmanager
def one_at_a_time(kind: str, source: str) -> Iterator[None]:
    """Hold the lock of a source; it belongs to the connection, so a worker that dies gives it back.

    Raises NotPossible `import_running` at once when somebody else holds it.
    """
    number = zlib.crc32(f"{kind}:{source}".encode()) - 2**31
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [IMPORT_LOCK, number])
        if not cursor.fetchone()[0]:
            message = _("Another import from “%(source)s” is running. Wait until it has finished, then try again.")
            raise NotPossible(message % {"source": source}, code="import_running")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [IMPORT_LOCK, number])

"""Logging who looks at students' records (the access record that 34 CFR 99.32 has in mind, and more)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from techdesk.audit.models import Disclosure
from techdesk.base.log import request_id


def disclose(*, viewer: Any, channel: str, purpose: str, students: Iterable[int]) -> None:
    """Write one row saying that `viewer` is being shown `students` (person primary keys).

    channel: page, api, export or mail. A person looking at themselves is not a disclosure. The caller must let
    an error pass: what cannot be logged is not shown.
    """
    ids = sorted({int(pk) for pk in students if pk is not None} - {viewer.pk})
    if not ids:
        return
    Disclosure.objects.create(
        viewer=viewer, channel=channel, purpose=purpose, students=ids, request_id=request_id.get()
    )

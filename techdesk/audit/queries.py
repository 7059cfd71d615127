"""Reads of the change feed."""

from __future__ import annotations

from techdesk.audit.actions.sequence import number_changes
from techdesk.audit.models import ChangeEvent


def changes_after(number: int, *, limit: int = 1000) -> list[ChangeEvent]:
    """The next `limit` change events behind `number`, in order, nothing skipped."""
    number_changes()
    return list(ChangeEvent.objects.after(number)[:limit])

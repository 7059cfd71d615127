"""Reads of the change feed."""

from __future__ import annotations

from django.db.models import Max

from techdesk.audit.actions.sequence import number_changes
from techdesk.audit.models import ChangeEvent


def changes_after(number: int, *, limit: int = 1000) -> list[ChangeEvent]:
    """The next `limit` change events behind `number`, in order, nothing skipped."""
    number_changes()
    return list(ChangeEvent.objects.after(number)[:limit])


def newest_change() -> int:
    """The number of the newest change event; 0 before the first. What was committed before the call is counted."""
    number_changes()
    return ChangeEvent.objects.aggregate(newest=Max("number"))["newest"] or 0

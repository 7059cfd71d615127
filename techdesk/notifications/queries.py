"""Reads of notices that a page needs."""

from __future__ import annotations

from typing import Any

from techdesk.notifications.models import Notification


def unread_count(person: Any, *, cap: int = 100) -> int:
    """How many notices `person` has not read, counted up to `cap` (so: cheap enough for every page)."""
    return Notification.objects.for_person(person).unread()[:cap].count()

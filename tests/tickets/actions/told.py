"""What the tests of actions ask again and again."""

from __future__ import annotations

from typing import Any

from techdesk.audit.models import AuditEntry
from techdesk.notifications.models import Notification


def told_about(kind: str) -> dict[str, str]:
    """Who was told about `kind` ("reply", "note" …): name -> words."""
    rows = Notification.objects.filter(kind=f"tickets.{kind}").select_related("recipient").order_by("id")
    return {row.recipient.name: row.words for row in rows}


def verbs(ticket: Any) -> list[str]:
    """The verbs of the ticket's history, oldest first."""
    return [entry.verb for entry in AuditEntry.objects.about(ticket)]

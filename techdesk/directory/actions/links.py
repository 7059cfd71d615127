"""Remembering what a source calls our things, and whether it still lists them."""

from __future__ import annotations

from collections.abc import Sequence

from techdesk.directory.models import ExternalId
from techdesk.jobs.hooks import target
from techdesk.jobs.models import ImportRow


def write_links(*, source: str, kind: str, rows: Sequence[ImportRow]) -> None:
    """Point the key of each row at its target, listed or not as the row says. Three statements at most.

    A key that pointed elsewhere before (an enrolment that is joined to another) is moved.
    """
    keys = {row.key: row for row in rows}
    known = {link.value: link for link in ExternalId.objects.filter(source=source, kind=kind, value__in=keys)}
    new, moved = [], []
    for key, row in keys.items():
        link = known.get(key)
        if link is None:
            is_listed = bool(row.data["listed"])
            new.append(ExternalId(source=source, kind=kind, value=key, target_id=target(row), present=is_listed))
        elif (link.target_id, link.present) != (row.target_id, row.data["listed"]):
            link.target_id, link.present = target(row), bool(row.data["listed"])
            moved.append(link)
    ExternalId.objects.bulk_create(new)
    ExternalId.objects.bulk_update(moved, ["target_id", "present"])

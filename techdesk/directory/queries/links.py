"""What other systems call our things: look-ups of ExternalId in both directions, a batch at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from techdesk.directory.models import ExternalId


def links_of(source: str, kind: str, values: Iterable[str]) -> dict[str, ExternalId]:
    """sourcedId -> its link, for those that are known."""
    rows = ExternalId.objects.filter(source=source, kind=kind, value__in=set(values))
    return {row.value: row for row in rows}


def all_links(source: str, kind: str) -> dict[str, ExternalId]:
    """Every link of a kind that has few: schools, years, terms."""
    return {row.value: row for row in ExternalId.objects.filter(source=source, kind=kind)}


def links_to(kind: str, targets: Iterable[int]) -> dict[int, list[ExternalId]]:
    """Our id -> what all sources call it."""
    found: dict[int, list[ExternalId]] = defaultdict(list)
    for row in ExternalId.objects.filter(kind=kind, target_id__in=set(targets)).order_by("pk"):
        found[row.target_id].append(row)
    return found

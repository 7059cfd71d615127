"""What the roster calls our things: look-ups of ExternalId in both directions, a batch at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from techdesk.directory.models import ExternalId
from techdesk.jobs.hooks import Scope
from techdesk.jobs.models import ImportRow


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


def is_listed_elsewhere(link: ExternalId | None, links: Sequence[ExternalId]) -> bool:
    """Does another roster, or another sourcedId of this one, still list the thing?"""
    return any(other.present and (link is None or other.pk != link.pk) for other in links)


def gone_rows(scope: Scope, part: str, kind: str) -> Iterator[ImportRow]:
    """A row for each thing the source had that is not in its complete file."""
    if not scope.delivery.complete(part):
        return
    keys = scope.delivery.keys[part]
    values = ExternalId.objects.filter(source=scope.delivery.source, kind=kind, present=True).order_by("pk")
    for value in values.values_list("value", flat=True).iterator(chunk_size=2000):
        if value not in keys:
            yield ImportRow(part=part, file=f"{part}.csv", number=0, key=value, data={"listed": False})


def listed_count(scope: Scope, kind: str) -> int:
    return ExternalId.objects.filter(source=scope.run.source, kind=kind, present=True).count()

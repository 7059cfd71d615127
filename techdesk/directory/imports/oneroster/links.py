"""What a roster still lists, and what is gone from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from techdesk.directory.models import ExternalId
from techdesk.jobs.hooks import Scope
from techdesk.jobs.models import ImportRow


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

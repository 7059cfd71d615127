"""Everything that is wrong with a list, not only the first of it.

An action refuses a list by raising the first refusal; that one carries all that were found with it, by their place
in the list, for a caller who does what can be done and says of the rest why not.
"""

from __future__ import annotations

from collections.abc import Mapping

from techdesk.base.errors import DomainError

Refusals = dict[int, DomainError]


def raise_first(found: Mapping[int, DomainError]) -> None:
    """Raise the refusal of the first place, with all of `found` along; nothing when nothing was found."""
    if not found:
        return
    first = found[min(found)]
    first.__dict__["refusals"] = dict(found)
    raise first


def unplaced(refusal: DomainError) -> DomainError:
    """A refusal of the whole list: the database did not say which place it is about."""
    refusal.__dict__["position"] = None
    return refusal


def refusals_of(error: DomainError) -> Refusals:
    """What was found wrong, by place; empty when `error` does not say where."""
    found: Refusals = error.__dict__.get("refusals", {})
    if not found and (position := getattr(error, "position", None)) is not None:
        return {position: error}
    return dict(found)

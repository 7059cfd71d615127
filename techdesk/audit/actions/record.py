"""Writing history. Called by every action, inside its transaction, after the change."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pghistory.runtime
from django.db import connection

from techdesk.audit.hooks import schools_of
from techdesk.audit.models import AuditEntry, ChangeEvent
from techdesk.base.log import request_id
from techdesk.base.models import Aggregate

_SAME = object()


@dataclass(frozen=True)
class Deed:
    """One change of one object, for `record_many`."""

    verb: str
    thing: Aggregate
    facts: Mapping[str, Any] = field(default_factory=dict)
    school_before: Any = _SAME


def _history_context() -> uuid.UUID | None:
    value = getattr(pghistory.runtime._tracker, "value", None)
    return getattr(value, "id", None)


def record_many(*, actor: Any, deeds: Iterable[Deed]) -> None:
    """Write one audit entry and one change event per deed, set-based. `actor` is a Person, never None.

    The object must be saved already, with the version its page shows. Facts are JSON values; a student is
    named in them by id only.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("History is written in the transaction of the change it tells of")
    if actor is None:
        raise TypeError("Every change has an actor")
    context = _history_context()
    current = request_id.get()
    entries: list[AuditEntry] = []
    events: list[ChangeEvent] = []
    deeds = list(deeds)
    known_at = _known_at(deeds)
    for deed in deeds:
        school_after = deed.thing.audit_school_id
        entries.append(
            AuditEntry(
                actor=actor,
                verb=deed.verb,
                object_type=deed.thing.resource,
                object_key=deed.thing.public_key,
                school_id=school_after,
                facts=dict(deed.facts),
                request_id=current,
                history_context=context,
            )
        )
        school_before = school_after if deed.school_before is _SAME else deed.school_before
        schools = {school_before, school_after, *known_at.get((deed.thing.resource, deed.thing.pk), ())}
        events.append(
            ChangeEvent(
                object_type=deed.thing.resource,
                object_key=deed.thing.public_key,
                version=deed.thing.version,
                verb=deed.verb,
                school_before_id=school_before,
                school_after_id=school_after,
                schools=sorted(schools - {None}),
            )
        )
    AuditEntry.objects.bulk_create(entries, batch_size=1000)
    ChangeEvent.objects.bulk_create(events, batch_size=1000)


def _known_at(deeds: Sequence[Deed]) -> dict[tuple[str, int], set[int]]:
    """The schools of the things that have none of their own (people), asked once per kind of thing."""
    homeless: dict[str, dict[int, Any]] = {}
    for deed in deeds:
        if deed.thing.audit_school_id is None:
            homeless.setdefault(deed.thing.resource, {})[deed.thing.pk] = deed.thing
    return {
        (resource, pk): schools
        for resource, things in homeless.items()
        for pk, schools in schools_of(resource, things.values()).items()
    }


def record(
    *,
    actor: Any,
    verb: str,
    thing: Aggregate,
    facts: Mapping[str, Any] | None = None,
    school_before: Any = _SAME,
) -> None:
    """Write history for one object; see `record_many`. `school_before` is an id, given when the school changed."""
    record_many(actor=actor, deeds=[Deed(verb=verb, thing=thing, facts=facts or {}, school_before=school_before)])

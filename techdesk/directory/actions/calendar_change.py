"""What every change of a calendar does: lock the schools it touches, compare the version, write history, tell others.

The calendar of a school has no version of its own: it is part of the school, and so are its forms' versions. For the
whole district the version is the sum of all of them: it rises with every change of any school.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from techdesk.audit.actions import Deed, record_many
from techdesk.base.clock import now
from techdesk.base.errors import Stale
from techdesk.directory.actions.locks import lock_schools
from techdesk.directory.models import Person, School
from techdesk.directory.signals import calendar_changed


def touched_schools(school: School | None, version: int | None = None) -> list[School]:
    """The schools whose calendar changes, locked: one, or all of the district. Raises Stale on another version."""
    schools = lock_schools([school] if school is not None else School.objects.all())
    if version is not None and version != sum(one.version for one in schools):
        raise Stale(_("Somebody else changed this calendar meanwhile. Look at it again, then save."))
    return schools


def write_change(
    actor: Person,
    schools: list[School],
    verb: str,
    facts: Mapping[str, Any],
    *,
    days: Iterable[dt.date] = (),
    moves_time: bool = True,
) -> None:
    """Raise the version of `schools` and write what happened into the history of each.

    moves_time: whether school days or hours changed, so that others must count anew (`days`; none: any day).
    """
    moment = now()
    for school in schools:
        school.version, school.updated_at = school.version + 1, moment
    School.objects.bulk_update(schools, ["version", "updated_at"])
    record_many(actor=actor, deeds=[Deed(verb=verb, thing=school, facts=facts) for school in schools])
    if moves_time:
        tell = partial(
            calendar_changed.send_robust,
            sender=School,
            school_ids=tuple(school.pk for school in schools),
            days=tuple(sorted(set(days))),
            actor_id=actor.pk,
        )
        transaction.on_commit(tell)

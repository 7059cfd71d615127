"""What becomes of a notice: decided once, when it is written, by what its recipient chose until then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from techdesk.base.clock import now
from techdesk.notifications.choices import Choice, DeliveryState, QuietChoice, Reason
from techdesk.notifications.hooks import Kind, QuietHours, Rhythm, rhythms_of
from techdesk.notifications.models import Delivery, KindChoice, MailTimes


@dataclass(frozen=True)
class Plan:
    """State, reason and moment of one delivery."""

    state: DeliveryState
    available_at: dt.datetime
    reason: str = ""


def plan_deliveries(
    people: list[Any], kind: Kind, *, thread: str = "", is_urgent: bool = False
) -> Iterator[tuple[Any, Plan]]:
    """How each of `people` is told of one thing of `kind` now.

    What nobody may miss goes out at once and asks nothing. Else: the person's choice; followers of a mail about the
    same thread wait for more (`gathers`); what can wait is held till quiet hours are over. Up to five queries.
    """
    moment = now()
    reached = [person for person in people if person.email]
    if reached and kind.may_switch_off:
        choices = _choices_of(reached, kind)
        times = times_of(reached)
        rhythms = rhythms_of(reached)
        gathered = _gathering(reached, kind, thread, moment)
    for person in people:
        if not person.email:
            yield person, Plan(DeliveryState.NOT_SENT, moment, Reason.NO_ADDRESS)
        elif not kind.may_switch_off:
            yield person, Plan(DeliveryState.WAITING, moment)
        else:
            yield (
                person,
                _plan(
                    choices.get(person.pk, kind.default),
                    moment,
                    rhythm=rhythms[person.pk],
                    times=times.get(person.pk, MailTimes()),
                    may_wait=not (is_urgent or kind.is_urgent),
                    gathered_at=gathered.get(person.pk),
                ),
            )


def _plan(
    choice: str,
    moment: dt.datetime,
    *,
    rhythm: Rhythm,
    times: MailTimes,
    may_wait: bool,
    gathered_at: dt.datetime | None,
) -> Plan:
    if choice == Choice.APP:
        return Plan(DeliveryState.NOT_SENT, moment, Reason.CHOSEN)
    if not may_wait:
        return Plan(DeliveryState.WAITING, moment)
    if choice == Choice.DIGEST:
        return Plan(DeliveryState.DIGEST, rhythm.next_digest(moment, times.digest_at))
    ready = gathered_at or moment
    quiet = quiet_hours(times, rhythm)
    open_at = quiet.over_at(ready, rhythm.zone) if quiet is not None else ready
    if open_at > ready:
        return Plan(DeliveryState.WAITING, open_at, Reason.QUIET)
    return Plan(DeliveryState.WAITING, ready, Reason.GATHERED if ready > moment else "")


def quiet_hours(times: MailTimes, rhythm: Rhythm) -> QuietHours | None:
    """The quiet hours that count for somebody: their own, their school's, or none."""
    if times.quiet == QuietChoice.NONE:
        return None
    if times.quiet == QuietChoice.OWN and times.quiet_from is not None and times.quiet_until is not None:
        return QuietHours(starts=times.quiet_from, ends=times.quiet_until, weekends=times.quiet_weekends)
    return rhythm.quiet


def times_of(people: Iterable[Any]) -> dict[int, MailTimes]:
    """What some of `people` said about when mail may come, by id. One query."""
    return {row.person_id: row for row in MailTimes.objects.filter(person__in=list(people))}


def _choices_of(people: list[Any], kind: Kind) -> dict[int, str]:
    rows = KindChoice.objects.filter(person__in=people, kind=kind.slug)
    return dict(rows.values_list("person_id", "choice"))


def _gathering(people: list[Any], kind: Kind, thread: str, moment: dt.datetime) -> dict[int, dt.datetime]:
    """Until when a follower waits, by person: people who had a mail of such a kind about `thread` a moment ago, or have
    one waiting. All followers of one mail wait for the same moment."""
    if not (kind.gathers and thread):
        return {}
    window = dt.timedelta(seconds=settings.GATHER_SECONDS)
    earlier = Delivery.objects.filter(
        recipient__in=people,
        thread=thread,
        kind=kind.slug,
        channel="email",
        carrier__isnull=True,
        turn=0,
        state__in=[DeliveryState.WAITING, DeliveryState.SENT],
        available_at__gt=moment - window,
    )
    found: dict[int, dt.datetime] = {}
    for person, available_at in earlier.order_by("id").values_list("recipient_id", "available_at"):
        found[person] = available_at if available_at > moment else available_at + window
    return found

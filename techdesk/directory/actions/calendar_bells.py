"""Bell schedules, the cycle of days, and what one day has instead. They belong to the school and raise its version."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from techdesk.base.errors import BadInput
from techdesk.base.text import clean_line
from techdesk.directory.actions.calendar_change import touched_schools, write_change
from techdesk.directory.actions.fields import check, unless_taken
from techdesk.directory.choices import CycleKind
from techdesk.directory.models import BellPeriod, BellSchedule, DayCycle, Person, ScheduleDay, School

MOST_PERIODS = 30
MOST_NAMES = 20


@dataclass(frozen=True)
class PeriodInput:
    name: str
    starts_at: dt.time
    ends_at: dt.time


def _bad(field: str, message: Any, code: str) -> BadInput:
    return BadInput(message, code=code, errors={field: [message]})


@transaction.atomic
def save_bell_schedule(
    *,
    actor: Person,
    school: School,
    name: str,
    periods: Sequence[PeriodInput],
    is_default: bool = False,
    cycle_days: Sequence[str] = (),
    schedule: BellSchedule | None = None,
    version: int | None = None,
) -> BellSchedule:
    """Add a bell schedule with its periods, or make `schedule` what is given. The first of a school is its default.

    cycle_days: the days of the cycle on which it is used ("B"). Raises Stale, BadInput by field: `duplicate_name`,
    `no_periods`, `bad_period`, `periods_overlap`, `duplicate_period`, `cycle_day_taken` (another schedule has the day).
    """
    kept_school = touched_schools(school, version)[0]
    ordered = _ordered(periods)
    others = BellSchedule.objects.filter(school=kept_school, is_active=True)
    if schedule is not None:
        kept = BellSchedule.objects.select_for_update().get(pk=schedule.pk, school=kept_school)
        others = others.exclude(pk=kept.pk)
    else:
        kept = BellSchedule(school=kept_school)
    kept.name = clean_line(name)
    kept.cycle_days = list(dict.fromkeys(clean_line(day) for day in cycle_days if clean_line(day)))
    kept.is_default = is_default or not others.filter(is_default=True).exists()
    kept.is_active = True
    check(kept, ["name", "cycle_days"])
    for other in others:
        if taken := set(other.cycle_days) & set(kept.cycle_days):
            words = _("%(schedule)s is used on %(day)s days already.") % {"schedule": other, "day": min(taken)}
            raise _bad("cycle_days", words, "cycle_day_taken")
    if kept.is_default:
        others.filter(is_default=True).update(is_default=False)
    same_name = _bad("name", _("The school has a bell schedule of this name already."), "duplicate_name")
    with unless_taken("directory_bellschedule_name", same_name):
        kept.save()
    BellPeriod.objects.filter(schedule=kept).delete()
    BellPeriod.objects.bulk_create(
        [
            BellPeriod(schedule=kept, position=n, name=one.name, starts_at=one.starts_at, ends_at=one.ends_at)
            for n, one in enumerate(ordered)
        ]
    )
    facts = {
        "schedule": kept.public_key,
        "name": kept.name,
        "is_default": kept.is_default,
        "cycle_days": kept.cycle_days,
        "periods": [[one.name, one.starts_at.isoformat(), one.ends_at.isoformat()] for one in ordered],
    }
    write_change(actor, [kept_school], "save_bell_schedule", facts, moves_time=False)
    return kept


def _ordered(periods: Sequence[PeriodInput]) -> list[PeriodInput]:
    """The periods by their start, names cleaned. Raises BadInput for what makes no day."""
    if not periods:
        raise _bad("periods", _("Give at least one period, such as: 1 8:00-8:45"), "no_periods")
    if len(periods) > MOST_PERIODS:
        raise _bad("periods", _("A day has at most %(most)d periods.") % {"most": MOST_PERIODS}, "too_many_periods")
    ordered = sorted(
        (PeriodInput(clean_line(one.name), one.starts_at, one.ends_at) for one in periods),
        key=lambda one: (one.starts_at, one.ends_at),
    )
    seen: set[str] = set()
    before: PeriodInput | None = None
    for one in ordered:
        check(BellPeriod(name=one.name), ["name"])
        if one.ends_at <= one.starts_at:
            raise _bad("periods", _("Period %(name)s ends before it starts.") % {"name": one.name}, "bad_period")
        if before is not None and one.starts_at < before.ends_at:
            words = _("Period %(one)s starts before period %(before)s is over.")
            raise _bad("periods", words % {"one": one.name, "before": before.name}, "periods_overlap")
        if one.name.casefold() in seen:
            raise _bad("periods", _("Period %(name)s stands there twice.") % {"name": one.name}, "duplicate_period")
        seen.add(one.name.casefold())
        before = one
    return ordered


@transaction.atomic
def retire_bell_schedule(*, actor: Person, schedule: BellSchedule, version: int | None = None) -> BellSchedule:
    """Offer a bell schedule no longer. Days for which it was chosen keep it; a new one may take its name."""
    school = touched_schools(schedule.school, version)[0]
    kept = BellSchedule.objects.select_for_update().get(pk=schedule.pk)
    if kept.is_active:
        kept.is_active = False
        kept.save(update_fields=["is_active"])
        facts = {"schedule": kept.public_key, "name": kept.name}
        write_change(actor, [school], "retire_bell_schedule", facts, moves_time=False)
    return kept


@transaction.atomic
def set_cycle(
    *,
    actor: Person,
    school: School,
    starts_on: dt.date,
    kind: str,
    names: Sequence[str],
    first: str = "",
    snow_days_shift: bool = True,
    version: int | None = None,
) -> DayCycle:
    """Name the days of a school from `starts_on` on; what was named before that day stays. See models.DayCycle.

    A cycle that starts on the same day is replaced. Raises Stale, BadInput by field: `bad_names`, `bad_first`.
    """
    kept_school = touched_schools(school, version)[0]
    cleaned = [clean_line(name) for name in names]
    rotating = kind == CycleKind.ROTATING
    if rotating and (not cleaned or "" in cleaned or len(cleaned) > MOST_NAMES):
        raise _bad("names", _("Give the names of the days in order, such as: A, B"), "bad_names")
    if not rotating and (len(cleaned) != 7 or not any(cleaned)):
        raise _bad("names", _("Give a name for each weekday that has one."), "bad_names")
    if rotating and first and clean_line(first) not in cleaned:
        raise _bad("first", _("The first day must be one of the names."), "bad_first")
    held = DayCycle.objects.filter(school=kept_school, starts_on=starts_on).first()
    cycle = held or DayCycle(school=kept_school, starts_on=starts_on)
    before = (cycle.kind, cycle.names, cycle.first, cycle.snow_days_shift) if held else None
    cycle.kind, cycle.names = kind, cleaned
    cycle.first = (clean_line(first) or cleaned[0]) if rotating else ""
    cycle.snow_days_shift = snow_days_shift
    check(cycle, ["starts_on", "kind", "names", "first"])
    if before == (cycle.kind, cycle.names, cycle.first, cycle.snow_days_shift):
        return cycle
    cycle.save()
    facts: dict[str, Any] = {"starts_on": starts_on.isoformat(), "kind": kind, "names": cleaned, "first": cycle.first}
    facts["snow_days_shift"] = snow_days_shift
    write_change(actor, [kept_school], "set_cycle", facts, moves_time=False)
    return cycle


@transaction.atomic
def remove_cycle(*, actor: Person, school: School, starts_on: dt.date, version: int | None = None) -> bool:
    """Take a cycle away: its days are named by the one before it, or not at all. Say whether there was one."""
    kept = touched_schools(school, version)[0]
    removed, _kinds = DayCycle.objects.filter(school=kept, starts_on=starts_on).delete()
    if removed:
        write_change(actor, [kept], "remove_cycle", {"starts_on": starts_on.isoformat()}, moves_time=False)
    return bool(removed)


@transaction.atomic
def set_schedule_day(
    *,
    actor: Person,
    school: School,
    on: dt.date,
    schedule: BellSchedule | None = None,
    cycle_day: str = "",
    version: int | None = None,
) -> ScheduleDay | None:
    """Choose a bell schedule or the name of the day for one day; without both it is as usual again (None).

    Raises Stale, BadInput: `no_such_day` when no cycle of the school has the name, `no_such_schedule`.
    """
    kept = touched_schools(school, version)[0]
    name = clean_line(cycle_day)
    if name:
        cycle = DayCycle.objects.filter(school=kept, starts_on__lte=on).order_by("-starts_on").first()
        if cycle is None or name not in cycle.names:
            raise _bad("cycle_day", _("The school has no such day in its cycle."), "no_such_day")
    if schedule is not None and (schedule.school_id != kept.pk or not schedule.is_active):
        raise _bad("schedule", _("The school has no such bell schedule."), "no_such_schedule")
    held = ScheduleDay.objects.filter(school=kept, on=on).first()
    wanted = (schedule.pk if schedule else None, name)
    if wanted == ((held.schedule_id, held.cycle_day) if held else (None, "")):
        return held
    facts = {"on": on.isoformat(), "schedule": schedule.name if schedule else None, "cycle_day": name}
    if schedule is None and not name:
        ScheduleDay.objects.filter(school=kept, on=on).delete()
        held = None
    else:
        held = held or ScheduleDay(school=kept, on=on)
        held.schedule, held.cycle_day = schedule, name
        held.save()
    write_change(actor, [kept], "set_schedule_day", facts, moves_time=False)
    return held

"""Bell schedules with their periods, the cycle of A and B days, and what one day has instead."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from techdesk.base.models import Keyed
from techdesk.directory.choices import CycleKind
from techdesk.directory.models.school import School
from techdesk.directory.querysets import BellScheduleQuerySet

CYCLE_DAY_LENGTH = 12


class BellSchedule(Keyed):
    """A way to divide a school's day: "Regular", "Assembly", "B day". Belongs to the school's calendar, whose version
    is the school's own.

    On a day counts: the schedule chosen for that very day, else one that names the day of the cycle, else the default.
    """

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="bell_schedules")
    name = models.CharField(max_length=60)
    is_default = models.BooleanField(default=False)
    cycle_days = ArrayField(models.CharField(max_length=CYCLE_DAY_LENGTH), default=list, blank=True)
    is_active = models.BooleanField(default=True)

    objects = BellScheduleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "school", Lower("name"), condition=Q(is_active=True), name="directory_bellschedule_name"
            ),
            models.UniqueConstraint(
                fields=["school"], condition=Q(is_default=True, is_active=True), name="directory_bellschedule_default"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BellPeriod(models.Model):
    """One period, wall-clock time of the school. Periods of a schedule do not overlap: the action that writes them
    checks it under the lock of the school (a time range type is not part of PostgreSQL)."""

    schedule = models.ForeignKey(BellSchedule, on_delete=models.CASCADE, related_name="periods")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=30)
    starts_at = models.TimeField()
    ends_at = models.TimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["schedule", "position"], name="directory_bellperiod_place"),
            models.UniqueConstraint("schedule", Lower("name"), name="directory_bellperiod_name"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="directory_bellperiod_order"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.starts_at:%H:%M}-{self.ends_at:%H:%M}"


class DayCycle(models.Model):
    """How a school names its days from `starts_on` on, until a later cycle starts.

    rotating: `names` follow one another on the school days, `first` on the first of them. A closed day is passed over;
        one that was closed at short notice only when `snow_days_shift`, else its name is lost with it.
    weekday: `names` are seven, Monday first; an empty one means that this weekday has no name.
    """

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="day_cycles")
    starts_on = models.DateField()
    kind = models.CharField(max_length=8, choices=CycleKind, default=CycleKind.ROTATING)
    names = ArrayField(models.CharField(max_length=CYCLE_DAY_LENGTH, blank=True))
    first = models.CharField(max_length=CYCLE_DAY_LENGTH, blank=True)
    snow_days_shift = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "starts_on"], name="directory_daycycle_once"),
            models.CheckConstraint(
                condition=Q(kind="rotating", names__len__gte=1) | Q(kind="weekday", names__len=7),
                name="directory_daycycle_names",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_on} {'/'.join(self.names)}"


class ScheduleDay(models.Model):
    """What one day has instead: another bell schedule, another day of the cycle. The days after it go on as before."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="schedule_days")
    on = models.DateField()
    schedule = models.ForeignKey(BellSchedule, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    cycle_day = models.CharField(max_length=CYCLE_DAY_LENGTH, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "on"], name="directory_scheduleday_once"),
            models.CheckConstraint(
                condition=Q(schedule__isnull=False) | ~Q(cycle_day=""), name="directory_scheduleday_changes"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on}"

"""School years, terms, closed and short days, opening hours: what "two school days" is counted with; and the secret
addresses under which people read their school's calendar elsewhere."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from techdesk.base.models import Aggregate, Keyed
from techdesk.directory.choices import TermKind
from techdesk.directory.models.school import School
from techdesk.directory.querysets import CalendarFeedQuerySet
from techdesk.jobs.hooks import undoable


@undoable(called="year")
class SchoolYear(models.Model):
    name = models.CharField(max_length=60)
    starts_on = models.DateField()
    ends_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "starts_on", "ends_on"], name="directory_schoolyear_once"),
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="directory_schoolyear_dates"),
        ]

    def __str__(self) -> str:
        return self.name


@undoable(called="term")
class Term(models.Model):
    year = models.ForeignKey(SchoolYear, on_delete=models.PROTECT, related_name="terms")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=15, choices=TermKind, default=TermKind.TERM)
    starts_on = models.DateField()
    ends_on = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="directory_term_dates"),
        ]

    def __str__(self) -> str:
        return self.name


class ClosedDay(models.Model):
    """A day without school, at one school or (without school) everywhere."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, null=True, blank=True, related_name="closed_days")
    on = models.DateField()
    name = models.CharField(max_length=100)
    # Snow, a burst pipe: a cycle of days that does not shift then counts the day all the same.
    at_short_notice = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "on"], nulls_distinct=False, name="directory_closedday_once")
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.name}"


class ShortDay(models.Model):
    """A school day with other hours: early release, late start. At one school or (without school) everywhere.

    The time that is not given is the usual one of the weekday.
    """

    school = models.ForeignKey(School, on_delete=models.PROTECT, null=True, blank=True, related_name="short_days")
    on = models.DateField()
    opens_at = models.TimeField(null=True, blank=True)
    closes_at = models.TimeField(null=True, blank=True)
    name = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "on"], nulls_distinct=False, name="directory_shortday_once"),
            models.CheckConstraint(
                condition=Q(opens_at__isnull=False) | Q(closes_at__isnull=False), name="directory_shortday_changes"
            ),
            models.CheckConstraint(
                condition=Q(opens_at__isnull=True) | Q(closes_at__isnull=True) | Q(closes_at__gt=F("opens_at")),
                name="directory_shortday_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.name}"


class SchoolHours(models.Model):
    """When a school works on one weekday (0 = Monday), wall-clock time of its zone. No row: closed that weekday."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="hours")
    weekday = models.PositiveSmallIntegerField()
    opens_at = models.TimeField()
    closes_at = models.TimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "weekday"], name="directory_hours_once"),
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="directory_hours_order"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="directory_hours_weekday"),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.opens_at}-{self.closes_at}"


class CalendarFeed(Keyed, Aggregate):
    """The secret address under which one person's calendar program reads the calendar of one school.

    Only the SHA-256 of its token is kept. A person has one in force per school.
    """

    resource: ClassVar[str] = "calendar_feeds"

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects = CalendarFeedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "school"], condition=Q(revoked_at__isnull=True), name="directory_calendarfeed_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.school}"

"""School years, terms, closed days and opening hours: what "two school days" is counted with."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from techdesk.directory.choices import TermKind
from techdesk.directory.models.school import School


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

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "on"], nulls_distinct=False, name="directory_closedday_once")
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

"""The guided change from one school year to the next."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from techdesk.base.models import Aggregate, Keyed
from techdesk.directory.choices import YearChangeState
from techdesk.directory.models.calendar import SchoolYear
from techdesk.directory.querysets import YearChangeQuerySet


class YearChange(Keyed, Aggregate):
    """One New School Year run: the year, the roster that brings it, and what was chosen beside the roster.

    choices: panel -> its choices, as the panel understands them (`techdesk.directory.hooks`); `done` names the panels
    that were applied, so that a run that broke off goes on behind them; `report` holds what each of them told.
    """

    resource: ClassVar[str] = "year-changes"

    name = models.CharField(max_length=60, blank=True)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    year = models.ForeignKey(SchoolYear, on_delete=models.PROTECT, null=True, related_name="+")
    import_run = models.OneToOneField("jobs.ImportRun", on_delete=models.PROTECT, null=True, related_name="year_change")
    job_run = models.ForeignKey("jobs.JobRun", on_delete=models.PROTECT, null=True, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=YearChangeState, default=YearChangeState.PLANNED)
    choices = models.JSONField(default=dict)
    done = models.JSONField(default=list)
    report = models.JSONField(default=dict)
    applied_at = models.DateTimeField(null=True)

    objects = YearChangeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.Value(1),
                condition=Q(state__in=["planned", "applying"]),
                name="directory_yearchange_one_open",
            ),
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
                name="directory_yearchange_dates",
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.pk)

    def get_absolute_url(self) -> str:
        return reverse("directory:year-change", args=[self.key])

    @property
    def change_state(self) -> YearChangeState:
        return YearChangeState(self.state)

"""What a school or the district has set; what is not here has its declared default (`techdesk.directory.switches`)."""

from __future__ import annotations

from django.db import models

from techdesk.directory.models.school import School


class SettingValue(models.Model):
    """One setting with a value of its own, at one school or (without school) for the whole district."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=60)
    value = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "name"], nulls_distinct=False, name="directory_setting_once")
        ]

    def __str__(self) -> str:
        return self.name

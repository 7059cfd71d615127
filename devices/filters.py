"""The filters of the device list: what the address bar may ask for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from devices.choices import DeviceStatus
from devices.queries import categories_in_use, schools_where
from devices.querysets import DeviceQuerySet


class DeviceFilters(forms.Form):
    """A field that does not fit (an old link, a typed address) is said so and left out; the list still opens."""

    search = forms.CharField(
        label=_("Tag, serial or name"),
        required=False,
        max_length=100,
        widget=forms.TextInput({"type": "search"}),
    )

    def __init__(self, *args: Any, viewer: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.viewer = viewer
        schools = schools_where(viewer, "devices.list")
        self.has_schools, self.many_schools = bool(schools), len(schools) > 1
        if self.many_schools:
            self.fields["school"] = forms.ModelChoiceField(
                label=_("School"), queryset=schools, to_field_name="code", required=False, empty_label=_("Any")
            )
        self.fields["category"] = forms.ModelChoiceField(
            label=_("Kind"), queryset=categories_in_use(), to_field_name="slug", required=False, empty_label=_("Any")
        )
        self.fields["status"] = forms.ChoiceField(
            label=_("Status"), required=False, choices=[("", _("All but retired")), *DeviceStatus.choices]
        )
        self.fields["held"] = forms.ChoiceField(
            label=_("With"),
            required=False,
            choices=[("", _("Anybody or nobody")), ("yes", _("Somebody")), ("no", _("Nobody"))],
        )

    def narrow(self, devices: DeviceQuerySet) -> DeviceQuerySet:
        """The devices that fit."""
        self.is_valid()
        wanted = self.cleaned_data
        if wanted.get("search"):
            devices = devices.search(wanted["search"], seen_by=self.viewer)
        if wanted.get("school"):
            devices = devices.at_school(wanted["school"])
        if wanted.get("category"):
            devices = devices.of_category(wanted["category"])
        if wanted.get("status"):
            devices = devices.in_status(wanted["status"])
        elif wanted.get("search"):
            # A whole tag or serial is asked for by somebody who holds the thing: whatever became of it.
            devices = devices.not_gone_unless_called(wanted["search"])
        else:
            devices = devices.not_gone()
        if wanted.get("held"):
            devices = devices.with_somebody(wanted["held"] == "yes")
        return devices

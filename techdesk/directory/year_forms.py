"""Forms of the New School Year run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from techdesk.directory.hooks import YearPanel, YearRow
from techdesk.ui.forms import DateInput, ManyFilesField, ManyFilesInput


class StartYear(forms.Form):
    """Name and dates of the new year, or nothing: then the roster says them."""

    name = forms.CharField(
        label=_("Name of the year"),
        max_length=60,
        required=False,
        help_text=_("For example 2027-2028. Leave all three empty when the roster brings the year."),
    )
    starts_on = forms.DateField(label=_("First day"), required=False, widget=DateInput)
    ends_on = forms.DateField(label=_("Last day"), required=False, widget=DateInput)


class YearRoster(forms.Form):
    """The roster of the new year."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["files"] = ManyFilesField(
            label=_("Roster (OneRoster)"),
            help_text=_("The zip of your student information system, or its CSV files: everything, for the new year."),
            allow_empty_file=True,
            error_messages={"required": _("Choose the files of the roster.")},
            widget=ManyFilesInput({"accept": ".zip,.csv", "multiple": True}),
        )
        self.fields["invite"] = forms.BooleanField(
            label=_("Invite new staff by e-mail"), required=False, initial=bool(settings.EMAIL_URL)
        )


class ApplyYear(forms.Form):
    """One select per line that leaves a choice, and the version that was looked at."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, rows: Sequence[tuple[YearPanel, YearRow]] = (), asks_to_force: bool, **options: Any
    ) -> None:
        super().__init__(data, **options)
        self.places: dict[str, tuple[str, str]] = {}
        for number, (panel, row) in enumerate(rows):
            if len(row.options) < 2:
                continue
            name = f"choice{number}"
            self.places[name] = (panel.slug, row.key)
            self.fields[name] = forms.ChoiceField(
                label=row.title, help_text=row.words, choices=list(row.options.items()), initial=next(iter(row.options))
            )
        if asks_to_force:
            self.fields["force"] = forms.BooleanField(
                label=_("The roster is complete. Those who are missing in it may go."), required=False
            )

    def chosen(self) -> dict[str, dict[str, str]]:
        """Panel -> row -> what was chosen."""
        found: dict[str, dict[str, str]] = {}
        for name, (panel, row) in self.places.items():
            found.setdefault(panel, {})[row] = self.cleaned_data[name]
        return found

"""Forms and filters of notifications. They check what was typed; actions write it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from techdesk.notifications.choices import Choice, QuietChoice, ShownDelivery
from techdesk.notifications.hooks import Kind, QuietHours, all_kinds
from techdesk.notifications.kinds import DIGEST_KIND
from techdesk.notifications.models import MailTimes
from techdesk.notifications.querysets import DeliveryQuerySet


class TimeInput(forms.TimeInput):
    """The browser's own time picker, with the value in the form it wants."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


class KindsForm(forms.Form):
    """One choice for each kind of one group."""

    def __init__(self, data: Any, *, kinds: list[Kind], chosen: dict[str, str]) -> None:
        super().__init__(data)
        self.kinds = {_name(kind.slug): kind for kind in kinds}
        for name, kind in self.kinds.items():
            self.fields[name] = forms.ChoiceField(
                label=kind.label,
                help_text=kind.help,
                choices=Choice.choices,
                initial=chosen.get(kind.slug, kind.default),
                widget=forms.Select,
            )

    @property
    def title(self) -> Any:
        return next(iter(self.kinds.values())).group

    def choices(self) -> dict[str, str]:
        """Slug -> choice, after is_valid()."""
        return {kind.slug: self.cleaned_data[name] for name, kind in self.kinds.items()}

    def take_refusal(self, errors: dict[str, list[Any]]) -> None:
        """Put what an action refused at the kinds it is about."""
        for name, kind in self.kinds.items():
            for text in errors.get(kind.slug, []):
                self.add_error(name, text)


def _name(slug: str) -> str:
    return slug.replace(".", "-")


class TimesForm(forms.Form):
    """When mail may come."""

    quiet = forms.ChoiceField(label=_("Quiet hours"), widget=forms.Select)
    quiet_from = forms.TimeField(label=_("From"), required=False, widget=TimeInput)
    quiet_until = forms.TimeField(label=_("Until"), required=False, widget=TimeInput)
    quiet_weekends = forms.BooleanField(label=_("Saturdays and Sundays, too"), required=False)
    digest_at = forms.TimeField(
        label=_("Daily mail at"),
        widget=TimeInput,
        help_text=_("On school days. There is none when nothing new has come."),
    )

    def __init__(self, data: Any, *, times: MailTimes, school: QuietHours | None) -> None:
        initial = {name: getattr(times, name) for name in self.base_fields}
        super().__init__(data, initial=initial)
        labels: dict[str, Any] = dict(QuietChoice.choices)
        labels[QuietChoice.DEFAULT] = _school_words(school)
        self.fields["quiet"].choices = list(labels.items())  # type: ignore[attr-defined]
        self.fields["quiet"].help_text = _(
            "What can wait comes when they are over. What cannot, such as a stopped lesson, comes at once."
        )

    def take_refusal(self, errors: dict[str, list[Any]]) -> None:
        for name, texts in errors.items():
            for text in texts:
                if name in self.fields:
                    self.add_error(name, text)


def _school_words(school: QuietHours | None) -> str:
    if school is None:
        return gettext("As my school does it: mail at any time")
    times = {"from": f"{school.starts:%H:%M}", "until": f"{school.ends:%H:%M}"}
    if school.weekends:
        return gettext("As my school does it: %(from)s to %(until)s, and weekends") % times
    return gettext("As my school does it: %(from)s to %(until)s") % times


class DeliveryFilters(forms.Form):
    """What may stand in the address of the list of deliveries. A value that is none of the choices filters nothing."""

    search = forms.CharField(
        label=_("Name or email"), required=False, max_length=100, widget=forms.TextInput({"type": "search"})
    )
    state = forms.ChoiceField(label=_("State"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    person = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        anything = ("", _("Any"))
        kinds = [(kind.slug, kind.label) for kind in all_kinds()]
        self.fields["state"].choices = [anything, *ShownDelivery.choices]  # type: ignore[attr-defined]
        self.fields["kind"].choices = [anything, *kinds, (DIGEST_KIND, _("Daily mail"))]  # type: ignore[attr-defined]

    def narrow(self, rows: DeliveryQuerySet) -> DeliveryQuerySet:
        """`rows` that fit the filters in force."""
        self.is_valid()
        asked: dict[str, Any] = self.cleaned_data
        if asked.get("search"):
            rows = rows.to_people_called(asked["search"])
        if asked.get("state"):
            rows = rows.shown_as(asked["state"])
        if asked.get("kind"):
            rows = rows.of_kind(asked["kind"])
        person: UUID | None = asked.get("person")
        return rows.to_person(person) if person else rows

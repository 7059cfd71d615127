"""Forms of the calendar. They read what was typed, lines of periods and terms among it; actions check and write it."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from techdesk.base.text import clean_line
from techdesk.directory.actions import PeriodInput, Span, TermInput
from techdesk.directory.calendar_words import clock
from techdesk.directory.choices import CycleKind
from techdesk.directory.queries.calendar import Hours
from techdesk.directory.queries.calendar_plan import Bells, Cycle, TermFacts
from techdesk.ui.forms import ChoiceCards, DateInput

DISTRICT, HERE = "district", "school"
#: Without AM or PM an hour before this one is in the afternoon: no school day has a period at 1:05 at night.
FIRST_MORNING_HOUR = 6
_TIME = re.compile(r"^(\d{1,2})(?::?(\d{2}))?\s*([ap])?\.?(?:m\.?)?$", re.I)
_TIMES = re.compile(
    r"^(?P<name>.*?)[\s:,;|\t]+(?P<starts>\d{1,2}(?::\d{2})?\s*(?:[ap]\.?m\.?)?)"
    r"\s*(?:-|–|—|\bto\b|\s|\t)\s*(?P<ends>\d{1,2}(?::\d{2})?\s*(?:[ap]\.?m\.?)?)$",
    re.I,
)
_DATE = r"\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{4}"
_DATES_FIRST = re.compile(rf"^(?P<first>{_DATE})(?:\s*(?:-|–|—|\bto\b)\s*(?P<last>{_DATE}))?[\s:,]+(?P<name>.+)$", re.I)
_NAME_FIRST = re.compile(rf"^(?P<name>.+?)[\s:,]+(?P<first>{_DATE})\s*(?:-|–|—|\bto\b)\s*(?P<last>{_DATE})$", re.I)


def read_time(text: str) -> dt.time:
    """A time as people write it: "8:00", "1:05 pm", "13:05", "8 AM". Raises ValueError."""
    found = _TIME.match(text.strip())
    if not found:
        raise ValueError(text)
    hour, minute = int(found[1]), int(found[2] or 0)
    half = (found[3] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(text)
        hour = hour % 12 + (12 if half == "p" else 0)
    elif 1 <= hour < FIRST_MORNING_HOUR:
        hour += 12
    return dt.time(hour, minute)


def read_date(text: str) -> dt.date:
    """2026-11-26 or 11/26/2026. Raises ValueError."""
    if "/" in text:
        month, day, year = (int(part) for part in text.split("/"))
        return dt.date(year, month, day)
    return dt.date.fromisoformat(text)


def typed_time(time: dt.time) -> str:
    return f"{time:%H:%M}"


class ClockField(forms.TimeField):
    """A time of day with the browser's own input; typed ones may be "12:30" or "12:30 PM"."""

    widget = forms.TimeInput

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.TimeInput({"type": "time"}, format="%H:%M"))
        super().__init__(**options)

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except ValidationError:
            try:
                return read_time(str(value))
            except ValueError:
                raise ValidationError(_("Write a time such as 12:30 PM."), code="invalid") from None


class CalendarForm(forms.Form):
    """Every form about a calendar hands back the version its reader saw."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def facts(self) -> dict[str, Any]:
        """What the action takes beside the school."""
        return dict(self.cleaned_data)


class PlacedForm(CalendarForm):
    """A form for one school or, for those who may, the whole district."""

    def __init__(self, *args: Any, school: Any, for_district: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if for_district:
            self.fields["district_version"] = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
            self.fields["place"] = forms.ChoiceField(
                label=_("Where"),
                choices=[(HERE, str(school)), (DISTRICT, _("Every school of the district"))],
                initial=HERE,
                widget=ChoiceCards(small=True),
            )
            self.order_fields(["place"])

    @property
    def is_for_district(self) -> bool:
        return "place" in self.fields and self.cleaned_data.get("place") == DISTRICT

    def facts(self) -> dict[str, Any]:
        facts = {name: value for name, value in self.cleaned_data.items() if name not in ("place", "district_version")}
        if self.is_for_district:
            facts["version"] = self.cleaned_data["district_version"]
        return facts


class AnnounceForm(PlacedForm):
    """School is out, today or tomorrow."""

    on = forms.ChoiceField(label=_("When"), widget=ChoiceCards(small=True))
    name = forms.CharField(label=_("Why"), max_length=100, help_text=_("For example: Snow day"))

    def __init__(self, *args: Any, today: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        tomorrow = today + dt.timedelta(days=1)
        self.days = {today.isoformat(): today, tomorrow.isoformat(): tomorrow}
        field: Any = self.fields["on"]
        field.choices = [(today.isoformat(), _("Today")), (tomorrow.isoformat(), _("Tomorrow"))]

    def clean_on(self) -> dt.date:
        return self.days[self.cleaned_data["on"]]


class CloseDaysForm(PlacedForm):
    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("For example: Winter break"))
    first = forms.DateField(label=_("First day"), widget=DateInput)
    last = forms.DateField(
        label=_("Last day"), widget=DateInput, required=False, help_text=_("Leave it empty for a single day.")
    )

    def facts(self) -> dict[str, Any]:
        given = super().facts()
        span = Span(given["first"], given["last"] or given["first"], given["name"])
        return {"spans": [span], "version": given["version"]}


class CopyDaysForm(PlacedForm):
    """The closed days of last year, moved to this one, to be looked through before they are taken over."""

    days = forms.CharField(
        label=_("Closed days"),
        widget=forms.Textarea({"rows": 14}),
        help_text=_("One line each, such as 12/20/2027 - 12/31/2027 Winter break. Change or delete what does not fit."),
    )

    def clean_days(self) -> list[Span]:
        spans = []
        for number, line in enumerate(self.cleaned_data["days"].splitlines(), start=1):
            if not (line := clean_line(line)):
                continue
            found = _DATES_FIRST.match(line)
            try:
                if found is None:
                    raise ValueError(line)
                first = read_date(found["first"])
                spans.append(Span(first, read_date(found["last"]) if found["last"] else first, found["name"].strip()))
            except ValueError:
                words = _("Line %(n)d cannot be read: %(line)s")
                raise ValidationError(words % {"n": number, "line": line[:60]}, code="line") from None
        return spans

    def facts(self) -> dict[str, Any]:
        given = super().facts()
        return {"spans": given["days"], "version": given["version"]}


class OneDayForm(CalendarForm):
    on = forms.DateField()


class TakeAwayForm(CalendarForm):
    """The days of a button "Open again" or "Usual hours". `place` says whose they are."""

    place = forms.ChoiceField(choices=[(HERE, HERE), (DISTRICT, DISTRICT)])
    first = forms.DateField()
    last = forms.DateField()


class ShortDayForm(PlacedForm):
    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("For example: Early release"))
    on = forms.DateField(label=_("Day"), widget=DateInput)
    opens_at = ClockField(
        label=_("School starts at"), required=False, help_text=_("Leave it empty when school starts as always.")
    )
    closes_at = ClockField(
        label=_("School ends at"), required=False, help_text=_("Leave it empty when school ends as always.")
    )


class HoursForm(CalendarForm):
    """From when to when the school is open, a line for each weekday; an empty one is closed."""

    def __init__(self, *args: Any, hours: dict[int, Hours], **options: Any) -> None:
        super().__init__(*args, **options)
        for day in range(7):
            opens, closes = hours.get(day, (None, None))
            self.fields[f"day_{day}"] = forms.CharField(
                label=WEEKDAYS[day],
                required=False,
                max_length=40,
                initial=f"{clock(opens)} - {clock(closes)}" if opens and closes else "",
                help_text=_("For example 7:30 AM - 3:00 PM. Leave a day empty when the school is closed.")
                if day == 0
                else "",
            )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        hours: dict[int, Hours] = {}
        for day in range(7):
            if not (text := clean_line(cleaned.pop(f"day_{day}", ""))):
                continue
            found = _TIMES.match(f"x {text}")
            try:
                if found is None:
                    raise ValueError(text)
                hours[day] = (read_time(found["starts"]), read_time(found["ends"]))
            except ValueError:
                self.add_error(f"day_{day}", _("Write from when to when, such as 7:30 AM - 3:00 PM."))
                continue
            if hours[day][1] <= hours[day][0]:
                self.add_error(f"day_{day}", _("School ends after it starts."))
        return {**cleaned, "hours": hours}


class YearForm(CalendarForm):
    """A school year and the terms that people gave it."""

    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("For example: 2026–2027"))
    starts_on = forms.DateField(label=_("First day"), widget=DateInput)
    ends_on = forms.DateField(label=_("Last day"), widget=DateInput)
    terms = forms.CharField(
        label=_("Terms"),
        required=False,
        widget=forms.Textarea({"rows": 5}),
        help_text=_("One line each, such as: Fall semester 8/17/2026 - 12/18/2026"),
    )

    def __init__(self, *args: Any, from_roster: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        if from_roster:
            for name in ("name", "starts_on", "ends_on"):
                self.fields[name].disabled = True

    @staticmethod
    def lines(terms: list[TermFacts]) -> str:
        return "\n".join(f"{one.name} {one.starts_on:%m/%d/%Y} - {one.ends_on:%m/%d/%Y}" for one in terms)

    def clean_terms(self) -> list[TermInput]:
        terms = []
        for line in self.cleaned_data["terms"].splitlines():
            if not (line := clean_line(line)):
                continue
            found = _NAME_FIRST.match(line)
            try:
                if found is None:
                    raise ValueError(line)
                terms.append(TermInput(found["name"].strip(), read_date(found["first"]), read_date(found["last"])))
            except ValueError:
                raise ValidationError(_("This line cannot be read: %(line)s") % {"line": line[:80]}) from None
        return terms


class BellScheduleForm(CalendarForm):
    """A bell schedule, its periods as lines."""

    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("For example: Regular, Assembly, Early release"))
    periods = forms.CharField(
        label=_("Periods"),
        widget=forms.Textarea({"rows": 10, "spellcheck": "false"}),
        help_text=_("One line each: the name, then start and end, such as “1 8:00-8:45” or “Lunch 12:10 1:00 PM”."),
    )
    is_default = forms.BooleanField(label=_("Used on every day that has no other schedule"), required=False)

    def __init__(self, *args: Any, cycle: Cycle | None, **options: Any) -> None:
        super().__init__(*args, **options)
        if cycle is not None:
            self.fields["cycle_days"] = forms.MultipleChoiceField(
                label=_("Used on these days of the cycle"),
                required=False,
                choices=[(name, name) for name in cycle.choices],
                widget=forms.CheckboxSelectMultiple,
            )

    @staticmethod
    def lines(bells: Bells) -> str:
        return "\n".join(f"{one.name} {clock(one.starts_at)} - {clock(one.ends_at)}" for one in bells.periods)

    def clean_periods(self) -> list[PeriodInput]:
        periods = []
        for number, line in enumerate(self.cleaned_data["periods"].splitlines(), start=1):
            if not (line := clean_line(line)):
                continue
            found = _TIMES.match(line)
            try:
                if found is None or not found["name"].strip():
                    raise ValueError(line)
                periods.append(PeriodInput(found["name"].strip(), read_time(found["starts"]), read_time(found["ends"])))
            except ValueError:
                words = _("Line %(n)d cannot be read: %(line)s. Write the name, then start and end: 1 8:00-8:45")
                raise ValidationError(words % {"n": number, "line": line[:60]}, code="line") from None
        return periods


class CycleForm(CalendarForm):
    """How days are named from a day on."""

    starts_on = forms.DateField(
        label=_("From this day on"), widget=DateInput, help_text=_("What days were called before stays as it is.")
    )
    kind = forms.ChoiceField(
        label=_("How days are named"),
        choices=CycleKind.choices,
        widget=ChoiceCards(
            small=True,
            hints={
                CycleKind.ROTATING: _("A, B, A, B: a closed day is passed over"),
                CycleKind.WEEKDAY: _("Monday A, Tuesday B"),
            },
        ),
    )
    names = forms.CharField(
        label=_("Names"),
        max_length=200,
        help_text=_("Divided by commas. One after another: A, B. By weekday, Monday first: A, B, A, B, C"),
    )
    first = forms.CharField(
        label=_("The first day is"),
        max_length=12,
        required=False,
        help_text=_("For names one after another. Leave it empty to begin with the first name."),
    )
    snow_days_shift = forms.BooleanField(
        label=_("After a snow day the next day takes its name (otherwise that name is lost)"), required=False
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "names" in cleaned:
            names = [clean_line(name) for name in cleaned["names"].split(",")]
            if cleaned.get("kind") == CycleKind.WEEKDAY:
                names += [""] * (7 - len(names))
            cleaned["names"] = names
        return cleaned


class ScheduleDayForm(CalendarForm):
    """What one day has instead."""

    on = forms.DateField(label=_("Day"), widget=DateInput)

    def __init__(self, *args: Any, cycle: Cycle | None, schedules: dict[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        usual = ("", _("As usual"))
        if cycle is not None:
            self.fields["cycle_day"] = forms.ChoiceField(
                label=_("Day of the cycle"),
                required=False,
                choices=[usual, *((name, _("%(name)s day") % {"name": name}) for name in cycle.choices)],
                help_text=_("Only this day changes. The days after it are named as before."),
            )
        if schedules:
            self.fields["schedule"] = forms.ChoiceField(
                label=_("Bell schedule"), required=False, choices=[usual, *schedules.items()]
            )

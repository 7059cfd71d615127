"""The form that makes a token, and the filter of everybody's tokens."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from techdesk.api.domains import domains
from techdesk.api.models import TokenScope
from techdesk.base.clock import now
from techdesk.directory.models import Person, School
from techdesk.directory.querysets import PersonQuerySet
from techdesk.ui.forms import PickerInput

#: Days after which a token ends by itself; 0: never.
DAYS = {30: _("After 30 days"), 90: _("After 90 days"), 365: _("After a year"), 0: _("Never, until it is revoked")}


class NewToken(forms.Form):
    """What the token is for, and how far it reaches."""

    name = forms.CharField(
        label=_("What is it for?"), max_length=100, help_text=_("Such as “Nightly inventory to the data warehouse”.")
    )
    scope = forms.ChoiceField(
        label=_("What may the script do?"),
        choices=TokenScope.choices,
        initial=TokenScope.READ.value,
        widget=forms.RadioSelect,
    )
    domains = forms.MultipleChoiceField(
        label=_("Only these parts"),
        help_text=_("Tick what the script needs. Nothing ticked: everything you reach."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.TypedChoiceField(label=_("When does it end?"), coerce=int, initial=90)

    def __init__(self, data: Any = None, *, schools: Any, may_last: bool) -> None:
        super().__init__(data)
        self.fields["domains"].choices = [  # type: ignore[attr-defined]
            (one.name, one.label) for one in domains().values()
        ]
        self.fields["days"].choices = [  # type: ignore[attr-defined]
            (days, label) for days, label in DAYS.items() if days or may_last
        ]
        self.fields["school"] = forms.ModelChoiceField(
            schools,
            label=_("Only this school"),
            required=False,
            to_field_name="code",
            empty_label=_("Every school you reach"),
        )

    def facts(self) -> dict[str, Any]:
        found = dict(self.cleaned_data)
        days = found.pop("days")
        return found | {"expires_at": now() + dt.timedelta(days=days) if days else None}


class TokenFilters(forms.Form):
    """Whose tokens, and whether those that ended are shown, too."""

    person = forms.CharField(
        label=_("Whose"),
        required=False,
        max_length=200,
        widget=PickerInput(url=reverse_lazy("directory:pick-person"), placeholder=_("Name or email")),
    )
    ended = forms.BooleanField(label=_("Also those that ended"), required=False)

    def __init__(self, data: Any, *, people: PersonQuerySet) -> None:
        super().__init__(data)
        self.people = people

    def narrow(self, tokens: Any) -> Any:
        """`tokens` that fit; a person nobody knows has none."""
        self.is_valid()
        if self.cleaned_data.get("person"):
            tokens = tokens.of_people(self.whose())
        return tokens if self.cleaned_data.get("ended") else tokens.in_force()

    def whose(self) -> list[Person]:
        return list(self.people.meant_by(self.cleaned_data["person"])[:2])


def schools_of(viewer: Any) -> Any:
    """The schools to which `viewer` may narrow a token."""
    return School.objects.active().visible_to(viewer).by_name()

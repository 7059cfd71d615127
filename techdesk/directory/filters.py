"""Filters of the list of people."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from techdesk.base.policy import ROLES
from techdesk.directory.choices import PersonKind
from techdesk.directory.models import Person, School
from techdesk.directory.querysets import PersonQuerySet

_ANY = ("", _("Any"))


class PeopleFilters(forms.Form):
    """What may stand in the address of the list. A value that is none of the choices filters nothing."""

    search = forms.CharField(
        label=_("Name, email or card number"),
        required=False,
        max_length=100,
        widget=forms.TextInput({"type": "search"}),
    )
    school = forms.ModelChoiceField(
        School.objects.none(), label=_("School"), required=False, to_field_name="code", empty_label=_("Any")
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=[_ANY, *((k.value, k.label) for k in PersonKind if k is not PersonKind.SERVICE)],
    )
    role = forms.ChoiceField(label=_("Role"), required=False, choices=[_ANY, *ROLES.items()])
    to_invite = forms.BooleanField(label=_("Not signed up yet"), required=False)
    temporary = forms.BooleanField(label=_("Not in the roster yet"), required=False)
    off = forms.BooleanField(label=_("Accounts that are off"), required=False)

    def __init__(self, data: Any, *, viewer: Person, schools: Any) -> None:
        super().__init__(data)
        self.viewer = viewer
        self.fields["school"].queryset = schools  # type: ignore[attr-defined]

    def narrow(self, people: PersonQuerySet) -> PersonQuerySet:
        """`people` that fit the filters in force; without a filter, those whose account is on."""
        self.is_valid()
        asked: dict[str, Any] = self.cleaned_data
        if asked.get("off"):
            people = people.inactive()
        elif asked.get("to_invite"):
            people = people.to_invite()
        else:
            people = people.active()
        if asked.get("temporary"):
            people = people.temporary()
        if asked.get("search"):
            people = people.search(asked["search"])
        if asked.get("kind"):
            people = people.of_kind(asked["kind"])
        if asked.get("role"):
            people = people.with_role(asked["role"], seen_by=self.viewer, school=asked.get("school"))
        elif asked.get("school"):
            people = people.at_school(asked["school"])
        return people

"""Forms about one person: added, changed, given a role, joined. They check what was typed; actions write it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from techdesk.base.policy import DISTRICT_ROLES, ROLES
from techdesk.directory.actions.role import ROLES_OF_KIND
from techdesk.directory.choices import PersonKind
from techdesk.directory.models import Person, School, Section
from techdesk.directory.queries.accounts import unfit_facts
from techdesk.directory.querysets import PersonQuerySet
from techdesk.ui.forms import ChoiceCards, PickerInput


class ChooseSchool(forms.Form):
    """At which school somebody is added, asked of those who work for several."""

    school = forms.ModelChoiceField(
        School.objects.none(), label=_("School"), to_field_name="code", empty_label=_("Choose a school")
    )

    def __init__(self, data: Any, *, schools: Any) -> None:
        super().__init__(data)
        self.fields["school"].queryset = schools  # type: ignore[attr-defined]


class AddPerson(forms.Form):
    """Somebody whom the roster does not list yet, at `school`."""

    kind = forms.ChoiceField(
        label=_("Who is it?"),
        choices=[(PersonKind.STUDENT.value, _("A student")), (PersonKind.STAFF.value, _("A member of staff"))],
        initial=PersonKind.STUDENT.value,
        widget=ChoiceCards(small=True, icons={"student": "outline/school", "staff": "outline/user"}),
    )
    given_name = forms.CharField(label=_("Given name"), max_length=100)
    family_name = forms.CharField(label=_("Family name"), max_length=100)
    grade = forms.CharField(
        label=_("Grade"),
        max_length=10,
        required=False,
        help_text=_("For a student, as the roster will write it: the roster finds the student by name and grade."),
    )
    identifier = forms.CharField(
        label=_("Card number"),
        max_length=60,
        required=False,
        help_text=_("If it is known already. By this number the roster finds the right person for certain."),
    )
    email = forms.EmailField(label=_("Email"), required=False, help_text=_("For a link to choose a password."))

    def __init__(self, data: Any = None, *, school: School, asks_again: bool = False) -> None:
        super().__init__(data)
        self.fields["homeroom"] = forms.ModelChoiceField(
            Section.objects.homerooms().filter(school=school),
            label=_("Homeroom"),
            help_text=_("Its teacher sees the student at once."),
            required=False,
            to_field_name="key",
            empty_label=_("None yet"),
            error_messages={"invalid_choice": _("There is no such homeroom at this school.")},
        )
        if asks_again:
            self.fields["is_new"] = forms.BooleanField(label=_("It is somebody else. Add them."), required=False)

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if found.get("kind") == PersonKind.STAFF and found.get("homeroom"):
            self.add_error("homeroom", ValidationError(_("Only students are put into a homeroom here.")))
        return found

    @property
    def confirmed(self) -> bool:
        """Did the person say that it is nobody of those who are shown?"""
        return bool(self.cleaned_data.get("is_new"))

    def facts(self) -> dict[str, Any]:
        found = {name: value for name, value in self.cleaned_data.items() if name != "is_new"}
        return found | {"email": found["email"] or None}


class ChangePerson(forms.Form):
    """The facts of one person, without those in `fixed`, which the roster says."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    given_name = forms.CharField(label=_("Given name"), max_length=100)
    middle_name = forms.CharField(label=_("Middle name"), max_length=100, required=False)
    family_name = forms.CharField(label=_("Family name"), max_length=100)
    email = forms.EmailField(label=_("Email"), required=False)
    grade = forms.CharField(label=_("Grade"), max_length=10, required=False)
    identifier = forms.CharField(label=_("Card number"), max_length=60, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    language = forms.ChoiceField(label=_("Language of pages and mails"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, person: Person, fixed: Collection[str], **options: Any) -> None:
        super().__init__(*args, **options)
        for name in (unfit_facts(person) | set(fixed)) & set(self.fields):
            del self.fields[name]

    def facts(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


def values_of(person: Person) -> dict[str, Any]:
    """What the form shows of `person` as they are now."""
    names = ("version", "given_name", "middle_name", "family_name", "grade", "identifier", "phone", "language")
    return {name: getattr(person, name) for name in names} | {"email": person.email or ""}


class GrantRole(forms.Form):
    """A role for one person, at a school or for the whole district."""

    role = forms.ChoiceField(label=_("Role"))

    def __init__(self, data: Any = None, *, person: Person, schools: Any) -> None:
        super().__init__(data)
        allowed = ROLES_OF_KIND.get(person.kind, frozenset(ROLES))
        words = [
            (role, _("%(role)s (whole district)") % {"role": label} if role in DISTRICT_ROLES else label)
            for role, label in ROLES.items()
            if role in allowed
        ]
        self.fields["role"].choices = words  # type: ignore[attr-defined]
        self.fields["school"] = forms.ModelChoiceField(
            schools,
            label=_("School"),
            required=False,
            to_field_name="code",
            empty_label=_("Choose a school"),
        )
        self.fields["everywhere"] = forms.BooleanField(label=_("For the whole district"), required=False)

    def clean(self) -> dict[str, Any]:
        """Everywhere only when somebody says so, or where the role knows no school."""
        found: dict[str, Any] = super().clean() or {}
        everywhere = found.pop("everywhere", False)
        needs_school = found.get("role") not in DISTRICT_ROLES and not everywhere
        if needs_school and found.get("school") is None and "school" not in self.errors:
            self.add_error("school", ValidationError(_("Choose the school, or the whole district.")))
        if everywhere and found.get("school") is not None:
            self.add_error("school", ValidationError(_("Choose the school or the whole district, not both.")))
        return found


class JoinPerson(forms.Form):
    """The roster's record of somebody who was added by hand."""

    def __init__(self, data: Any = None, *, people: PersonQuerySet) -> None:
        super().__init__(data)
        self.people = people
        self.fields["listed"] = forms.CharField(
            label=_("The roster's record"),
            max_length=200,
            widget=PickerInput(url=reverse_lazy("directory:pick-person"), placeholder=_("Name or card number")),
        )

    def clean_listed(self) -> Person:
        found: list[Person] = list(self.people.meant_by(self.cleaned_data["listed"])[:2])
        if len(found) != 1:
            raise ValidationError(_("Choose one person from the list."), code="unknown_person")
        return found[0]

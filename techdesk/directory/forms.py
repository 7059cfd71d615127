"""Forms of the directory. They check what was typed; actions write it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from techdesk.base.errors import BadInput
from techdesk.directory.models import Person, Room
from techdesk.directory.querysets import RoomQuerySet
from techdesk.directory.switches import ABOUT, GROUPS, SECOND_FACTOR, Answers, Kind, Setting
from techdesk.ui.forms import ChoiceCards, PickerInput

MOST_SELECTED = 200


def show_refusal(form: forms.Form, refusal: BadInput) -> None:
    """Put the messages of an action's refusal at the fields they belong to."""
    for name, texts in (refusal.errors or {"": [refusal.message]}).items():
        for text in texts:
            form.add_error(name if name in form.fields else None, text)


class RoomField(forms.CharField):
    """A room among `rooms`: from the picker, or typed as "SCHOOL/ROOM", as a room code, or from the sign."""

    def __init__(self, *, rooms: RoomQuerySet, **options: Any) -> None:
        self.rooms = rooms
        widget = PickerInput(url=reverse_lazy("directory:pick-room"), placeholder=_("Room number or name"))
        super().__init__(max_length=100, widget=widget, **options)

    def prepare_value(self, value: Any) -> Any:
        return value.public_key if isinstance(value, Room) else value

    def clean(self, value: Any) -> Room | None:
        text = super().clean(value)
        if not text:
            return None
        found = list(self.rooms.meant_by(text).for_list()[:2])
        if not found:
            raise ValidationError(_("There is no such room at your school."), code="unknown_room")
        if len(found) > 1:
            raise ValidationError(
                _("Several schools have a room of this number. Choose one from the list."), code="ambiguous_room"
            )
        return found[0]


class OwnSettings(forms.Form):
    """A person's own look, language and room."""

    theme = forms.ChoiceField(
        label=_("Colors"),
        choices=[("auto", _("As this computer")), ("light", _("Light")), ("dark", _("Dark"))],
        widget=ChoiceCards(
            small=True, icons={"auto": "outline/device-desktop", "light": "outline/sun", "dark": "outline/moon"}
        ),
    )
    language = forms.ChoiceField(
        label=_("Language of pages and mails"), choices=settings.LANGUAGES, widget=forms.Select
    )

    def __init__(self, *args: Any, person: Person, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["default_room"] = RoomField(
            rooms=Room.objects.active().visible_to(person),
            label=_("Your room"),
            required=False,
            help_text=_("A request for help starts with this room. You can still change it there."),
        )


class ChoosePassword(forms.Form):
    """A first password, typed twice so that a slip of the finger locks nobody out."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=_("At least 10 characters. A few unrelated words are easy to remember and hard to guess."),
    )
    again = forms.CharField(
        label=_("The same password again"),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, second = cleaned.get("password"), cleaned.get("again")
        if first and second and first != second:
            self.add_error("again", _("The two passwords are not the same. Type them again."))
        return cleaned


def selected_keys(values: list[str]) -> list[UUID]:
    """The keys of the rows ticked on a list. What is no key is left out; more than MOST_SELECTED is BadInput."""
    if len(values) > MOST_SELECTED:
        raise BadInput(
            _("Choose at most %(most)d people at a time.") % {"most": MOST_SELECTED}, code="too_many_selected"
        )
    keys = []
    for value in values:
        try:
            keys.append(UUID(value))
        except ValueError:
            continue
    return keys


class SecondFactorRoles(forms.Form):
    """The roles that need a second step to sign in."""

    roles = forms.MultipleChoiceField(
        label=SECOND_FACTOR.label,
        help_text=SECOND_FACTOR.help,
        required=False,
        choices=SECOND_FACTOR.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)


class SettingsForm(forms.Form):
    """The settings of one level as fields: at a school, each may follow the district."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, declared: Sequence[Setting], at_school: bool, wider: Mapping[str, Any], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        order = list(GROUPS)
        self.declared = {one.name: one for one in sorted(declared, key=lambda one: order.index(one.group))}
        for one in self.declared.values():
            for name, field in _fields_of(one, at_school, wider.get(one.name)).items():
                self.fields[name] = field

    def values(self) -> dict[str, Any]:
        """What was chosen: None where the wider word is to hold."""
        found: dict[str, Any] = {}
        for name, one in self.declared.items():
            if one.kind is Kind.TEXTS:
                texts = {code: self.cleaned_data.get(f"{name}__{code}", "") for code, _label in settings.LANGUAGES}
                texts = {code: text for code, text in texts.items() if text}
                found[name] = texts or None
                continue
            value = self.cleaned_data.get(name)
            found[name] = None if value in ("", None, []) else _as_kept(one, value)
        return found

    @staticmethod
    def initial_of(declared: Sequence[Setting], own: Mapping[str, Any]) -> dict[str, Any]:
        """What the fields show for values that are set here; what is not set follows the wider word."""
        initial: dict[str, Any] = {}
        for one in declared:
            value = own.get(one.name)
            if one.kind is Kind.TEXTS:
                initial |= {f"{one.name}__{code}": text for code, text in (value or {}).items()}
            elif one.kind is Kind.CHOICES and value == []:
                initial[one.name] = [NONE_OF_THEM]
            elif one.kind is Kind.YES_NO and value is not None:
                initial[one.name] = "yes" if value else "no"
            elif value is not None:
                initial[one.name] = value
        return initial


#: Where nothing ticked means "as the district": what is ticked to say "nothing".
NONE_OF_THEM = "-"


def _as_kept(one: Setting, value: Any) -> Any:
    if one.kind is Kind.YES_NO:
        return value == "yes"
    if one.kind is Kind.CHOICES:
        return [choice for choice in value if choice != NONE_OF_THEM]
    return value.strftime("%H:%M") if one.kind is Kind.TIME else value


def _said(one: Setting, value: Any) -> str:
    """A value in words, for "As the district: …"."""
    if one.kind is Kind.YES_NO:
        return str(_("Yes") if value else _("No"))
    if one.kind is Kind.CHOICES:
        return ", ".join(str(words) for choice, words in one.choices() if choice in value) or str(_("none"))
    return str(dict(one.choices()).get(value, value))


def _fields_of(one: Setting, at_school: bool, wider: Any) -> dict[str, forms.Field]:
    label, help_text = one.label, one.help
    if one.kind is Kind.TEXTS:
        return {
            f"{one.name}__{code}": forms.CharField(
                label=f"{label} ({name})",
                help_text=help_text if code == settings.LANGUAGE_CODE else "",
                required=False,
                max_length=500,
                widget=forms.Textarea({"rows": 2}),
            )
            for code, name in settings.LANGUAGES
        }
    follows = (_("As the district: %(value)s") if at_school else _("Default: %(value)s")) % {"value": _said(one, wider)}
    if one.kind is Kind.YES_NO:
        choices: list[tuple[str, Any]] = [("", follows), ("yes", _("Yes")), ("no", _("No"))]
        return {one.name: forms.ChoiceField(label=label, help_text=help_text, required=False, choices=choices)}
    if one.kind is Kind.CHOICES:
        choices = [*one.choices(), (NONE_OF_THEM, _("None of these"))]
        words = f"{help_text} {follows}".strip()
        widget = forms.CheckboxSelectMultiple()
        return {
            one.name: forms.MultipleChoiceField(
                label=label, help_text=words, required=False, choices=choices, widget=widget
            )
        }
    if one.kind is Kind.CHOICE:
        choices = [("", follows), *((value, words) for value, words in one.choices() if value)]
        return {one.name: forms.ChoiceField(label=label, help_text=help_text, required=False, choices=choices)}
    if one.kind is Kind.TIME:
        clock = forms.TimeInput({"type": "time"}, format="%H:%M")
        words = f"{help_text} {follows}".strip()
        return {one.name: forms.TimeField(label=label, help_text=words, required=False, widget=clock)}
    words = f"{help_text} {follows}".strip()
    return {
        one.name: forms.IntegerField(
            label=label, help_text=words, required=False, min_value=one.least, max_value=one.most
        )
    }


class FourQuestions(forms.Form):
    """What a school is like, in four questions; the answers set what its people see."""

    technicians = forms.IntegerField(label=ABOUT[0].label, min_value=0, max_value=99)
    devices = forms.ChoiceField(label=ABOUT[1].label, choices=ABOUT[1].choices, widget=forms.RadioSelect)
    library = forms.ChoiceField(
        label=ABOUT[2].label, choices=[("yes", _("Yes")), ("no", _("No"))], widget=forms.RadioSelect
    )
    state = forms.ChoiceField(label=ABOUT[3].label, choices=ABOUT[3].choices, required=False)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def answers(self) -> Answers:
        return Answers(
            technicians=self.cleaned_data["technicians"],
            devices=self.cleaned_data["devices"],
            library=self.cleaned_data["library"] == "yes",
            state=self.cleaned_data["state"],
        )

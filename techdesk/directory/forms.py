"""Forms of the directory. They check what was typed; actions write it."""

from __future__ import annotations

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
from techdesk.directory.switches import SECOND_FACTOR
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

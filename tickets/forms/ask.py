"""The short form behind each choice of "What do you need?". It asks only what is missing."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from devices.models import Device
from techdesk.base.clock import now
from techdesk.base.policy import may
from techdesk.directory.models import Person, School
from techdesk.ui.forms import ChoiceCards, DateInput, PickerInput
from techdesk.ui.moments import worded
from tickets.choices import LONGEST_TEXT
from tickets.forms.photo import PhotoForm
from tickets.models import IssueType
from tickets.queries import (
    device_by_sticker,
    equipment_of,
    own_things,
    rooms_of,
    students_taught_by,
    things_of_student,
)
from tickets.words import subject_from

#: The device of the student who is chosen in the same form.
THEIRS = "the-students"
#: What a choice is when none of the others fits.
NONE = "none"
#: An example of an answer, by issue type.
EXAMPLES = {
    "device": _("The screen stays black. It was fine yesterday."),
    "board": _("The board stays dark. The lamp blinks twice."),
    "internet": _("No Wi-Fi since this morning. The cable works."),
    "printing": _("Paper jam. I took out all the paper I can see."),
    "login": _("My password is not accepted any more."),
    "app": _("The page says it is blocked. My class needs it on Thursday."),
    "other": _("Two document cameras for the science fair."),
}
REACH = {
    "me": _("Only me"),
    "class": _("My class"),
    "more": _("Several rooms or the whole building"),
}


class AskForm(PhotoForm):
    """`issue` is None for a stopped lesson: then only what and where are asked."""

    field_order = (
        "requester", "what", "affected", "device", "tag", "room", "reach", "account", "address", "count", "needed_by",
        "photo",
    )  # fmt: skip

    what = forms.CharField(
        label=_("What happens?"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea({"rows": 4}),
        error_messages={"required": _("Write a few words about what happens.")},
    )
    submission = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, person: Any, school: School, issue: IssueType | None, **options: Any) -> None:
        self.person, self.school, self.issue = person, school, issue
        self.students: list[Any] = []
        self._things: dict[str, Device] = {}
        options["initial"] = {"submission": uuid.uuid4(), **options.get("initial", {})}
        super().__init__(*args, **options)
        asks = issue.asks if issue else ["room"]
        if issue is None:
            self.fields["what"].label = _("What has stopped?")
            del self.fields["photo"], self.fields["kept_photo"]
        elif issue.slug == "other":
            self.fields["what"].label = _("What do you need?")
        self.fields["what"].widget.attrs["placeholder"] = EXAMPLES.get(issue.slug if issue else "board", "")
        works_here = may(person, "tickets.open_for_others", school_id=school.pk)
        if works_here:
            self._ask_for_whom()
        if "person" in asks and not person.is_student:
            self._ask_student(works_here)
        if {"device", "room_device"} & set(asks):
            self._ask_device(own="device" in asks)
        if {"device", "room_device", "tag"} & set(asks):
            self._ask_tag(only="device" not in self.fields)
        if "room" in asks:
            self._ask_room()
        if "reach" in asks:
            self.fields["reach"] = forms.ChoiceField(
                label=_("Who has the problem?"), choices=list(REACH.items()), initial="me",
                widget=ChoiceCards(small=True),
            )  # fmt: skip
        if "account" in asks:
            self.fields["account"] = _line(_("Which account or program?"), _("Canvas, e-mail, the computer itself"))
        if "address" in asks:
            self.fields["address"] = _line(_("Which app or address?"), "padlet.com")
        if "count" in asks:
            self.fields["count"] = forms.IntegerField(label=_("How many?"), required=False, min_value=1, max_value=999)
        if "needed_by" in asks:
            self.fields["needed_by"] = forms.DateField(
                label=_("When do you need it?"), required=False, widget=DateInput
            )
        self.order_fields(self.field_order)

    def _ask_for_whom(self) -> None:
        self.fields["requester"] = forms.CharField(
            label=_("Who asks?"),
            required=False,
            max_length=254,
            help_text=_("Leave it empty when it is you. Otherwise a name, an e-mail address or a card number."),
            widget=PickerInput(
                url=reverse_lazy("directory:pick-person"), placeholder=_("Name"), label_for=self._name_of
            ),
        )

    def _ask_student(self, works_here: bool) -> None:
        """Teachers choose among those they teach; technicians search."""
        label, help_text = _("Is it about one student?"), _("Only the technicians of your school see the name.")
        if works_here:
            self.fields["affected"] = forms.CharField(
                label=label, required=False, max_length=254, help_text=help_text,
                widget=PickerInput(
                    url=f"{reverse_lazy('directory:pick-person')}?kind=student", placeholder=_("Name"),
                    label_for=self._name_of,
                ),
            )  # fmt: skip
            return
        self.students = students_taught_by(self.person)
        if self.students:
            names = [(student.public_key, f"{student.family_name}, {student.given_name}") for student in self.students]
            self.fields["affected"] = forms.ChoiceField(
                label=label,
                help_text=help_text,
                initial=NONE,
                choices=[(NONE, _("No, not about one student")), *names],
            )

    def _ask_device(self, *, own: bool) -> None:
        things = (own_things if own else equipment_of)(self.person, self._home_room())
        self._things = {thing.asset_tag: thing for thing in things}
        choices: list[tuple[str, Any]] = [(tag, _thing_words(thing)) for tag, thing in self._things.items()]
        hints: dict[str, Any] = {tag: _("Tag %(tag)s") % {"tag": tag} for tag in self._things}
        icons = {tag: thing.category.icon for tag, thing in self._things.items()}
        if own and "affected" in self.fields:
            choices.append((THEIRS, _("The student's device")))
            hints[THEIRS], icons[THEIRS] = _("Choose the student above"), "outline/user"
        if not choices:
            return
        choices.append((NONE, _("Something else, or I do not know")))
        icons[NONE] = "outline/help-circle"
        self.fields["device"] = forms.ChoiceField(
            label=_("Which one?"), choices=choices, initial=NONE, widget=ChoiceCards(hints=hints, icons=icons)
        )

    def _ask_tag(self, *, only: bool) -> None:
        self.fields["tag"] = forms.CharField(
            label=_("The tag on its sticker") if only else _("Another one? Type the tag on its sticker"),
            required=False,
            max_length=60,
            widget=forms.TextInput({"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}),
        )

    def _ask_room(self) -> None:
        home = self._home_room()
        self._rooms = {room.code: room for room in rooms_of(self.school)}
        self.fields["room"] = forms.ChoiceField(
            label=_("Where?"),
            choices=[(NONE, _("Somewhere else")), *((code, str(room)) for code, room in self._rooms.items())],
            initial=home.code if home else NONE,
        )

    def _home_room(self) -> Any:
        home = self.person.default_room if self.person.default_room_id else None
        return home if home is not None and home.school_id == self.school.pk and home.is_active else None

    def _name_of(self, value: Any) -> str:
        return str(self._person(str(value)) or value)

    def _person(self, text: str) -> Any:
        """The one active person whom `text` names and the asker may see, or None."""
        found = list(Person.objects.active().visible_to(self.person).humans().meant_by(text)[:2])
        return found[0] if len(found) == 1 else None

    def clean_what(self) -> str:
        text: str = self.cleaned_data["what"]
        if not subject_from(text):
            raise ValidationError(self.fields["what"].error_messages["required"], code="empty_text")
        return text

    def clean_requester(self) -> Any:
        if not (text := self.cleaned_data["requester"].strip()):
            return None
        if found := self._person(text):
            return found
        raise ValidationError(_("We do not know this person. Choose somebody from the list."), code="unknown_person")

    def clean_affected(self) -> Any:
        text = self.cleaned_data["affected"].strip()
        if text in ("", NONE):
            return None
        if self.students:
            return next(student for student in self.students if student.public_key == text)
        if found := self._person(text):
            return found
        raise ValidationError(_("We do not know this student. Choose one from the list."), code="unknown_person")

    def clean_room(self) -> Any:
        return self._rooms.get(self.cleaned_data["room"])

    def clean_tag(self) -> Device | None:
        if not (tag := self.cleaned_data["tag"].strip()):
            return None
        if found := device_by_sticker(self.person, self.school, tag):
            return found
        raise ValidationError(
            _(
                "No device at %(school)s has the tag %(tag)s. Look at the sticker once more, or leave this empty and"
                " say in your words which device it is."
            ),
            params={"school": self.school, "tag": tag},
            code="unknown_device",
        )

    def clean_needed_by(self) -> dt.date | None:
        day: dt.date | None = self.cleaned_data["needed_by"]
        if day and day < timezone.localdate(now(), self.school.zone):
            raise ValidationError(_("This day is over. Choose today or a later day."), code="in_past")
        return day

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        devices = []
        if (choice := cleaned.get("device")) == THEIRS:
            student = cleaned.get("affected")
            if student is None:
                if "affected" not in self.errors:
                    self.add_error("affected", _("Choose the student whose device it is."))
            else:
                devices = things_of_student(self.person, student)
                if not devices and not cleaned.get("tag"):
                    self.add_error(
                        "tag",
                        _(
                            "We know no device of this student. Type the tag on its sticker, or choose"
                            " “Something else”."
                        ),
                    )
        elif choice and choice != NONE:
            devices = [self._things[choice]]
        if tagged := cleaned.get("tag"):
            devices.append(tagged)
        cleaned["devices"] = devices
        return cleaned

    @property
    def subject(self) -> str:
        return subject_from(self.cleaned_data["what"])

    @property
    def description(self) -> str:
        """What was written, and below it the answers that have no place of their own on a ticket."""
        given = self.cleaned_data
        lines: list[tuple[str, Any]] = []
        if given.get("reach"):
            lines.append((gettext("Who has the problem"), REACH[given["reach"]]))
        if given.get("account"):
            lines.append((gettext("Account or program"), given["account"]))
        if given.get("address"):
            lines.append((gettext("App or address"), given["address"]))
        if given.get("count"):
            lines.append((gettext("How many"), given["count"]))
        if given.get("needed_by"):
            lines.append((gettext("Needed by"), worded(given["needed_by"], "l, F j, Y")))
        answers = "\n".join(f"{label}: {value}" for label, value in lines)
        return f"{given['what']}\n\n{answers}" if answers else given["what"]


def _line(label: Any, placeholder: Any) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=300, widget=forms.TextInput({"placeholder": placeholder})
    )


def _thing_words(thing: Device) -> str:
    return f"{thing.category}, {thing.model.name}"

"""Forms of devices. They check what was typed; actions write it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from devices.actions import DuplicateDevice, UnusableDevice
from devices.actions.custody import LONGEST_NOTE
from devices.actions.facts import LONGEST_NOTES, MOST_SLOTS
from devices.actions.retire import LONGEST_REASON
from devices.choices import SETTABLE_FREE, SETTABLE_HELD, Condition, DeviceStatus
from devices.models import Device
from devices.queries import categories_in_use, known_to, schools_where
from devices.switches import CARTS
from techdesk.base.errors import BadInput, DomainError
from techdesk.directory.models import Person, Room
from techdesk.directory.queries.settings import is_on
from techdesk.ui.forms import DateInput, PickerInput

PICK_PERSON, PICK_ROOM, PICK_DEVICE = (
    reverse_lazy("directory:pick-person"),
    reverse_lazy("directory:pick-room"),
    reverse_lazy("devices:pick"),
)
PICK_CART = reverse_lazy("devices:pick-cart")


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, for a form; None when the page is only opened. An empty form that was sent counts as sent."""
    return request.POST if request.method == "POST" else None


class NamedField(forms.CharField):
    """One object among `rows` (a queryset with `meant_by(text)`): chosen in the picker, or typed by its public name.

    `current` may stay even when the viewer could not choose it (somebody who left, a student of another school).
    """

    def __init__(
        self,
        *,
        rows: Any,
        pick: Any,
        placeholder: Any,
        unknown: Any,
        current: Any = None,
        current_label: str = "",
        **options: Any,
    ) -> None:
        self.rows = rows
        self.unknown = unknown
        self.current = current
        self.current_label = current_label or str(current or "")
        widget = PickerInput(url=pick, placeholder=placeholder, label_for=self.label_for)
        super().__init__(max_length=254, widget=widget, **options)

    def find(self, text: str) -> list[Any]:
        if self.current is not None and text == self.current.public_key:
            return [self.current]
        return list(self.rows.meant_by(text)[:2])

    def label_for(self, value: Any) -> str:
        """The words for a value that was chosen before: those of the object, if the viewer may choose it."""
        found = self.find(str(value))
        if len(found) != 1:
            return str(value)
        return self.current_label if found[0] == self.current else str(found[0])

    def prepare_value(self, value: Any) -> Any:
        return getattr(value, "public_key", value)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        found = self.find(text)
        if not found:
            raise ValidationError(self.unknown, code="unknown")
        if len(found) > 1:
            raise ValidationError(_("This fits more than one. Choose one from the list."), code="ambiguous")
        return found[0]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial) or "") != str(data or "").strip()


def person_field(viewer: Any, current: Any = None, **options: Any) -> NamedField:
    known = known_to(viewer, [current])
    label = "" if current is None else current.name if known.may_name(current) else str(known.name(current))
    return NamedField(
        current=current,
        current_label=label,
        rows=Person.objects.active().humans().visible_to(viewer),
        pick=PICK_PERSON,
        placeholder=_("Name, e-mail or card number"),
        unknown=_("Nobody of this name, address or number is here. Choose a person from the list."),
        **options,
    )


def room_field(viewer: Any, **options: Any) -> NamedField:
    return NamedField(
        rows=Room.objects.active().visible_to(viewer).for_list(),
        pick=PICK_ROOM,
        placeholder=_("Room number or name"),
        unknown=_("There is no such room here. Choose one from the list."),
        **options,
    )


def cart_field(viewer: Any, **options: Any) -> NamedField:
    return NamedField(
        rows=Device.objects.not_gone().visible_to(viewer),
        pick=PICK_CART,
        placeholder=_("Tag of the cart"),
        unknown=_("There is no cart with this tag here."),
        **options,
    )


def condition_field(**options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("Condition"), required=False, choices=[("", _("As it was")), *Condition.choices], **options
    )


def note_field(**options: Any) -> forms.CharField:
    return forms.CharField(
        label=_("Note"),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea({"rows": 2}),
        **options,
    )


class CheckOutForm(forms.Form):
    """To whom? `to` decides which one question is asked: a person, a room or a cart."""

    def __init__(self, *args: Any, viewer: Any, to: str, **options: Any) -> None:
        super().__init__(*args, **options)
        focus = {"autofocus": True}
        if to == "room":
            self.fields["room"] = room_field(viewer, label=_("To which room?"))
        elif to == "cart":
            self.fields["cart"] = cart_field(viewer, label=_("To which cart?"))
            self.fields["slot"] = forms.IntegerField(
                label=_("Slot"), required=False, min_value=1, max_value=MOST_SLOTS, widget=_number()
            )
        else:
            self.fields["person"] = person_field(viewer, label=_("To whom?"))
        next(iter(self.fields.values())).widget.attrs.update(focus)
        if to != "cart":
            self.fields["due_on"] = forms.DateField(
                label=_("Due back"),
                required=False,
                widget=DateInput(),
                help_text=_("Empty: it stays there until it is brought back."),
            )
        self.fields["condition"] = condition_field()
        self.fields["note"] = note_field(help_text=_("For example: charger and case taken."))


class CheckInForm(forms.Form):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["condition"] = condition_field(help_text=_("How does it come back?"))
        self.fields["note"] = note_field(help_text=_("For example: charger is missing."))


class RetireForm(forms.Form):
    reason = forms.CharField(
        label=_("Why?"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Stays in the history of the device. Please name no student."),
    )


class _DeviceFields(forms.Form):
    """What adding and changing have in common."""

    def add_model(self) -> None:
        self.fields["manufacturer"] = forms.CharField(label=_("Manufacturer"), max_length=100)
        self.fields["model"] = forms.CharField(label=_("Model"), max_length=150)
        self.fields["category"] = forms.ModelChoiceField(
            label=_("Kind"),
            queryset=categories_in_use(),
            to_field_name="slug",
            help_text=_("Counts for a model that is new here. A known model keeps its kind."),
        )

    def add_state(self, *, is_cart: bool | None) -> None:
        self.fields["condition"] = forms.ChoiceField(label=_("Condition"), choices=Condition.choices)
        self.fields["is_loaner"] = forms.BooleanField(label=_("Is a loaner"), required=False)
        if is_cart is None or is_cart:
            self.fields["slot_count"] = forms.IntegerField(
                label=_("Number of slots"),
                required=False,
                min_value=0,
                max_value=MOST_SLOTS,
                widget=_number(),
                help_text=_("Only for a cart."),
            )

    def add_place(self, viewer: Any, device: Device | None = None) -> None:
        is_cart = device is not None and device.is_cart
        self.fields["home_room"] = room_field(
            viewer, label=_("Home: room"), required=False, current=device and device.home_room
        )
        if not is_cart and (device is None or device.home_cart_id or is_on(device.school, CARTS.name)):
            self.fields["home_cart"] = cart_field(
                viewer, label=_("Home: cart"), required=False, current=device and device.home_cart
            )
            self.fields["home_slot"] = forms.IntegerField(
                label=_("Slot or station"), required=False, min_value=1, max_value=MOST_SLOTS, widget=_number()
            )
        if is_cart:
            self.fields["responsible"] = person_field(
                viewer, label=_("Who answers for it"), required=False, current=device and device.responsible
            )
        else:
            self.fields["assigned_to"] = person_field(
                viewer,
                label=_("Assigned for the year"),
                required=False,
                help_text=_("Not the same as checked out."),
                current=device and device.assigned_to,
            )

    def add_purchase(self) -> None:
        self.fields["purchased_on"] = forms.DateField(label=_("Bought on"), required=False, widget=DateInput())
        self.fields["warranty_until"] = forms.DateField(label=_("Warranty until"), required=False, widget=DateInput())
        self.fields["notes"] = forms.CharField(
            label=_("Notes"), required=False, max_length=LONGEST_NOTES, widget=forms.Textarea({"rows": 3})
        )

    def facts(self) -> dict[str, Any]:
        """What was typed, as the actions take it."""
        facts = dict(self.cleaned_data)
        if "category" in facts:
            facts["category"] = facts["category"].slug
        if "slot_count" in facts:
            facts["slot_count"] = facts["slot_count"] or 0
        return facts


class AddDeviceForm(_DeviceFields):
    def __init__(self, *args: Any, viewer: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        schools = schools_where(viewer, "devices.change")
        self.fields["asset_tag"] = forms.CharField(
            label=_("Tag"),
            required=False,
            max_length=60,
            help_text=_("On the sticker. Without one the serial number stands in for it."),
            widget=forms.TextInput({"autofocus": True, "autocomplete": "off"}),
        )
        self.fields["serial"] = forms.CharField(
            label=_("Serial number"), required=False, max_length=100, widget=forms.TextInput({"autocomplete": "off"})
        )
        self.add_model()
        self.fields["school"] = forms.ModelChoiceField(label=_("School"), queryset=schools, to_field_name="code")
        self.add_place(viewer)
        self.add_state(is_cart=None)
        self.add_purchase()
        if len(schools) == 1:
            self.fields["school"].initial = schools[0].code
        self.fields["condition"].initial = Condition.GOOD

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and not cleaned.get("asset_tag") and not cleaned.get("serial"):
            self.add_error("asset_tag", _("A device needs a tag or a serial number."))
        return cleaned


class ChangeDeviceForm(_DeviceFields):
    """`version` is the one that was read; fields not offered here are left as they are."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, *args: Any, viewer: Any, device: Device, held: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if device.tag_is_provisional:
            self.fields["asset_tag"] = forms.CharField(
                label=_("Tag"), max_length=60, help_text=_("Until now the serial number stands in for it.")
            )
        self.fields["serial"] = forms.CharField(label=_("Serial number"), required=False, max_length=100)
        self.add_model()
        settable = SETTABLE_HELD if held else SETTABLE_FREE
        if device.state in settable:
            choices = [(s.value, s.label) for s in DeviceStatus if s in settable]
            self.fields["status"] = forms.ChoiceField(label=_("Status"), choices=choices)
        self.add_state(is_cart=device.is_cart)
        schools = schools_where(viewer, "devices.change")
        if len(schools) > 1:
            self.fields["school"] = forms.ModelChoiceField(label=_("School"), queryset=schools, to_field_name="code")
        self.add_place(viewer, device)
        self.add_purchase()

    def facts(self) -> dict[str, Any]:
        return {name: value for name, value in super().facts().items() if name != "version"}


def device_values(device: Any) -> dict[str, Any]:
    """A device (or one of its row versions) as the change form shows it, by field name."""
    return {
        "asset_tag": device.asset_tag,
        "serial": device.serial,
        "manufacturer": device.manufacturer.name,
        "model": device.model.name,
        "category": device.category.slug,
        "status": device.status,
        "condition": device.condition,
        "is_loaner": device.is_loaner,
        "slot_count": device.slot_count,
        "school": device.school.code,
        "home_room": device.home_room.public_key if device.home_room else "",
        "home_cart": device.home_cart.asset_tag if device.home_cart else "",
        "home_slot": device.home_slot,
        "assigned_to": device.assigned_to.public_key if device.assigned_to else "",
        "responsible": device.responsible.public_key if device.responsible else "",
        "purchased_on": device.purchased_on,
        "warranty_until": device.warranty_until,
        "notes": device.notes,
    }


#: At which field a refusal is shown whose words belong to one.
FIELD_OF_CODE: Mapping[str, str] = {
    "person_inactive": "person",
    "room_inactive": "room",
    "not_a_cart": "cart",
    "cart_in_itself": "cart",
    "cart_in_cart": "cart",
    "slot_taken": "slot",
    "slot_out_of_range": "slot",
    "due_in_past": "due_on",
    "tag_is_fixed": "asset_tag",
}


def show_refusal(form: forms.Form, refusal: DomainError, *, viewer: Any) -> None:
    """Put an action's refusal where it belongs on the form: at its field, else above all of them.

    A duplicate gets a link to the other device when `viewer` may see that one.
    """
    if isinstance(refusal, DuplicateDevice | UnusableDevice | BadInput) and refusal.errors:
        for name, texts in refusal.errors.items():
            for text in texts:
                _add(form, name, _with_link(refusal, text, viewer))
        return
    _add(form, getattr(refusal, "field", "") or FIELD_OF_CODE.get(refusal.code, ""), refusal.message)


def _add(form: forms.Form, name: str, text: Any) -> None:
    form.add_error(name if name in form.fields else None, text)


def _with_link(refusal: BadInput, text: Any, viewer: Any) -> Any:
    other = getattr(refusal, "existing", None)
    if other is None or not Device.objects.visible_to(viewer).meant_by(other.asset_tag).exists():
        return text
    link = format_html('<a href="{}">{}</a>', other.get_absolute_url(), other.asset_tag)
    return format_html("{} {}", text, format_html(gettext("It is {}."), link))


def _number() -> forms.NumberInput:
    return forms.NumberInput({"inputmode": "numeric"})


def words_of(value: Any) -> Any:
    """A form value in words, for showing two beside each other."""
    if value in (None, "", [], False):
        return gettext("nothing") if value is not False else gettext("No")
    if value is True:
        return gettext("Yes")
    return value if isinstance(value, Promise) else str(value)

"""How every form is drawn, and the widgets of our own.

`{{ form }}` is the only form markup of a page: settings.FORM_RENDERER is the class below, which draws an
error summary with links to the fields, then each field as label, help, error, input. Django ties help and
errors to the input with aria-describedby; a field that may stay empty is marked "optional" (most fields of
ours must be filled, and a word is read by everybody, an asterisk is not).

A picker asks for one person, device or room::

    device = forms.ModelChoiceField(
        Device.objects.none(), to_field_name="asset_tag",
        widget=PickerInput(url=reverse_lazy("devices:device-picker"), placeholder=_("Tag, serial or name")),
    )

Without JavaScript it is a text input that takes the key itself (the asset tag). With it, it searches as you
type in `url?q=…`, which answers with `picker_answer`::

    return picker_answer(PickerOption(device.asset_tag, f"{device.asset_tag} · {device.model}", hint=…) for
    device in …)
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms.renderers import TemplatesSetting
from django.http import JsonResponse


class TechdeskFormRenderer(TemplatesSetting):
    """Django's renderer over the project's templates, with our form and field template."""

    form_template_name = "ui/form/form.html"
    field_template_name = "ui/form/field.html"


@dataclass(frozen=True)
class PickerOption:
    """One answer of a picker: what is sent, what is shown, and a quieter line below it."""

    value: str
    label: str
    hint: str = ""


def picker_answer(options: Iterable[PickerOption]) -> JsonResponse:
    """The JSON a picker reads: {"results": [{"value", "label", "hint"}, …]}. Give it at most 20."""
    return JsonResponse({"results": [asdict(option) for option in options]})


class PickerInput(forms.TextInput):
    """Search as you type over `url`; a plain text input for the key without JavaScript.

    `label_for` gives the words for a value that is already chosen; without it the value itself is shown.
    """

    template_name = "ui/form/picker.html"

    def __init__(
        self,
        *,
        url: Any,
        placeholder: Any = "",
        label_for: Callable[[Any], str] | None = None,
        attrs: dict[str, Any] | None = None,
    ) -> None:
        super().__init__({"placeholder": placeholder, "autocomplete": "off", **(attrs or {})})
        self.url = url
        self.label_for = label_for

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        chosen = context["widget"]["value"]
        context["widget"]["url"] = str(self.url)
        context["widget"]["chosen_label"] = self.label_for(value) if chosen and self.label_for else chosen
        return context


class ChoiceCards(forms.RadioSelect):
    """Radio buttons as large cards. `hints` and `icons` map a choice's value to its second line and its
    icon.
    """

    template_name = "ui/form/choice_cards.html"

    def __init__(
        self,
        *,
        hints: Mapping[str, Any] | None = None,
        icons: Mapping[str, str] | None = None,
        small: bool = False,
        attrs: dict[str, Any] | None = None,
        choices: Iterable[Any] = (),
    ) -> None:
        super().__init__(attrs, choices)
        self.hints = dict(hints or {})
        self.icons = dict(icons or {})
        self.small = small

    def __deepcopy__(self, memo: dict[int, Any]) -> "ChoiceCards":
        copied = super().__deepcopy__(memo)
        copied.hints, copied.icons = dict(self.hints), dict(self.icons)
        return copied

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["small"] = self.small
        return context

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        option["hint"] = self.hints.get(str(value), "")
        option["icon"] = self.icons.get(str(value), "")
        return option


class PictureInput(forms.FileInput):
    """A photo: from the camera or the gallery on a phone, a file elsewhere; a thumbnail shows what was
    taken.
    """

    template_name = "ui/form/picture.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"accept": "image/*", **(attrs or {})})


class DateInput(forms.DateInput):
    """The browser's own date picker, with the value in the form it wants."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class ManyFilesInput(forms.FileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """One file or several; the cleaned value is a list. Empty files are let through: the action says which one."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        chosen = data if isinstance(data, list | tuple) else [data]
        found: list[UploadedFile] = [super(ManyFilesField, self).clean(one, initial) for one in chosen]
        return [one for one in found if one is not None]

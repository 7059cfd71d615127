"""The form renderer: errors are tied to their fields, in words and by id."""

from html.parser import HTMLParser
from typing import Any

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile

from techdesk.ui.catalogue import SampleForm
from techdesk.ui.forms import ChoiceCards, PickerInput, PickerOption, picker_answer


class Elements(HTMLParser):
    """All start tags with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, Any]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def ids(self) -> list[str]:
        return [attrs["id"] for _tag, attrs in self.found if "id" in attrs]

    def named(self, name: str) -> list[dict[str, Any]]:
        return [attrs for _tag, attrs in self.found if attrs.get("name") == name]


@pytest.fixture
def failing() -> Elements:
    return Elements(str(SampleForm({"device": "", "email": "ana@", "kind": ""})))


def test_each_error_is_tied_to_its_field(failing: Elements) -> None:
    email = failing.named("email")[0]
    assert email["aria-invalid"] == "true"
    assert "id_email_error" in email["aria-describedby"].split()
    device = failing.named("device")[0]
    assert device["aria-describedby"].split() == ["id_device_helptext", "id_device_error"]
    for attrs in (email, device):
        assert set(attrs["aria-describedby"].split()) <= set(failing.ids())


def test_the_summary_links_to_what_is_there(failing: Elements) -> None:
    links = [attrs["href"] for tag, attrs in failing.found if tag == "a"]
    assert len(links) == 4
    for link in links:
        assert link.removeprefix("#") in failing.ids()


def test_no_id_is_used_twice(failing: Elements) -> None:
    ids = failing.ids()
    assert len(ids) == len(set(ids))


def test_every_field_has_a_label(failing: Elements) -> None:
    labels = {attrs.get("for") for tag, attrs in failing.found if tag == "label"}
    for name in ("device", "email", "text", "day", "picture", "stopped"):
        assert f"id_{name}" in labels


def test_a_group_of_choices_is_a_fieldset_with_a_legend() -> None:
    html = str(SampleForm())
    fieldset = html[html.index("<fieldset") : html.index("</fieldset>")]
    assert "What is it about?" in fieldset[fieldset.index("<legend>") : fieldset.index("</legend>")]
    assert "Mine, a student" in fieldset


def test_only_what_may_stay_empty_is_marked() -> None:
    html = str(SampleForm())
    assert html.count(">optional<") == 4  # email, day, picture, days; a checkbox needs no mark


def test_errors_of_the_whole_form_are_in_the_summary() -> None:
    form = SampleForm({})
    form.add_error(None, "The lab is <closed> today.")
    assert "<li>The lab is &lt;closed&gt; today.</li>" in str(form)


def test_a_form_without_errors_has_no_summary() -> None:
    assert "error-summary" not in str(SampleForm())
    assert "aria-invalid" not in str(SampleForm())


def test_hidden_fields_and_their_errors_are_not_lost() -> None:
    class Stale(forms.Form):
        version = forms.IntegerField(widget=forms.HiddenInput)
        note = forms.CharField(required=False)

    assert 'name="version" value="3"' in str(Stale({"version": "3"}))
    assert "version" in str(Stale({}))


def test_the_picker_works_without_javascript_and_knows_its_label() -> None:
    widget = PickerInput(url="/devices/pick/", label_for=lambda value: f"{value} · Lenovo")
    html = widget.render("device", "C-0412", {"id": "id_device"})
    attrs = Elements(html).named("device")[0]
    assert (attrs["type"], attrs["value"], attrs["id"]) == ("text", "C-0412", "id_device")
    assert 'data-picker-url="/devices/pick/"' in html
    assert 'data-picker-label="C-0412 · Lenovo"' in html


def test_the_picker_answers_json() -> None:
    answer = picker_answer([PickerOption("C-1", "C-1 <b>")])
    assert answer.content == b'{"results": [{"value": "C-1", "label": "C-1 <b>", "hint": ""}]}'


def test_choice_cards_of_two_forms_do_not_share_their_words() -> None:
    one, other = SampleForm(), SampleForm()
    widget: Any = one.fields["kind"].widget
    assert isinstance(widget, ChoiceCards)
    widget.hints["board"] = "changed"
    assert "changed" not in str(other)


def test_a_chosen_value_comes_back_after_an_error() -> None:
    html = str(SampleForm({"kind": "board", "text": "<b>"}, {"picture": SimpleUploadedFile("a.png", b"x")}))
    assert "checked" in Elements(html).named("kind")[1]
    assert "&lt;b&gt;</textarea>" in html

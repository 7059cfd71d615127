"""The form of a chat room or SMS gateway."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from techdesk.base.policy import reaches_all
from techdesk.directory.models import School
from techdesk.notifications.choices import TargetKind
from techdesk.notifications.models import WebhookTarget

EVERY_SCHOOL = "*"


class WebhookForm(forms.Form):
    """What is asked of a new one. The address and the secret are never shown again."""

    school = forms.ChoiceField(label=_("For"))
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("Such as the name of the chat room."))
    kind = forms.ChoiceField(label=_("What it is"), choices=TargetKind.choices)
    url = forms.CharField(
        label=_("Address"),
        max_length=1000,
        widget=forms.TextInput({"inputmode": "url", "autocomplete": "off"}),
        help_text=_(
            "Google Chat: the room's menu, Apps and integrations, Webhooks. Teams: the workflow “When a Teams webhook"
            " request is received”. Whoever knows this address can write there, so it is kept encrypted."
        ),
    )
    to = forms.CharField(
        label=_("Phone number"), max_length=40, required=False, help_text=_("Only for an SMS gateway.")
    )
    secret = forms.CharField(
        label=_("Key of the gateway"),
        max_length=500,
        required=False,
        widget=forms.PasswordInput({"autocomplete": "off"}),
        help_text=_("If it asks for one. It is sent as “Authorization: Bearer”."),
    )

    def __init__(self, *args: Any, person: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.schools = {school.code: school for school in _schools(person)}
        choices = [(code, school.name) for code, school in self.schools.items()]
        if reaches_all(person, "notifications.change_webhooks", WebhookTarget):
            choices.insert(0, (EVERY_SCHOOL, gettext("Every school")))
        field = self.fields["school"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = choices

    @property
    def place(self) -> School | None:
        return self.schools.get(self.cleaned_data["school"])


def _schools(person: Any) -> list[School]:
    return list(School.objects.active().permitted(person, "notifications.change_webhooks").by_name())

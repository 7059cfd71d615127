from django import forms
from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UiConfig(AppConfig):
    name = "techdesk.ui"
    label = "ui"
    verbose_name = _("Look and feel")

    def ready(self) -> None:
        # Django's "This field is required." speaks of fields; fields are ours, the question is the reader's.
        forms.Field.default_error_messages["required"] = _("Please answer this.")
        forms.FileField.default_error_messages["empty"] = _("This file is empty. Choose another one.")

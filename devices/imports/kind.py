"""Google's devices as the imports page and the command know them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from devices.imports.google import open_google
from devices.imports.part import DevicesPart
from techdesk.jobs.hooks import ImportKind

GOOGLE_DEVICES = ImportKind(
    slug="google_devices",
    label=_("Chrome devices from Google"),
    hint=_("The list from the Google Admin console or GAM: CSV, or the JSON pages of its interface."),
    action="devices.import",
    service="imports",
    accept=".json,.csv,.zip",
    needs_school=True,
    parts=(DevicesPart(),),
    open=open_google,
)

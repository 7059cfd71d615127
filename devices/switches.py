"""What a school may switch off among devices."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from techdesk.directory.hooks import Kind, Setting

CARTS = Setting(
    name="feature_carts",
    group="features",
    label=_("Carts and their slots"),
    help=_("Off: nobody is asked for a cart. Devices that have a home in a cart keep it."),
    kind=Kind.YES_NO,
    default=True,
    preset=lambda answers: answers.devices != "one_to_one",
)

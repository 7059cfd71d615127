"""From a scanned code to a device."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from devices.models import Device
from techdesk.base.errors import NotPossible

#: How a device's page is addressed; the label on a device carries this address.
PAGE = "/devices/"


def device_of_code(viewer: Any, code: str) -> QuerySet[Any]:
    """The device `viewer` sees that `code` means, as a queryset of one or none.

    A tag comes before a serial. Raises NotPossible `ambiguous_code` when several makers used the serial.
    """
    text = code.strip()
    address = urlsplit(text) if PAGE in text else None
    if address is not None and address.path.startswith(PAGE):
        text = unquote(address.path.removeprefix(PAGE)).rstrip("/")
    seen = Device.objects.visible_to(viewer)
    tagged = seen.with_tag(text)
    if tagged.exists():
        return tagged
    made = seen.with_serials([text])
    tags = list(made.by_tag().values_list("asset_tag", flat=True)[:10])
    if len(tags) > 1:
        raise NotPossible(
            _("Several devices have this serial. Use the asset tag."), code="ambiguous_code", asset_tags=tags
        )
    return made

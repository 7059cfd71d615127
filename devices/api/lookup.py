"""From a scanned code to a device."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from django.db.models import QuerySet
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from devices.models import Device
from techdesk.base.errors import NotPossible


def device_of_code(viewer: Any, code: str) -> QuerySet[Any]:
    """The device `viewer` sees that `code` means, as a queryset of one or none.

    A tag comes before a serial. Raises NotPossible `ambiguous_code` when several makers used the serial.
    """
    text = _tag_of_page(code.strip()) or code.strip()
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


def _tag_of_page(address: str) -> str | None:
    """The tag in the address of a device's page, which is what the label on a device carries; else None."""
    if "/" not in address:
        return None
    try:
        found = resolve(unquote(urlsplit(address).path).rstrip("/") + "/")
    except (Resolver404, ValueError):
        return None
    return str(found.kwargs["asset_tag"]) if found.view_name == "devices:device" else None

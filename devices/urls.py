"""Addresses of devices."""

from __future__ import annotations

import re

from django.urls import path, register_converter

from devices.views import change, custody, lists, page

#: What follows /devices/ and is no tag; a device that is called so gets its first letter escaped.
_TAKEN = frozenset({"mine", "new", "find", "carts"})


class AssetTag:
    """An asset tag in an address. Districts write anything on a sticker: "00 17", "LAB/3", "Ä-1".

    A slash would look like the next part of the address (and servers decode %2F before anybody asks), so it travels
    as ~2F, and "~" itself as ~7E. A tag typed with a plain slash is found as well.
    """

    regex = ".+?"

    def to_url(self, tag: str) -> str:
        escaped = tag.replace("~", "~7E").replace("/", "~2F")
        if not escaped.strip(".") or escaped.casefold() in _TAKEN:
            # Browsers resolve "." and ".." themselves; the words lead elsewhere.
            return f"~{ord(escaped[0]):02X}{escaped[1:]}"
        return escaped

    def to_python(self, text: str) -> str:
        return re.sub(r"~([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), text)


register_converter(AssetTag, "asset_tag")

app_name = "devices"
urlpatterns = [
    path("devices/", lists.devices, name="list"),
    path("devices/mine/", lists.mine, name="mine"),
    path("devices/find/", lists.pick, name="pick"),
    path("devices/carts/find/", lists.pick_cart, name="pick-cart"),
    path("devices/new/", change.add, name="add"),
    path("devices/<asset_tag:asset_tag>/check-out/", custody.check_out, name="check-out"),
    path("devices/<asset_tag:asset_tag>/check-in/", custody.check_in, name="check-in"),
    path("devices/<asset_tag:asset_tag>/change/", change.change, name="change"),
    path("devices/<asset_tag:asset_tag>/retire/", change.retire, name="retire"),
    path("devices/<asset_tag:asset_tag>/", page.device, name="device"),
]

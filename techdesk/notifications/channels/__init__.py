"""The ways a delivery goes out. Each channel is a module here that registers how it is opened.

An opened channel is a function that sends one delivery and returns when the other side has taken it. It raises Retry
when a later try may work, Refused when none ever will, and Unreachable when nothing at all goes out this way just now.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from techdesk.notifications.models import Delivery


class Retry(Exception):
    """This one did not go out; a later try may work. The words stand in the list of deliveries."""


class Refused(Exception):
    """This one will never go out. The words stand in the list of deliveries."""


class Unreachable(Exception):
    """The other side is away: this one and all others wait."""


Send = Callable[[Delivery], None]
Open = Callable[[], AbstractContextManager[Send]]

_channels: dict[str, Open] = {}


def register_channel(name: str, opened: Open) -> None:
    """Deliveries of channel `name` go out by what `opened` gives. Call it from AppConfig.ready()."""
    _channels[name] = opened


def channel(name: str) -> Open:
    """How channel `name` is opened. Raises LookupError for one that nobody registered."""
    return _channels[name]

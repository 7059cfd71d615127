"""What tickets show on the pages of lower apps."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from devices.models import Device
from devices.panels import DevicePanel
from tickets.models import Ticket

NEWEST = 5


def tickets_of_device(request: HttpRequest, device: Device) -> DevicePanel | None:
    """The newest tickets about a device, as far as the reader sees them; nobody is named. Nothing: no box."""
    person: Any = request.user
    tickets = list(Ticket.objects.for_device(device).newest_first().visible_to(person)[:NEWEST])
    if not tickets:
        return None
    return DevicePanel(
        title=_("Help requests"),
        template="tickets/panels/of_device.html",
        context={"tickets": tickets},
        icon="outline/message-circle",
        place=30,
    )

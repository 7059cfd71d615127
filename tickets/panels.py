"""What tickets show on the pages of lower apps."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from devices.models import Device
from tickets.models import Ticket

NEWEST = 5


def tickets_of_device(request: HttpRequest, device: Device) -> str | None:
    """The newest tickets about a device, as far as the reader sees them; nobody is named. Nothing: no box."""
    person: Any = request.user
    tickets = list(Ticket.objects.for_device(device).newest_first().visible_to(person)[:NEWEST])
    if not tickets:
        return None
    return render_to_string("tickets/panels/device.html", {"tickets": tickets}, request)

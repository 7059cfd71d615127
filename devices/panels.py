"""What higher apps show on the page of a device, and what devices show on the page of a person.

An app above registers a function in its AppConfig.ready()::

    register_device_panel(tickets_of_device, place=10)

    def tickets_of_device(request, device):
        tickets = Ticket.objects.for_device(device).visible_to(request.user)
        return render_to_string("tickets/panels/device.html", {"tickets": tickets}, request)

The panel asks the door itself, discloses what it shows of students beyond the holder and the assigned person (the
page has disclosed those), and answers None where it has nothing to say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from devices.models import Device
from devices.queries import holdings
from techdesk.audit.actions import disclose
from techdesk.directory.models import Person

DevicePanel = Callable[[HttpRequest, Device], str | None]

_device_panels: dict[DevicePanel, int] = {}


def register_device_panel(panel: DevicePanel, *, place: int = 50) -> None:
    """Show what `panel(request, device)` renders on a device's page; lower places come first."""
    _device_panels[panel] = place


def device_panels(request: HttpRequest, device: Device) -> list[SafeString]:
    """What the registered panels show to this viewer, in order. Text that is not marked as HTML is escaped."""
    drawn = []
    for panel, _place in sorted(_device_panels.items(), key=lambda item: item[1]):
        if html := panel(request, device):
            drawn.append(conditional_escape(html))
    return drawn


def held_by_person(request: HttpRequest, person: Person) -> str | None:
    """The devices a person has or is assigned, of those the viewer may see; nothing where there is none."""
    viewer: Any = request.user
    rows = holdings(viewer, person)
    if not rows:
        return None
    # Assigned to this person for the year, but with somebody else: that one is named too.
    others = {pk for row in rows for pk in row.disclosed} - {person.pk}
    disclose(viewer=viewer, channel="page", purpose="devices of a person", students=others)
    return render_to_string("devices/panels/person.html", {"rows": rows, "person": person}, request)

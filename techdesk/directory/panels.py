"""What other apps show on a person's page.

An app above registers a function in its AppConfig.ready()::

    register_person_panel(held_devices, place=10)

    def held_devices(request, person):
        if not may(request.user, "devices.list"): return None
        return render_to_string("devices/panels/person.html", {…}, request)

The panel asks the door itself and answers None where the viewer may not look. What it shows of a student has been
disclosed by the page already.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from techdesk.directory.calendar_words import today_line
from techdesk.directory.models import Person, School

PersonPanel = Callable[[HttpRequest, Person], str | None]

_person_panels: dict[PersonPanel, int] = {}


def register_person_panel(panel: PersonPanel, *, place: int = 50) -> None:
    """Show what `panel(request, person)` renders on a person's page; lower places come first."""
    _person_panels[panel] = place


def person_panels(request: HttpRequest, person: Person) -> list[SafeString]:
    """What the registered panels show to this viewer, in order. Text that is not marked as HTML is escaped."""
    drawn = []
    for panel, _place in sorted(_person_panels.items(), key=lambda item: item[1]):
        html = panel(request, person)
        if html:
            drawn.append(conditional_escape(html))
    return drawn


def today_at(school: School) -> str:
    """What is different at `school` today, in one line for a home page: "B day, period 3 until 10:40 AM". May be empty.

    Costs no query as long as nobody changes the calendar.
    """
    return today_line(school)

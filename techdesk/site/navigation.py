"""The side bar: for each entry what it needs. Only what the person may use is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from techdesk.base.policy import may


@dataclass(frozen=True)
class Entry:
    label: Any
    url_name: str
    icon: str
    action: str | None = None  # shown when the person may do this
    unless: str | None = None  # hidden when the person may do this


@dataclass(frozen=True)
class ShownEntry:
    label: Any
    url: str
    icon: str
    current: bool
    badge: str = ""


MENU = [
    Entry(_("Home"), "site:home", "outline/home"),
    Entry(_("Queue"), "tickets:queue", "outline/inbox", action="tickets.queue"),
    Entry(_("My requests"), "tickets:mine", "outline/message-circle"),
    Entry(_("Devices"), "devices:list", "outline/device-laptop", action="devices.list"),
    Entry(_("My devices"), "devices:mine", "outline/device-laptop", unless="devices.list"),
    Entry(_("People"), "directory:people", "outline/users", action="directory.invite"),
    Entry(_("Imports"), "jobs:imports", "outline/file-import", action="devices.import"),
]


def entries(request: HttpRequest) -> list[ShownEntry]:
    """The entries for this person, the current one marked."""
    person: Any = request.user
    shown = []
    for entry in MENU:
        if entry.action and not may(person, entry.action):
            continue
        if entry.unless and may(person, entry.unless):
            continue
        try:
            url = reverse(entry.url_name)
        except NoReverseMatch:
            continue
        current = request.path == url or (url != "/" and request.path.startswith(url))
        shown.append(ShownEntry(entry.label, url, entry.icon, current))
    # The longest match is the current one: /tickets/mine/ is not the queue.
    best = max((len(e.url) for e in shown if e.current), default=0)
    return [ShownEntry(e.label, e.url, e.icon, e.current and len(e.url) == best, e.badge) for e in shown]

"""The side bar: for each entry what it needs. Only what the person may use is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from techdesk.base.policy import may


@dataclass(frozen=True)
class Entry:
    label: Any
    url_name: str
    icon: str = ""
    action: str | None = None  # shown when the person may do this
    unless: str | None = None  # hidden when the person may do this
    also: str = ""  # another address it stands for


@dataclass(frozen=True)
class ShownEntry:
    label: Any
    url: str
    icon: str
    current: bool
    badge: str = ""  # a number beside the label


MENU = [
    Entry(_("Home"), "site:home", "outline/home", also="/tickets/new/", unless="tickets.assign"),
    Entry(_("New request"), "tickets:ask", "outline/plus", action="tickets.assign"),
    Entry(_("Queue"), "tickets:queue", "outline/inbox", action="tickets.queue"),
    Entry(_("My requests"), "tickets:mine", "outline/message-circle"),
    Entry(_("Devices"), "devices:list", "outline/device-laptop", action="devices.list"),
    Entry(_("My devices"), "devices:mine", "outline/device-laptop", unless="devices.list"),
    Entry(_("People"), "directory:people", "outline/users", action="directory.list_people"),
    Entry(_("Imports"), "jobs:imports", "outline/file-import", action="jobs.view_import"),
]

#: The pages of settings, as tabs on each of them: one's own first, then the school's, then the district's.
SETTINGS = [
    Entry(pgettext_lazy("settings", "Yours"), "directory:settings"),
    Entry(_("Notices"), "notifications:settings"),
    Entry(_("Signed in"), "directory:sessions"),
    Entry(_("Tokens"), "directory:tokens", action="directory.create_token"),
    Entry(_("School"), "directory:school-settings", action="directory.change_settings"),
    Entry(_("Calendar"), "directory:calendar-settings", action="directory.change_calendar"),
    Entry(_("Mail"), "notifications:deliveries", action="notifications.view_deliveries"),
    Entry(_("Chat rooms"), "directory:webhooks", action="notifications.change_webhooks"),
    Entry(_("Security"), "directory:security", action="directory.change_security"),
]


def settings_tabs(request: HttpRequest) -> list[ShownEntry]:
    """The tabs of the settings pages for this person."""
    person: Any = request.user
    shown = []
    for entry in SETTINGS:
        try:
            url = reverse(entry.url_name)
            if entry.action is None or may(person, entry.action):
                shown.append((entry, url))
        except (NoReverseMatch, LookupError):
            continue
    best = max((_match(request.path, url) for _entry, url in shown), default=0)
    return [
        ShownEntry(entry.label, url, entry.icon, bool(best) and _match(request.path, url) == best)
        for entry, url in shown
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
        shown.append((entry, url))
    # The longest match is the current one: /tickets/mine/ is not the queue.
    lengths = [max(_match(request.path, url), _match(request.path, entry.also)) for entry, url in shown]
    best = max(lengths, default=0)
    return [
        ShownEntry(entry.label, url, entry.icon, bool(best) and length == best)
        for (entry, url), length in zip(shown, lengths, strict=True)
    ]


def _match(path: str, address: str) -> int:
    """How much of `path` an entry's address covers; the home page only covers itself."""
    if not address:
        return 0
    covers = path == address or (address != "/" and path.startswith(address))
    return len(address) if covers else 0

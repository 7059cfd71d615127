"""What every page shows: navigation by role, the person, unread notices."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

from django.http import HttpRequest

from techdesk.base.policy import ROLES
from techdesk.notifications.queries import unread_count
from techdesk.site.navigation import entries, settings_tabs


def page(request: HttpRequest) -> dict[str, Any]:
    """Navigation and theme for signed-in people; nothing for the others."""
    person = getattr(request, "user", None)
    if person is None or not person.is_authenticated:
        return {"navigation": [], "theme": "auto"}
    return {
        "navigation": entries(request),
        "settings_tabs": partial(settings_tabs, request),
        "theme": person.theme,
        # Counted where a template shows it: panels of a page are drawn through here, too.
        "unread_notices": cache(partial(unread_count, person)),
        "role_label": _role_label(person),
    }


def _role_label(person: Any) -> str:
    """The roles a person holds, in words, for the menu that bears their name."""
    return ", ".join(str(ROLES[role]) for role in ROLES if role in person.access.roles)

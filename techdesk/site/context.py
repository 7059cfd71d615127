"""What every page shows: navigation by role, the person, unread notices."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from techdesk.site.navigation import entries


def page(request: HttpRequest) -> dict[str, Any]:
    """Navigation and theme for signed-in people; nothing for the others."""
    person = getattr(request, "user", None)
    if person is None or not person.is_authenticated:
        return {"navigation": [], "theme": "auto"}
    return {"navigation": entries(request), "theme": person.theme}

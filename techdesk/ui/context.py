"""What every page knows about its look: a context processor for settings."""

from typing import Any

from django.http import HttpRequest

THEMES = ("auto", "light", "dark")


def look(request: HttpRequest) -> dict[str, Any]:
    """`theme` ("auto", "light" or "dark") and `dense` (tables with narrow rows), as this browser remembers
    them.

    A cookie, not a row: a technician wants dense rows at the desk and airy ones on the phone.
    """
    theme = request.COOKIES.get("theme", "auto")
    return {"theme": theme if theme in THEMES else "auto", "dense": request.COOKIES.get("dense") == "1"}

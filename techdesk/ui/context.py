"""What every page knows about its look: a context processor for settings."""

from typing import Any

from django.http import HttpRequest

THEMES = ("auto", "light", "dark")


def look(request: HttpRequest) -> dict[str, Any]:
    """`theme` ("auto", "light" or "dark") and `dense` (tables with narrow rows), as this browser remembers them.

    Cookies, because a technician wants dense rows at the desk and airy ones on the phone. Comes after the processor
    that knows the person: without a cookie, what that one says stays.
    """
    chosen: dict[str, Any] = {"dense": request.COOKIES.get("dense") == "1"}
    if request.COOKIES.get("theme") in THEMES:
        chosen["theme"] = request.COOKIES["theme"]
    return chosen

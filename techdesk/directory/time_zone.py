"""Every signed-in page speaks of moments by the clock of its reader's school.

A page about one school's thing (a device, a ticket, a calendar) overrides this with that school's own clock. The API
is left out: it answers in UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from techdesk.api.problems import is_api


def local_time(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Activate the reader's time zone for the request; strangers' pages stay in UTC, they tell no moments."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        # Whoever has no session cookie is nobody; asking for the user would open the session for nothing.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or is_api(request):
            return get_response(request)
        person: Any = request.user
        if not person.is_authenticated:
            return get_response(request)
        with timezone.override(person.zone):
            return get_response(request)

    return middleware

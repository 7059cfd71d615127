"""The language of a page: the one the person chose; for guests what their browser asks for (LocaleMiddleware)."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation

from techdesk.directory.models import Person


def own_language(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Put a signed-in person's request into their language. Belongs after LocaleMiddleware and the sign-in."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        # Whoever has no session cookie is a guest; asking for the user would open the session for nothing.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and isinstance(request.user, Person):
            translation.activate(request.user.language or settings.LANGUAGE_CODE)
            request.LANGUAGE_CODE = translation.get_language()
        return get_response(request)

    return middleware

"""When a session ends by itself: after SESSION_COOKIE_AGE in any case, after SESSION_IDLE_SECONDS without its person.

Django's own age is no limit here, since every write to a session starts it anew. Live parts of a page ask by
themselves, with the header X-Live: an open queue on a screen that everybody passes must not keep its technician signed
in.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from techdesk.directory import actions
from techdesk.directory.queries.sign_in import forgotten_sessions

SINCE = "signed_in_at"
SEEN = "seen_at"
#: When a session ends that may not last a day: the emergency account's.
ENDS = "ends_at"
#: The moment is written at most this often: not every click costs a write.
PRECISION_SECONDS = 60


def start_clock(*, request: HttpRequest | None, **_signal: Any) -> None:
    """Receiver of `user_logged_in`: a new session counts from now."""
    if request is not None:
        request.session[SINCE] = request.session[SEEN] = int(time.time())


def ending_sessions(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Sign out whose time is over; note the moment of a request that a person made themselves."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        # Whoever has no session cookie has nothing to end; asking for the user would open the session for nothing.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            _look(request)
        return get_response(request)

    return middleware


def _look(request: HttpRequest) -> None:
    moment = int(time.time())
    since, seen = request.session.get(SINCE, 0), request.session.get(SEEN, 0)
    live = "X-Live" in request.headers
    too_old = moment - since > settings.SESSION_COOKIE_AGE or moment >= request.session.get(ENDS, moment + 1)
    too_idle = moment - seen > settings.SESSION_IDLE_SECONDS
    if too_old or too_idle:
        logout(request)
        if not live:
            messages.info(
                request,
                _("You were signed out because the day is over. Sign in again to go on.")
                if too_old
                else _("You were signed out because nothing happened here for a while. Sign in again to go on."),
            )
    elif not live and moment - seen >= PRECISION_SECONDS:
        request.session[SEEN] = moment
        actions.note_session_seen(key=request.session.session_key or "")


def forget_ended_sessions() -> None:
    """Delete what is left of sessions that are over; Django leaves that to whoever runs it."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    actions.forget_sessions(rows=forgotten_sessions())

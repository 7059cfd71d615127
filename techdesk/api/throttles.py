"""A limit per token: one runaway script must not take the district's afternoon."""

from __future__ import annotations

import time
from typing import Any

from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from techdesk.api.models import ApiToken

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def rate() -> tuple[int, int]:
    """(requests, seconds) of the setting "token", such as "6000/min"."""
    count, _slash, period = str(api_settings.DEFAULT_THROTTLE_RATES["token"]).partition("/")
    return int(count), SECONDS[period[0]]


class PerToken(BaseThrottle):
    """Counts the requests of a token (without one: of a person) in fixed windows.

    One number per caller and window in the cache. While the cache is away nothing is counted and nobody refused:
    a limit that stops the school when Redis stops would do more harm than the script.
    """

    def __init__(self) -> None:
        self._wait = 1.0

    def allow_request(self, request: Request, view: Any) -> bool:
        limit, seconds = rate()
        moment = time.time()
        window = int(moment // seconds)
        caller = f"token-{request.auth.pk}" if isinstance(request.auth, ApiToken) else f"person-{request.user.pk}"
        key = f"api-rate:{caller}:{window}"
        cache.add(key, 0, timeout=seconds * 2)
        try:
            used = cache.incr(key)
        except ValueError:  # thrown out of the cache between the two calls
            used = 1
        self._wait = (window + 1) * seconds - moment
        return used <= limit

    def wait(self) -> float:
        return self._wait

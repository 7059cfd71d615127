"""Limits: one runaway script must not take the district's afternoon, nor somebody who tries tokens."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from techdesk.api.models import ApiToken

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def rate(name: str) -> tuple[int, int] | None:
    """(requests, seconds) of the setting `name`, such as "6000/min"; None without a limit."""
    words = api_settings.DEFAULT_THROTTLE_RATES.get(name)
    if not words:
        return None
    count, _slash, period = str(words).partition("/")
    return int(count), SECONDS[period[0]]


def counted(name: str, who: Any) -> float:
    """Count one request of `who` against the limit `name`: 0 while it is within, else how many seconds to wait.

    One number for each fixed window in the cache. While the cache is away nothing is counted and nobody refused, and
    it is not asked again for some seconds (`PatientRedisCache`): a limit that stops the school when Redis stops would
    do more harm than the script.
    """
    if (limit := rate(name)) is None:
        return 0
    most, seconds = limit
    moment = time.time()
    window = int(moment // seconds)
    used = _one_more(f"api-rate:{name}-{who}:{window}", timeout=seconds * 2)
    return 0 if used <= most else (window + 1) * seconds - moment


def _one_more(key: str, *, timeout: int) -> int:
    try:
        return int(cache.incr(key))
    except ValueError:  # the first of this window
        if cache.add(key, 1, timeout=timeout):
            return 1
    try:
        return int(cache.incr(key))
    except ValueError:  # thrown out of the cache between the two calls
        return 1


class PerCaller(BaseThrottle):
    """Counts a request for the token it came with, and for the person, whatever they came with."""

    def __init__(self) -> None:
        self._wait = 0.0

    def allow_request(self, request: Request, view: Any) -> bool:
        if isinstance(request.auth, ApiToken):
            self._wait = counted("token", request.auth.pk)
        self._wait = self._wait or counted("person", request.user.pk)
        return not self._wait

    def wait(self) -> float:
        return self._wait


def stranger_waits(request: HttpRequest) -> float:
    """Count a request that nobody is known for, by its address: 0 while it is answered with 401, else seconds.

    Only refused requests count, so a school behind one address is not shut out by its one broken script.
    """
    try:
        address = get_adapter().get_client_ip(request)
    except (PermissionDenied, ImproperlyConfigured):
        address = "unknown"
    return counted("stranger", address)

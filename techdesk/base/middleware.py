"""Middleware of the house: request id and log line, no caching of private pages, domain errors as pages."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from techdesk.base.errors import DomainError
from techdesk.base.log import log, request_id

Answer = Callable[[HttpRequest], HttpResponseBase]
_SAFE_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")


def request_log(get_response: Answer) -> Answer:
    """Give each request an id (the caller's X-Request-ID when it is harmless) and log one line about it."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        offered = request.headers.get("X-Request-ID", "")
        current = offered if _SAFE_ID.match(offered) else uuid.uuid4().hex
        token = request_id.set(current)
        started = time.monotonic()
        try:
            response = get_response(request)
        finally:
            request_id.reset(token)
        response["X-Request-ID"] = current
        if not request.path.startswith((settings.STATIC_URL, "/healthz", "/readyz")):
            match = request.resolver_match
            log.info(
                "request",
                request_id=current,
                method=request.method,
                view=match.view_name if match else None,
                status=response.status_code,
                ms=round((time.monotonic() - started) * 1000),
            )
        return response

    return middleware


def private_pages(get_response: Answer) -> Answer:
    """Signed-in pages are never kept by a browser or proxy; a fragment and its page are not mixed up."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        vary = response.get("Vary", "")
        if "HX-Request" not in vary:
            response["Vary"] = f"{vary}, HX-Request" if vary else "HX-Request"
        response.headers.setdefault("Permissions-Policy", "camera=(self), microphone=(), geolocation=()")
        return response

    return middleware


class domain_errors:
    """Turn a DomainError that a view let through into a page that says what happened and what to do."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        status = 409 if exception.status == 412 else exception.status
        answer = render(request, "ui/problem.html", {"problem": exception, "status": status}, status=status)
        answer["X-Problem-Code"] = exception.code
        return answer

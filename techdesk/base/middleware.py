"""Middleware of the house: request id and log line, no caching of private pages, domain errors as pages."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from techdesk.base.errors import Busy, DomainError, TooLarge
from techdesk.base.log import log, request_id

#: PostgreSQL's codes for: lock not available, query canceled (time-out), deadlock detected.
BUSY = {"55P03", "57014", "40P01"}
Answer = Callable[[HttpRequest], HttpResponseBase]
#: What the fields and separators of an upload form may weigh beside its files.
FORM_AROUND_FILES = 1024 * 1024
#: How much of a body that is too large is read and thrown away: so many times the largest upload, so long at most.
DRAIN_UPLOADS = 3
DRAIN_SECONDS = 30.0
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


def size_limit(get_response: Answer) -> Answer:
    """Answer 413 to a request that announces more than an upload may be, before anybody reads it into a file.

    Django's check of the form token reads the whole body first, so a view would come too late. The body is thrown
    away as it comes (up to a bound): a browser that is cut off while it still sends shows no answer at all.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        try:
            announced = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            announced = 0
        if announced <= settings.UPLOAD_MAX_BYTES + FORM_AROUND_FILES:
            return get_response(request)
        until = time.monotonic() + DRAIN_SECONDS
        left = DRAIN_UPLOADS * settings.UPLOAD_MAX_BYTES
        while left > 0 and time.monotonic() < until and (chunk := request.read(1024 * 1024)):
            left -= len(chunk)
        words = _("This is more than %(most)d MB. Send less in one go.")
        problem = TooLarge(words % {"most": settings.UPLOAD_MAX_BYTES // 1024**2})
        if request.path.startswith("/api/"):
            facts = {"type": "about:blank", "title": "Too large", "status": 413}
            facts |= {"detail": str(problem), "code": problem.code}
            answer: HttpResponse = JsonResponse(facts, status=413, content_type="application/problem+json")
        else:
            answer = render(request, "ui/problem.html", {"problem": problem, "status": 413}, status=413)
        answer["X-Problem-Code"] = problem.code
        return answer

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
        if isinstance(exception, OperationalError) and getattr(exception.__cause__, "pgcode", None) in BUSY:
            exception = Busy(_("Many people are working on this right now. Wait a moment and try again."))
        if not isinstance(exception, DomainError):
            return None
        status = 409 if exception.status == 412 else exception.status
        answer = render(request, "ui/problem.html", {"problem": exception, "status": status}, status=status)
        answer["X-Problem-Code"] = exception.code
        return answer

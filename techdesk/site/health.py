"""/healthz and /readyz, answered before anything asks under which name: load balancers call a machine by its number."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from techdesk.site.views import healthz, readyz

ANSWERS = {"/healthz": healthz, "/readyz": readyz}


def health(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        answer = ANSWERS.get(request.path) if request.method in ("GET", "HEAD") else None
        return get_response(request) if answer is None else answer(request)

    return middleware

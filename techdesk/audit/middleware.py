"""Ties the row versions that triggers write to the request that caused them."""

from __future__ import annotations

from collections.abc import Callable

import pghistory
from django.http import HttpRequest, HttpResponseBase

from techdesk.base.log import request_id


def history_context(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Run every writing request in a pghistory context that names the person and the request id."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.method in {"GET", "HEAD", "OPTIONS"}:
            return get_response(request)
        with pghistory.context(person=request.user.pk, request_id=request_id.get()):
            return get_response(request)

    return middleware

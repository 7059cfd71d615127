"""Every refusal of the API as `application/problem+json` (RFC 9457), each with a code that machines read.

Members: `type title status detail code`, `errors` by field where input was bad, and the facts of a DomainError.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions

from techdesk.base.errors import BadInput, DomainError
from techdesk.base.log import log, request_id

MEDIA_TYPE = "application/problem+json"
#: Where the API lives; what is refused under it is refused in this form, whoever refuses.
BASE = "/api/v1/"

#: Codes for what Django REST framework refuses; anything else of its kind is "refused".
_CODES: dict[type[exceptions.APIException], str] = {
    exceptions.NotAuthenticated: "not_authenticated",
    exceptions.AuthenticationFailed: "not_authenticated",
    exceptions.PermissionDenied: "not_permitted",
    exceptions.NotFound: "not_found",
    exceptions.MethodNotAllowed: "method_not_allowed",
    exceptions.NotAcceptable: "not_acceptable",
    exceptions.UnsupportedMediaType: "unsupported_media_type",
    exceptions.ParseError: "bad_json",
    exceptions.Throttled: "too_many_requests",
    exceptions.ValidationError: "bad_input",
}


class SignInRefused(exceptions.AuthenticationFailed):
    """The caller cannot be known (401); `code` says why."""

    def __init__(self, detail: Any, *, code: str) -> None:
        super().__init__(detail, code)
        self.code = code


def problem(
    status: int,
    code: str,
    detail: Any,
    *,
    errors: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """One problem answer. `facts` never override the members of the format."""
    members: dict[str, Any] = {
        "type": f"urn:techdesk:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": str(detail),
        "code": code,
    }
    if errors:
        members["errors"] = {name: [str(text) for text in texts] for name, texts in errors.items()}
    members = {**(facts or {}), **members}
    answer = HttpResponse(json.dumps(members, default=str), status=status, content_type=MEDIA_TYPE)
    answer["Cache-Control"] = "no-store"
    answer["X-Problem-Code"] = code
    for name, value in (headers or {}).items():
        answer[name] = value
    return answer


def problem_answer(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """The exception handler of Django REST framework: whatever a view raised becomes a problem answer."""
    if isinstance(error, DomainError):
        errors = error.errors if isinstance(error, BadInput) else None
        return problem(error.status, error.code, error.message, errors=errors, facts=error.facts)
    if isinstance(error, Http404 | exceptions.NotFound):
        return problem(404, "not_found", _("There is nothing at this address, or it is not yours to see."))
    if isinstance(error, PermissionDenied):
        return problem(403, "not_permitted", _("You may not do this. Ask your administrator if you need to."))
    if isinstance(error, RequestDataTooBig):
        facts = {"limit_bytes": settings.DATA_UPLOAD_MAX_MEMORY_SIZE}
        return problem(413, "too_large", _("This is more than can be taken in one request."), facts=facts)
    if isinstance(error, exceptions.ValidationError):
        return problem(400, "bad_input", _("Some of this cannot be used."), errors=flat_errors(error.detail))
    if isinstance(error, exceptions.APIException):
        return _refused_by_framework(error)
    if isinstance(error, SuspiciousOperation):
        return problem(400, "bad_request", _("This request cannot be understood."))
    return _broken(error, context)


def _refused_by_framework(error: exceptions.APIException) -> HttpResponse:
    headers: dict[str, str] = {}
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(max(1, math.ceil(wait)))
    if asks := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = asks
    code = error.code if isinstance(error, SignInRefused) else _CODES.get(type(error), "refused")
    if isinstance(error, exceptions.Throttled):
        detail: Any = _("Too many requests. Wait as many seconds as Retry-After says.")
    elif isinstance(error, exceptions.NotAuthenticated):
        detail = _("Sign in, or send a token: Authorization: Bearer <token>")
    else:
        detail = error.detail
    return problem(error.status_code, code, detail, headers=headers)


def _broken(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """Something of ours failed: the log has the whole story, the caller only the number to find it by."""
    request = context.get("request")
    got_request_exception.send(sender=None, request=getattr(request, "_request", request))
    log.error("api_failed", exc_info=error)
    facts = {"request_id": request_id.get()}
    if _is_away(error):
        text = _("The database took too long or is away. Try again in a moment.")
        return problem(503, "try_again", text, facts=facts, headers={"Retry-After": "2"})
    return problem(500, "internal_error", _("Something broke on our side. It is in our log."), facts=facts)


def _is_away(error: Exception) -> bool:
    """Was there no answer of the database? psycopg2 tells of a server that hung up by any of three classes, the plain
    one without a code of PostgreSQL."""
    if isinstance(error, OperationalError | InterfaceError):
        return True
    return type(error) is DatabaseError and getattr(error.__cause__, "pgcode", None) is None


def flat_errors(detail: Any) -> dict[str, list[str]]:
    """A serializer's errors by field; what is wrong with an item of a list names its position, from 1."""
    if not isinstance(detail, Mapping):
        return {"body": _texts(detail)}
    return {("body" if name == "non_field_errors" else str(name)): _texts(texts) for name, texts in detail.items()}


def _texts(detail: Any) -> list[str]:
    if isinstance(detail, Mapping):
        return [
            f"{int(name) + 1}: {text}" if str(name).isdigit() else f"{name}: {text}"
            for name, texts in detail.items()
            for text in _texts(texts)
        ]
    if isinstance(detail, list | tuple):
        return [text for one in detail for text in _texts(one)]
    return [str(detail)]


def is_api(request: HttpRequest) -> bool:
    """Is this a request to the API? For error pages, which must not answer a script with HTML."""
    return request.path.startswith(BASE) and not request.path.startswith(f"{BASE}docs/")


def page_problem(request: HttpRequest, status: int) -> HttpResponse | None:
    """The problem answer in place of the house's error page `status`, when the request is one to the API.

    For what is refused before any view runs: a host we do not serve, a broken request line, a failing middleware.
    """
    if not is_api(request):
        return None
    texts = {
        400: ("bad_request", _("This request cannot be understood.")),
        403: ("not_permitted", _("You may not do this. Ask your administrator if you need to.")),
        404: ("not_found", _("There is nothing at this address, or it is not yours to see.")),
        500: ("internal_error", _("Something broke on our side. It is in our log.")),
    }
    code, detail = texts[status]
    return problem(status, code, detail)

"""`Idempotency-Key`: the same request sent twice acts once and gets the same answer.

The key is claimed, the action runs, and its answer is remembered, in one transaction; a request that is refused or
breaks leaves nothing, so the same key may be tried again. The answer may show students: it goes back only to the
same token (or person) and only while they may still see what they saw then.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request

from techdesk.api.actions import claim_request, keep_answer
from techdesk.api.answers import Answer, disclose_again
from techdesk.api.hooks import still_sees
from techdesk.api.models import ApiToken, IdempotentRequest
from techdesk.api.resources import Resource
from techdesk.base.errors import BadInput, NotPermitted, NotPossible

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
LONGEST_PATH = 400
#: Headers of an answer that belong to it.
KEPT_HEADERS = ("ETag", "Location", "Content-Disposition")

Handler = Callable[..., HttpResponse]


def once(handler: Handler) -> Handler:
    """A writing method of an ApiView that honours `Idempotency-Key`.

    Raises BadInput `bad_idempotency_key`; NotPossible `idempotency_key_reused` (another body); NotPermitted
    `answer_withheld` (the caller sees less than they did).
    """

    @functools.wraps(handler)
    def run(view: Any, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        key = _key(request)
        if key is None:
            return handler(view, request, *args, **kwargs)
        body_hash = _body_hash(request)
        with transaction.atomic():
            kept, is_new = claim_request(
                person=request.user,
                token=request.auth if isinstance(request.auth, ApiToken) else None,
                method=str(request.method),
                path=request.path,
                key=key,
                body_hash=body_hash,
            )
            if not is_new:
                return _replay(request, view.operation.resource, kept, body_hash)
            answer = handler(view, request, *args, **kwargs)
            if answer.status_code < 300:
                _remember(request, kept, answer)
            else:
                transaction.set_rollback(True)
            return answer

    return run


def _key(request: Request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not _KEY.fullmatch(key) or len(request.path) > LONGEST_PATH:
        text = _("Write 1 to 255 visible ASCII characters, such as a UUID.")
        raise BadInput(text, code="bad_idempotency_key", errors={"Idempotency-Key": [text]})
    return key


def _body_hash(request: Request) -> str:
    """Of what was sent, whatever its spelling: the order of members and white space do not count."""
    asked = json.dumps([request.META.get("QUERY_STRING", ""), request.data], sort_keys=True)
    return hashlib.sha256(asked.encode()).hexdigest()


def _remember(request: Request, kept: IdempotentRequest, answer: HttpResponse) -> None:
    viewer: Any = request.user
    keep_answer(
        request=kept,
        status=answer.status_code,
        content_type=answer.headers.get("Content-Type", ""),
        headers={name: answer[name] for name in KEPT_HEADERS if answer.has_header(name)},
        answer=answer.content.decode(),
        sight=sight_of(viewer),
        row=answer.row if isinstance(answer, Answer) else None,
        students=answer.students if isinstance(answer, Answer) else (),
    )


def _replay(request: Request, resource: Resource | None, kept: IdempotentRequest, body_hash: str) -> HttpResponse:
    viewer: Any = request.user
    if kept.body_hash != body_hash:
        text = _("This key was used for another body. Use a new key for every new request.")
        raise NotPossible(text, code="idempotency_key_reused")
    if (
        is_narrower(sight_of(viewer), kept.sight)
        or not still_sees(viewer, kept.students)
        or (kept.row is not None and resource is not None and not resource.sees(viewer, kept.row))
    ):
        text = _("This was done already. What you may see has changed since, so the answer is not repeated.")
        raise NotPermitted(text, code="answer_withheld")
    if resource is not None:
        disclose_again(resource, viewer, kept.students)
    answer = HttpResponse(kept.answer, status=kept.status, content_type=kept.content_type)
    for name, value in kept.headers.items():
        answer[name] = value
    answer["Idempotency-Replayed"] = "true"
    return answer


def sight_of(person: Any) -> dict[str, list[int] | None]:
    """The roles a person holds: {role: school ids, or None for the whole district}."""
    return {role: None if ids is None else sorted(ids) for role, ids in person.access.roles.items()}


def is_narrower(present: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Is any role, or any school of a role, of `before` missing in `present`?"""
    for role, schools in before.items():
        if role not in present:
            return True
        here = present[role]
        if here is not None and (schools is None or set(schools) - set(here)):
            return True
    return False

"""Remembering what a write was answered, so that the same request sent twice acts once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError, connection, transaction

from techdesk.api.models import ApiToken, IdempotentRequest
from techdesk.base.clock import now

KEPT_FOR = dt.timedelta(hours=24)
FORGOTTEN_AT_ONCE = 5000


def claim_request(
    *, person: Any, token: ApiToken | None, method: str, path: str, key: str, body_hash: str
) -> tuple[IdempotentRequest, bool]:
    """The row of this key, and whether it is new: then the caller acts, and hands the answer to `keep_answer`.

    In the transaction of the write. Somebody else who holds the key is waited for: once they have committed their
    answer is found, when they gave up the key is free.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A key is claimed in the transaction of the write it stands for")
    names = {"person": person, "token": token, "method": method, "path": path, "key": key}
    while True:
        try:
            with transaction.atomic():
                return IdempotentRequest.objects.create(**names, body_hash=body_hash), True
        except IntegrityError:
            known = IdempotentRequest.objects.filter(**names).first()
        if known is not None and known.at > now() - KEPT_FOR:
            return known, False
        if known is not None:  # older than a day, and not swept away yet
            known.delete()


def keep_answer(
    *,
    request: IdempotentRequest,
    status: int,
    content_type: str,
    headers: Mapping[str, str],
    answer: str,
    sight: Mapping[str, Any],
    row: int | None,
    students: Iterable[int],
) -> None:
    """Remember what a claimed request is answered; commits together with what it did."""
    request.status = status
    request.content_type = content_type
    request.headers = dict(headers)
    request.answer = answer
    request.sight = dict(sight)
    request.row = row
    request.students = sorted(students)
    request.save(
        update_fields=["status", "content_type", "headers", "answer", "sight", "row", "students"],
    )


def forget_answers() -> int:
    """Throw away what is older than a day, some thousands at a time; return how many. Running twice does no harm."""
    old = IdempotentRequest.objects.asked_before(now() - KEPT_FOR).order_by("at").values("pk")[:FORGOTTEN_AT_ONCE]
    gone, _by_model = IdempotentRequest.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()
    return gone

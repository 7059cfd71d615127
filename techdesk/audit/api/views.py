"""The feed of changes: everything that changed, in order, nothing skipped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.request import Request

from techdesk.api.answers import has_it, json_answer
from techdesk.api.domains import reaches
from techdesk.api.idempotency import sight_of
from techdesk.api.parameters import filter_names, read_condition, read_fields, read_limit, refuse_unknown
from techdesk.api.resources import Resource, followed
from techdesk.api.views import ApiView, Operation, domains_of
from techdesk.audit.api.resources import CHANGE
from techdesk.audit.models import ChangeEvent
from techdesk.audit.queries import newest_change
from techdesk.base.errors import BadInput

#: Beyond what PostgreSQL counts to.
LONGEST_CURSOR = 18


class ChangePage(serializers.Serializer[Any]):
    """Some changes, and where to go on."""

    results = CHANGE.serializer(many=True)
    next = serializers.IntegerField(help_text=gettext_lazy("Give it as `since` the next time."))
    more = serializers.BooleanField(help_text=gettext_lazy("There is more already: ask again at once."))


class Changes(ApiView):
    """What changed since you asked last, in order, nothing skipped.

    Keep `next` and send it as `since`. Whoever works for a school sees what is or was there; everybody else what is
    their own; a token that is narrowed to some domains hears of those. `gone` says that you do not see the object any
    more. Events are kept as long as the history is.
    """

    operations: ClassVar = {
        "GET": Operation(
            "changes_list",
            "audit.follow_changes",
            "feed",
            CHANGE,
            answer=ChangePage,
            parameters=(
                (
                    "since",
                    gettext_lazy("`next` of the answer before; 0 for everything; latest for what comes from now on."),
                ),
            ),
        )
    }

    def get(self, request: Request) -> HttpResponse:
        viewer: Any = request.user
        parameters = request.query_params
        refuse_unknown(parameters, ["since", "limit", "fields", *filter_names(CHANGE)])
        names, limit = read_fields(CHANGE, parameters), read_limit(parameters)
        condition = read_condition(CHANGE, parameters, viewer)
        newest = newest_change()
        since = _since(parameters, newest)
        narrowed = domains_of(request)
        etag = _etag(viewer, parameters, newest, narrowed)
        if has_it(request, etag.removeprefix("W/")):
            return HttpResponse(status=304, headers={"ETag": etag})
        events: Any = ChangeEvent.objects.known_to(viewer, _told_of(narrowed))
        known = events.after(since).up_to(newest).matching(condition)
        rows = list(CHANGE.select(known, viewer, names, also=("number", "object_type", "object_key"))[: limit + 1])
        more = len(rows) > limit
        rows = rows[:limit]
        results = [CHANGE.public_row(row, names) for row in rows]
        if "gone" in names:
            for _row, result, gone in zip(rows, results, _gone(viewer, rows), strict=True):
                result["gone"] = gone
        # Without more, what lies between the last of these and the newest is not for this caller: no need to ask again.
        answer = json_answer({"results": results, "next": rows[-1]["number"] if more else newest, "more": more})
        answer["ETag"] = etag
        return answer


def _since(parameters: QueryDict, newest: int) -> int:
    """The number to go on behind. Raises BadInput `bad_cursor` for one that was never given."""
    text = parameters.get("since", "0")
    if text == "latest":
        return newest
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_CURSOR) or int(text) > newest:
        words = _("There is no such place in the feed. Read the lists again, then go on with since=latest.")
        raise BadInput(words, code="bad_cursor", errors={"since": [words]})
    return int(text)


def _gone(viewer: Any, rows: Sequence[dict[str, Any]]) -> list[bool]:
    """Which of the changed objects the viewer does not see any more."""
    keys: dict[str, set[str]] = {}
    for row in rows:
        keys.setdefault(row["object_type"], set()).add(row["object_key"])
    seen = {name: followed()[name].keys_seen(viewer, wanted) for name, wanted in keys.items()}
    return [row["object_key"] not in seen[row["object_type"]] for row in rows]


def _told_of(narrowed: list[str]) -> list[Resource]:
    """The resources whose changes a token of these domains may hear of; empty: all."""
    return [resource for resource in followed().values() if reaches(narrowed, resource.domain)]


def _etag(viewer: Any, parameters: QueryDict, newest: int, narrowed: list[str]) -> str:
    """Changes when anything changes, or what the viewer may see. Weak: it does not look at the answer itself."""
    facts = [viewer.pk, viewer.access.only_school, sight_of(viewer), sorted(parameters.items()), newest, narrowed]
    return f'W/"{hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:20]}"'

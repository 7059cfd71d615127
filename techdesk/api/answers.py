"""The answers every resource gives: a page of rows, one row with its ETag."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from techdesk.api.lines import LINE, as_lines, students_in
from techdesk.api.parameters import Query, read_fields, read_list, refuse_unknown
from techdesk.api.resources import Resource
from techdesk.base.paging import keyset_page

#: Larger pages are read with joins: planning those takes as long as some 200 rows' lookups (docs/decisions/0012).
MOST_LOOKED_UP = 200


class Answer(HttpResponse):
    """An answer that shows one row: its primary key, and the students in it, for whoever remembers the answer."""

    row: int | None = None
    students: frozenset[int] = frozenset()


def narrowed(resource: Resource, rows: QuerySet[Any], viewer: Any, query: Query) -> QuerySet[Any]:
    """`rows` narrowed to what was searched and filtered for."""
    if query.search and resource.search is not None:
        rows = resource.search(rows, viewer, query.search)
    return rows.filter(query.condition)


def list_answer(request: Request, resource: Resource, rows: QuerySet[Any] | None = None) -> HttpResponse:
    """One page: `{"results": […], "next": url or null}`, `count` when asked for.

    `rows` replaces the resource's own rows (the messages of one ticket); it must have gone through the door.
    """
    viewer: Any = request.user
    query = read_list(resource, request.query_params, viewer)
    found = narrowed(resource, resource.rows(viewer) if rows is None else rows, viewer, query)
    # The columns of the ordering travel along for the cursor.
    ordering = [name.removeprefix("-") for name in query.ordering]
    few = query.limit <= MOST_LOOKED_UP
    selected = resource.select(found, viewer, query.fields, also=ordering, few=few)
    lines = as_lines(resource, selected, query.fields, ordering)
    page = keyset_page(lines, order=query.ordering, cursor=query.cursor, limit=query.limit)
    _tell(resource, viewer, students_in(resource, page.rows, query.fields))
    rest: dict[str, Any] = {"next": _next_address(request, page.next_cursor)}
    if query.count:
        rest["count"] = found.count()
    results = ",".join(row[LINE] for row in page.rows)
    return HttpResponse(f'{{"results":[{results}],{json.dumps(rest)[1:]}', content_type="application/json")


def row_answer(
    request: Request,
    resource: Resource,
    rows: QuerySet[Any],
    *,
    status: int = 200,
    version: int | None = None,
    address: str | None = None,
) -> Answer:
    """The one row of `rows` after a write, with its new ETag; 404 when it is not to be seen. Takes `fields`.

    `rows` has gone through the door. version: that of the object written to, when the row is not the object itself
    (the custody of a device). address: where a new object is to be read, for `Location`.
    """
    names = read_fields(resource, request.query_params)
    row = _row(request, resource, rows, names)
    answer = _answer_of(resource, row, names, status=status)
    answer["ETag"] = _etag(answer, row["version"] if resource.versioned else version)
    if address is not None:
        answer["Location"] = address
    return answer


def detail_answer(
    request: Request, resource: Resource, rows: QuerySet[Any], *, also_known: tuple[str, ...] = ()
) -> HttpResponse:
    """The one object of `rows` with a strong ETag; 304 when the caller has it already, 404 when there is none.

    `rows` has gone through the door. `also_known`: parameters the view has read itself.
    """
    refuse_unknown(request.query_params, ["fields", *also_known])
    names = read_fields(resource, request.query_params)
    row = _row(request, resource, rows, names)
    answer: HttpResponse = _answer_of(resource, row, names)
    etag = _etag(answer, row["version"] if resource.versioned else None)
    if has_it(request, etag):
        answer = HttpResponse(status=304)
    answer["ETag"] = etag
    return answer


def _row(request: Request, resource: Resource, rows: QuerySet[Any], names: tuple[str, ...]) -> dict[str, Any]:
    viewer: Any = request.user
    also = ("pk", "version") if resource.versioned else ("pk",)
    row: dict[str, Any] | None = resource.select(rows, viewer, names, also=also).order_by("pk").first()
    if row is None:
        raise Http404
    _tell(resource, viewer, resource.students_in([row], names))
    return row


def _answer_of(resource: Resource, row: dict[str, Any], names: tuple[str, ...], *, status: int = 200) -> Answer:
    content = JSONRenderer().render(resource.public_row(row, names))
    answer = Answer(content, status=status, content_type="application/json")
    answer.row = row["pk"]
    answer.students = frozenset(resource.students_in([row], names))
    return answer


def _etag(answer: HttpResponse, version: int | None) -> str:
    """`"<version>-<hash of this very answer>"`: the version is what `If-Match` compares, the hash makes it differ for
    another viewer, other fields, or a name that changed elsewhere."""
    digest = hashlib.sha256(answer.content).hexdigest()[:20]
    return f'"{digest}"' if version is None else f'"{version}-{digest}"'


def disclose_again(resource: Resource, viewer: Any, students: Iterable[int]) -> None:
    """An answer that was kept is shown once more: that is a disclosure of its own."""
    _tell(resource, viewer, set(students))


def json_answer(content: Any, *, status: int = 200) -> HttpResponse:
    return HttpResponse(JSONRenderer().render(content), status=status, content_type="application/json")


def _tell(resource: Resource, viewer: Any, students: set[int]) -> None:
    """Log which students are about to be shown; what cannot be logged is not shown."""
    if students and resource.disclose is not None:
        resource.disclose(viewer=viewer, channel="api", purpose=resource.name, students=students)


def _next_address(request: Request, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    parameters = request.query_params.copy()
    parameters["cursor"] = cursor
    # The first page has told the number already.
    parameters.pop("count", None)
    return request.build_absolute_uri(f"{request.path}?{parameters.urlencode()}")


def has_it(request: Request, etag: str) -> bool:
    """RFC 9110 section 13.1.2: If-None-Match compares weakly, so W/"x" matches "x"; `*` matches anything."""
    offered = [one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")]
    return etag in offered or offered == ["*"]

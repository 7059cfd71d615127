"""Whole tables as a stream: rows made in SQL, read through a server-side cursor, a thousand at a time.

Memory stays the same for ten devices and for a hundred thousand. When something fails under way the connection is
cut, so that a half export never looks like a whole one.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from techdesk.api.answers import narrowed
from techdesk.api.lines import column, listed, public_columns
from techdesk.api.parameters import read_export
from techdesk.api.resources import PUBLIC, STUDENT, Resource
from techdesk.base.errors import BadInput

ROWS_AT_A_TIME = 1000
#: A cell that begins so is a formula to a spreadsheet program; an apostrophe before it makes it text again.
#: https://owasp.org/www-community/attacks/CSV_Injection
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class NdjsonRenderer(BaseRenderer):
    """Names the format for content negotiation; the stream is made in `export_answer`."""

    media_type = "application/x-ndjson"
    format = "ndjson"


class CsvRenderer(BaseRenderer):
    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"


def export_answer(request: Request, resource: Resource) -> HttpResponse | StreamingHttpResponse:
    """Every row the caller sees and asked for: `format=ndjson` (one JSON object a line) or `format=csv`.

    The students it shows are logged before the first byte leaves.
    """
    viewer: Any = request.user
    query = read_export(resource, request.query_params, viewer)
    kind = request.query_params.get("format") or str(request.accepted_renderer.format)
    if kind not in {"ndjson", "csv"}:
        text = _("Write ndjson or csv.")
        raise BadInput(text, code="bad_parameter", errors={"format": [text]}, parameter="format")
    rows = narrowed(resource, resource.rows(viewer), viewer, query).order_by(*query.ordering)
    selected = resource.select(rows, viewer, query.fields, few=False)
    content_type = "text/csv; charset=utf-8; header=present" if kind == "csv" else "application/x-ndjson"
    answer: HttpResponse | StreamingHttpResponse
    if request.method == "HEAD":
        answer = HttpResponse(content_type=content_type)
    else:
        known = _students(resource, selected, query.fields)
        if known and resource.disclose is not None:
            resource.disclose(viewer=viewer, channel="export", purpose=resource.name, students=known)
        lines = _csv if kind == "csv" else _ndjson
        answer = StreamingHttpResponse(lines(resource, selected, query.fields), content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{resource.name}.{kind}"'
    return answer


def _students(resource: Resource, selected: QuerySet[Any, Any], names: Sequence[str]) -> set[int]:
    """The primary keys of the students the rows show, asked in one query of their own."""
    students = resource.students_of(names)
    if not students:
        return set()
    columns = [column(STUDENT + name, resource.students[name], "->>") for name in students]
    sql, parameters = _sql(selected.order_by(), ", ".join(columns))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT * FROM ({sql}) AS shown", parameters)  # noqa: S608
        return {int(value) for row in cursor.fetchall() for value in row if value is not None}


def _sql(selected: QuerySet[Any, Any], columns: str) -> tuple[str, Sequence[Any]]:
    """As `listed`, for nothing too."""
    try:
        return listed(selected, columns)
    except EmptyResultSet:  # Django knows without asking that there is nothing
        names = ", ".join(f'NULL::jsonb AS "{name}"' for name in selected.query.annotation_select)
        return f"SELECT {columns} FROM (SELECT {names} WHERE false) AS listed", ()  # noqa: S608


def _stream(sql: str, parameters: Sequence[Any]) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a query in pieces, from a cursor that stays on the server.

    In a transaction of its own, so that the cursor needs no copy of the result (WITH HOLD would make one).
    """
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(sql, parameters)
        while rows := cursor.fetchmany(ROWS_AT_A_TIME):
            yield rows


def _ndjson(resource: Resource, selected: QuerySet[Any, Any], names: Sequence[str]) -> Iterator[bytes]:
    sql, parameters = _sql(selected, public_columns(resource, names))
    for rows in _stream(f"SELECT row_to_json(line)::text FROM ({sql}) AS line", parameters):  # noqa: S608
        yield "".join(f"{line}\n" for (line,) in rows).encode()


def _csv(resource: Resource, selected: QuerySet[Any, Any], names: Sequence[str]) -> Iterator[bytes]:
    columns = [column(PUBLIC + name, resource.fields[name].value, "->>") for name in names]
    sql, parameters = _sql(selected, ", ".join(columns))
    yield _csv_text([list(names)])
    for rows in _stream(sql, parameters):
        yield _csv_text([[cell(value) for value in row] for row in rows])


def _csv_text(rows: Sequence[Sequence[Any]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()


def cell(value: Any) -> str:
    """One value as a CSV cell: lists joined by "; ", true and false as in JSON, formulas made harmless."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        value = "; ".join(str(one) for one in value)
    elif isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False)
    elif not isinstance(value, str):
        return str(value)
    return f"'{value}" if value.startswith(FORMULA) else value

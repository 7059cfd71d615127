"""Rows as lines of JSON, made by PostgreSQL: for lists and exports alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from techdesk.api.resources import PART, PUBLIC, STUDENT, Part, Resource, Value

#: The column that holds a row of `as_lines`, as the caller gets it.
LINE = "line"


def column(name: str, value: Value, operator: str) -> str:
    """The SQL of one column of the rows called `listed`."""
    return f"listed.\"{PART}{value.of}\" {operator} '{value.key}'" if isinstance(value, Part) else f'listed."{name}"'


def public_columns(resource: Resource, names: Sequence[str]) -> str:
    """The SQL of the fields `names`, each under its own name."""
    return ", ".join(f'{column(PUBLIC + name, resource.fields[name].value, "->")} AS "{name}"' for name in names)


def listed(selected: QuerySet[Any, Any], columns: str) -> tuple[str, Sequence[Any]]:
    """A statement that gives `columns` of a queryset's rows, in its order. Raises EmptyResultSet like the queryset.

    OFFSET 0 keeps PostgreSQL from working out a part anew for each of its members. Only names out of our own
    declarations are put into the text; values are parameters.
    """
    sql, parameters = selected.query.sql_with_params()
    return f"SELECT {columns} FROM ({sql} OFFSET 0) AS listed", parameters  # noqa: S608


def as_lines(
    resource: Resource, selected: QuerySet[Any, Any], names: Sequence[str], also: Sequence[str]
) -> QuerySet[Any, Any]:
    """`selected` (see `Resource.select`) giving dicts of the columns `also`, of the students, and of LINE.

    A page of a thousand rows is otherwise made into Python objects and back at twice the cost of reading it.
    """
    students = resource.students_of(names)
    keys = (*also, *(STUDENT + name for name in students), LINE)
    columns = [f'listed."{name}"' for name in also]
    columns += [column(STUDENT + name, resource.students[name], "->>") for name in students]
    # The fields stand in a row of their own, so that row_to_json has them and nothing else.
    columns.append(f"(SELECT row_to_json(line)::text FROM (SELECT {public_columns(resource, names)}) AS line)")  # noqa: S608

    class Lines:
        """What Django iterates over instead of model objects."""

        def __init__(self, queryset: QuerySet[Any, Any], **options: Any) -> None:
            self.queryset = queryset

        def __iter__(self) -> Iterator[dict[str, Any]]:
            try:
                sql, parameters = listed(self.queryset, ", ".join(columns))
            except EmptyResultSet:  # Django knows without asking that there is nothing
                return
            with connection.cursor() as cursor:
                cursor.execute(sql, parameters)
                for row in cursor.fetchall():
                    yield dict(zip(keys, row, strict=True))

    lines: Any = selected.all()
    lines._iterable_class = Lines
    return lines


def students_in(resource: Resource, rows: Sequence[dict[str, Any]], names: Sequence[str]) -> set[int]:
    """The primary keys of all students whom the fields `names` of these lines show."""
    columns = [STUDENT + name for name in resource.students_of(names)]
    return {int(row[name]) for row in rows for name in columns if row[name] is not None}

"""A resource, declared once as data: what its rows are, how each field is read, what may be asked.

Lists, details, exports and the schema all read this declaration. Rows are plain values out of one query; what a
viewer may not see is masked inside that query, so no answer can forget to. The serializer fields in here only
describe and check; they never build a row.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.db.models import F, Q, QuerySet
from rest_framework import serializers

from techdesk.api.expressions import Moment

Viewer = Any
#: A path on the model, or a function that builds the expression for one viewer.
Value = str | Callable[[Viewer], Any]

#: Columns of a row as the query names them: public fields, and the students a row shows. The prefixes keep public
#: names such as "school" apart from the model's own fields.
PUBLIC, STUDENT = "x_", "s_"


class Disclose(Protocol):
    """Logs that a viewer is being shown students; `audit.actions.disclose` is one."""

    def __call__(self, *, viewer: Any, channel: str, purpose: str, students: Iterable[int]) -> None: ...


@dataclass(frozen=True)
class Field:
    """One public field. `shows` names the entries of `Resource.students` whose person this field tells of."""

    describe: serializers.Field
    value: Value
    shows: tuple[str, ...] = ()

    def expression(self, viewer: Viewer) -> Any:
        value = F(self.value) if isinstance(self.value, str) else self.value(viewer)
        return Moment(value) if isinstance(self.describe, serializers.DateTimeField) else value


@dataclass(frozen=True)
class Filter:
    """One filter and the lookups it takes: `status=`, `status__in=`, `updated_at__gte=`.

    describe: how one value is read and what the schema says of it.
    where: a path on the model, or a function (viewer, lookup, value) -> Q; "in" is the union of several "exact".
    """

    describe: serializers.Field
    where: str | Callable[[Viewer, str, Any], Q]
    lookups: tuple[str, ...] = ("exact", "in")

    def condition(self, viewer: Viewer, lookup: str, value: Any) -> Q:
        if isinstance(self.where, str):
            return Q(**{self.where if lookup == "exact" else f"{self.where}__{lookup}": value})
        if lookup != "in":
            return self.where(viewer, lookup, value)
        condition = Q(pk__in=[])
        for one in value:
            condition |= self.where(viewer, "exact", one)
        return condition


@dataclass(frozen=True, eq=False)
class Resource:
    """What the outside calls `name`.

    title: the name of one, in the schema ("Device").
    rows: the rows a viewer sees, through the door.
    orderings: public name -> the model's fields, ending in "pk".
    search: (rows, viewer, text) -> rows; it must not find by what the viewer may not see.
    students: name -> expression of the primary key of a student the row shows (or NULL), or an array of them.
    versioned: rows carry the integer `version`.
    """

    name: str
    title: str
    rows: Callable[[Viewer], QuerySet[Any]]
    fields: Mapping[str, Field]
    orderings: Mapping[str, tuple[str, ...]]
    default_ordering: str
    filters: Mapping[str, Filter] = field(default_factory=dict)
    search: Callable[[QuerySet[Any], Viewer, str], QuerySet[Any]] | None = None
    students: Mapping[str, Callable[[Viewer], Any]] = field(default_factory=dict)
    disclose: Disclose | None = None
    versioned: bool = True

    def __post_init__(self) -> None:
        for name, one in self.fields.items():
            if unknown := set(one.shows) - set(self.students):
                raise TypeError(f"{self.name}.{name} shows unknown students {sorted(unknown)}")
        if self.students and self.disclose is None:
            raise TypeError(f"{self.name} shows students and has nothing to log it with")
        for name, path in self.orderings.items():
            if path[-1] != "pk":
                raise TypeError(f"the ordering {name} of {self.name} does not end in the key")

    def order(self, wanted: str) -> tuple[str, ...]:
        """The model's fields for "asset_tag" or "-asset_tag"."""
        path = self.orderings[wanted.removeprefix("-")]
        return tuple(f"-{part}" for part in path) if wanted.startswith("-") else path

    def students_of(self, names: Iterable[str]) -> tuple[str, ...]:
        """Which of `students` the fields `names` show."""
        shown = {student for name in names for student in self.fields[name].shows}
        return tuple(name for name in self.students if name in shown)

    def select(
        self, rows: QuerySet[Any], viewer: Viewer, names: Sequence[str], *, also: Sequence[str] = ()
    ) -> QuerySet[Any, dict[str, Any]]:
        """`rows` as dicts with the columns of the fields `names`, of the students they show, and `also`."""
        columns = {PUBLIC + name: self.fields[name].expression(viewer) for name in names}
        columns |= {STUDENT + name: self.students[name](viewer) for name in self.students_of(names)}
        return rows.values(*also, **columns)

    @functools.cached_property
    def serializer(self) -> type[serializers.Serializer]:
        """Describes one row, for the schema. No field is sure to be there: `fields=` may leave it out."""
        members: dict[str, Any] = {name: one.describe for name, one in self.fields.items()}
        for member in members.values():
            member.required = False
        return type(self.title, (serializers.Serializer,), members)


def public_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A selected row as the caller gets it."""
    return {name.removeprefix(PUBLIC): value for name, value in row.items() if name.startswith(PUBLIC)}


def students_in(rows: Iterable[Mapping[str, Any]]) -> set[int]:
    """The primary keys of all students whom selected rows show."""
    found: set[int] = set()
    for row in rows:
        for name, value in row.items():
            if name.startswith(STUDENT) and value is not None:
                found.update(value if isinstance(value, list) else [value])
    found.discard(None)
    return found

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

from techdesk.api.domains import Domain
from techdesk.api.expressions import Moment, Text, without_joins

Viewer = Any


@dataclass(frozen=True)
class Part:
    """One member of a JSON object that the query makes once per row; see `Resource.parts`."""

    of: str
    key: str


#: A path on the model, a function that builds the expression for one viewer, or a member of a part.
Value = str | Callable[[Viewer], Any] | Part

#: Columns of a row as the query names them: public fields, parts, and the students a row shows. The prefixes keep
#: public names such as "school" apart from the model's own fields.
PUBLIC, PART, STUDENT = "x_", "p_", "s_"


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
        """The column of this field; not for a field that is a member of a part."""
        value = _expression(self.value, viewer)
        return Moment(value) if isinstance(self.describe, serializers.DateTimeField) else value


def _expression(value: Value, viewer: Viewer) -> Any:
    if isinstance(value, Part):
        raise TypeError(f"{value} has no column of its own")
    return F(value) if isinstance(value, str) else value(viewer)


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
    domain: the part of the API it belongs to; a token may be narrowed to some of them.
    rows: the rows a viewer sees, through the door.
    orderings: public name -> the model's fields, ending in "pk".
    search: (rows, viewer, text) -> rows; it must not find by what the viewer may not see.
    students: name -> the primary key of a student the row shows (or NULL).
    parts: name -> expression of a JSON object. For several fields out of one subquery, which then runs once.
    versioned: rows carry the integer `version`.
    key: the field by which the outside names a row, for the feed of changes; see `follow`.
    """

    name: str
    title: str
    domain: Domain
    rows: Callable[[Viewer], QuerySet[Any]]
    fields: Mapping[str, Field]
    orderings: Mapping[str, tuple[str, ...]]
    default_ordering: str
    filters: Mapping[str, Filter] = field(default_factory=dict)
    search: Callable[[QuerySet[Any], Viewer, str], QuerySet[Any]] | None = None
    students: Mapping[str, Value] = field(default_factory=dict)
    parts: Mapping[str, Callable[[Viewer], Any]] = field(default_factory=dict)
    disclose: Disclose | None = None
    versioned: bool = True
    key: str = ""

    def __post_init__(self) -> None:
        for name, one in self.fields.items():
            if unknown := set(one.shows) - set(self.students):
                raise TypeError(f"{self.name}.{name} shows unknown students {sorted(unknown)}")
        if self.students and self.disclose is None:
            raise TypeError(f"{self.name} shows students and has nothing to log it with")
        for value in [*(one.value for one in self.fields.values()), *self.students.values()]:
            if isinstance(value, Part) and value.of not in self.parts:
                raise TypeError(f"{self.name} has no part {value.of}")
        for name, path in self.orderings.items():
            if path[-1] != "pk":
                raise TypeError(f"the ordering {name} of {self.name} does not end in the key")

    def view_action(self, viewer: Viewer) -> str:
        """The action of the door that means seeing a row."""
        action: str = self.rows(viewer).view_action  # type: ignore[attr-defined]
        return action

    def keys(self, viewer: Viewer) -> QuerySet[Any, Any]:
        """The public keys, as texts, of all the rows `viewer` sees."""
        return self.rows(viewer).values_list(Text(self._key(viewer)), flat=True)

    def keys_seen(self, viewer: Viewer, keys: Iterable[str]) -> set[str]:
        """Those of `keys` whose row `viewer` sees, in one query."""
        found = self.rows(viewer).alias(key_of_row=self._key(viewer)).filter(key_of_row__in=list(keys))
        return set(found.values_list(Text("key_of_row"), flat=True))

    def _key(self, viewer: Viewer) -> Any:
        return _expression(self.fields[self.key].value, viewer)

    def sees(self, viewer: Viewer, pk: int) -> bool:
        """Is the row of this primary key among those `viewer` sees?"""
        return self.rows(viewer).filter(pk=pk).exists()

    def order(self, wanted: str) -> tuple[str, ...]:
        """The model's fields for "asset_tag" or "-asset_tag"."""
        path = self.orderings[wanted.removeprefix("-")]
        return tuple(f"-{part}" for part in path) if wanted.startswith("-") else path

    def students_of(self, names: Iterable[str]) -> tuple[str, ...]:
        """Which of `students` the fields `names` show."""
        shown = {student for name in names for student in self.fields[name].shows}
        return tuple(name for name in self.students if name in shown)

    def select(
        self, rows: QuerySet[Any], viewer: Viewer, names: Sequence[str], *, also: Sequence[str] = (), few: bool = True
    ) -> QuerySet[Any, dict[str, Any]]:
        """`rows` as dicts with the columns of the fields `names`, of the students they show, and `also`.

        few: a page of them, whose references are looked up one by one; False for all of them, where joins pay.
        """
        students = self.students_of(names)
        values = {PUBLIC + name: self.fields[name].value for name in names}
        values |= {STUDENT + name: self.students[name] for name in students}
        columns = {
            PUBLIC + name: self.fields[name].expression(viewer)
            for name in names
            if not isinstance(self.fields[name].value, Part)
        }
        columns |= {
            STUDENT + name: _expression(self.students[name], viewer)
            for name in students
            if not isinstance(self.students[name], Part)
        }
        if few:
            columns = {name: without_joins(rows.model, value) for name, value in columns.items()}
        wanted = dict.fromkeys(value.of for value in values.values() if isinstance(value, Part))
        columns |= {PART + name: self.parts[name](viewer) for name in wanted}
        return rows.values(*also, **columns)

    def public_row(self, row: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
        """A selected row as the caller gets it."""
        return {name: _picked(row, PUBLIC + name, self.fields[name].value) for name in names}

    def students_in(self, rows: Iterable[Mapping[str, Any]], names: Sequence[str]) -> set[int]:
        """The primary keys of all students whom the fields `names` of selected rows show."""
        students = self.students_of(names)
        found = {_picked(row, STUDENT + name, self.students[name]) for row in rows for name in students}
        return found - {None}

    @functools.cached_property
    def serializer(self) -> type[serializers.Serializer]:
        """Describes one row, for the schema. No field is sure to be there: `fields=` may leave it out."""
        members: dict[str, Any] = {name: one.describe for name, one in self.fields.items()}
        for member in members.values():
            # A serializer makes its own copy of each field, out of what the field was made with.
            member._kwargs = {**member._kwargs, "required": False}
        return type(self.title, (serializers.Serializer,), members)


_followed: dict[str, Resource] = {}


def follow(*resources: Resource) -> None:
    """Let changes of these resources appear in the feed, for whoever sees their rows."""
    for resource in resources:
        if resource.key not in resource.fields:
            raise TypeError(f"{resource.name} has no public key")
        _followed[resource.name] = resource


def followed() -> dict[str, Resource]:
    """By name, every resource in the feed of changes."""
    return dict(sorted(_followed.items()))


def _picked(row: Mapping[str, Any], column: str, value: Value) -> Any:
    if not isinstance(value, Part):
        return row[column]
    part = row[PART + value.of]
    return None if part is None else part[value.key]

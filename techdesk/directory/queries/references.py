"""How other records name schools, rooms and people in the REST API.

Values and conditions are SQL: what a viewer may not see is masked inside the query.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import JSONObject, Lower
from rest_framework import serializers

from techdesk.api.expressions import Prepared, joined
from techdesk.api.resources import Filter
from techdesk.base.policy import reaches_all
from techdesk.directory.choices import PersonKind
from techdesk.directory.models import Person, Room, School


def room_name(path: str) -> Callable[[Any], Any]:
    """The public name of the room that the foreign key `path` names: "LIN/104"."""
    return lambda viewer: joined(F(f"{path}__school__code"), Value("/"), F(f"{path}__code"))


def names_everybody(viewer: Any) -> bool:
    """Sees `viewer` every person there is? Then no name has to be weighed row by row."""
    return reaches_all(viewer, "directory.view_person", Person)


def _named(people: Any) -> Prepared:
    facts = JSONObject(id="key", student=Case(When(kind=PersonKind.STUDENT, then=F("pk"))))
    return Prepared(people.values(one=F("pk"), facts=facts))


@functools.cache
def _everybody() -> Prepared:
    return _named(Person.objects.all())


def nameable_people(viewer: Any) -> Prepared:
    """Whom a record may name to `viewer`: `id`, and `student`, their primary key if they are one.

    Made into SQL once for a viewer and the roles they hold, so: once per request; for whoever sees everybody, once.
    """
    if names_everybody(viewer):
        return _everybody()
    known: tuple[Any, Prepared] | None = vars(viewer).get("_nameable_people")
    if known is None or known[0] is not viewer.access:
        known = viewer.access, _named(Person.objects.nameable_to(viewer))
        vars(viewer)["_nameable_people"] = known
    return known[1]


def person_part(path: str) -> Callable[[Any], Any]:
    """The person whom `path` names: `id`, and `student`, their primary key if they are one.

    Null for a student or guardian whom the viewer does not see.
    """
    return lambda viewer: nameable_people(viewer).facts(F(f"{path}_id"))


def school_ids(viewer: Any, code: str) -> list[int]:
    """The school of this code as a list of one, empty for an unknown or foreign one."""
    return list(School.objects.visible_to(viewer).with_code(code).values_list("pk", flat=True))


def school_filter(path: str = "school") -> Filter:
    """`school=LIN`: by code, without regard to case. A school one does not see is one without rows."""

    def where(viewer: Any, lookup: str, code: str) -> Q:
        # Asked first, so that the index on school and ordering sees a plain number.
        return Q(**{f"{path}__in": school_ids(viewer, code)})

    return Filter(serializers.CharField(help_text="School code."), where)


def room_filter(path: str) -> Filter:
    """`room=LIN/104`."""

    def where(viewer: Any, lookup: str, name: str) -> Q:
        return Q(**{f"{path}__in": Room.objects.visible_to(viewer).named(name).values("pk")})

    return Filter(serializers.CharField(help_text="School code, slash, room code."), where)


def person_filter(path: str) -> Filter:
    """`assignee=<id>`: nobody is found by a person whose name the same row would not show."""

    def where(viewer: Any, lookup: str, key: UUID) -> Q:
        return Q(**{f"{path}__in": Person.objects.nameable_to(viewer).with_key(key).values("pk")})

    return Filter(serializers.UUIDField(), where)


def visible_person(viewer: Any, key: UUID | None) -> Person | None:
    """The person of this id among those `viewer` sees."""
    found: Person | None = Person.objects.visible_to(viewer).with_key(key).first() if key else None
    return found


def visible_room(viewer: Any, name: str) -> Room | None:
    """The room "LIN/104" among those `viewer` sees, with its school."""
    found: Room | None = Room.objects.visible_to(viewer).named(name).select_related("school").first()
    return found


def visible_people(viewer: Any, keys: Iterable[UUID]) -> dict[UUID, Person]:
    """The people of these ids among those `viewer` sees, by id."""
    wanted = set(keys)
    rows: Iterable[Person] = Person.objects.visible_to(viewer).with_keys(wanted) if wanted else ()
    return {person.key: person for person in rows}


def visible_rooms(viewer: Any, names: Iterable[str]) -> dict[str, Room]:
    """The rooms of these names ("LIN/104", in any case) among those `viewer` sees, by lower-case name."""
    wanted = {name.lower() for name in names}
    if not wanted:
        return {}
    name = Lower(joined(F("school__code"), Value("/"), F("code")))
    rows = Room.objects.visible_to(viewer).select_related("school").alias(public_name=name)
    return {room.public_key.lower(): room for room in rows.filter(public_name__in=wanted)}


def visible_schools(viewer: Any, codes: Iterable[str]) -> dict[str, School]:
    """The schools of these codes (in any case) among those `viewer` sees, by lower-case code."""
    wanted = {code.lower() for code in codes}
    if not wanted:
        return {}
    rows = School.objects.visible_to(viewer).alias(lower_code=Lower("code")).filter(lower_code__in=wanted)
    return {school.code.lower(): school for school in rows}


def visible_school(viewer: Any, code: str) -> School | None:
    """The school of this code among those `viewer` sees."""
    found: School | None = School.objects.visible_to(viewer).with_code(code).first()
    return found

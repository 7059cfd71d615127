"""Locking rows of the directory, always in the order School, Person, then what belongs to them; each by id."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from techdesk.directory.models import Person, Room, School


def lock_people(people: Iterable[Person]) -> list[Person]:
    """Fresh, locked copies of `people`, ordered by id."""
    ids = {person.pk for person in people}
    return list(Person.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("id"))


def lock_person(person: Person) -> Person:
    """A fresh, locked copy of `person`."""
    kept: Any = Person.objects.select_for_update(of=("self",)).get(pk=person.pk)
    return kept  # type: ignore[no-any-return]


def lock_schools(schools: Iterable[School]) -> list[School]:
    """Fresh, locked copies of `schools`, ordered by id."""
    ids = {school.pk for school in schools}
    return list(School.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("id"))


def lock_school(school: School) -> School:
    """A fresh, locked copy of `school`."""
    return School.objects.select_for_update(of=("self",)).get(pk=school.pk)


def lock_room(room: Room) -> Room:
    """A fresh, locked copy of `room`, with its school."""
    return Room.objects.select_related("school").select_for_update(of=("self",)).get(pk=room.pk)

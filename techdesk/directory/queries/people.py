"""Reads about people across models: what the list and the page of a person show."""

from __future__ import annotations

from collections.abc import Iterable

from techdesk.directory.models import Enrolment, Invitation, Person, RoleAssignment


def students_among(people: Iterable[Person]) -> list[int]:
    """The ids of the students among `people`: whom a page discloses."""
    return [person.pk for person in people if person.is_student]


def roles_of(people: Iterable[Person]) -> dict[int, list[RoleAssignment]]:
    """Roles in force, with their school, by person id. One query for all of them."""
    found: dict[int, list[RoleAssignment]] = {}
    rows = RoleAssignment.objects.in_force().filter(person__in=list(people)).select_related("school")
    for assignment in rows.order_by("role", "school__name", "id"):
        found.setdefault(assignment.person_id, []).append(assignment)
    return found


def sections_of(person: Person) -> list[Enrolment]:
    """The sections a person is in now, with school and room. One query."""
    rows = Enrolment.objects.in_force().filter(person=person).select_related("section__school", "section__room")
    return list(rows.order_by("section__title", "id"))


def invitations_of(people: Iterable[Person]) -> dict[int, Invitation]:
    """The last invitation of each of `people`, whatever became of it, by person id. One query for all of them."""
    rows = Invitation.objects.filter(person__in=list(people)).order_by("person_id", "-id").distinct("person_id")
    return {invitation.person_id: invitation for invitation in rows}

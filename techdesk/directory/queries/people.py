"""Reads about people across models: what the list and the page of a person show."""

from __future__ import annotations

from collections.abc import Iterable

from techdesk.directory.choices import AccountState
from techdesk.directory.models import Enrolment, Guardianship, Invitation, Person, RoleAssignment, Section


def students_among(people: Iterable[Person]) -> list[int]:
    """The ids of the students among `people`: whom a page discloses."""
    return [person.pk for person in people if person.is_student]


def students_named_by(texts: Iterable[str]) -> list[int]:
    """The ids of the students whose card number or e-mail is among `texts`."""
    return list(Person.objects.students().named_by(texts).values_list("pk", flat=True))


def roles_of(people: Iterable[Person], viewer: Person) -> dict[int, list[RoleAssignment]]:
    """Roles in force by person id, with their school: district-wide ones and those at schools `viewer` sees."""
    rows = RoleAssignment.objects.in_force().of_people(people).at_schools_seen_by(viewer).select_related("school")
    found: dict[int, list[RoleAssignment]] = {}
    for assignment in rows.order_by("role", "school__name", "id"):
        found.setdefault(assignment.person_id, []).append(assignment)
    return found


def sections_of(person: Person, viewer: Person) -> list[Enrolment]:
    """The sections a person is in now and `viewer` sees, with school and room. One query."""
    rows = Enrolment.objects.in_force().filter(person=person, section__in=Section.objects.visible_to(viewer))
    return list(rows.select_related("section__school", "section__room").order_by("section__title", "id"))


def guardians_of(student: Person) -> list[Guardianship]:
    """Who looks after a student now, the first to call first. Whoever asks has seen the student."""
    return list(Guardianship.objects.in_force().of_student(student))


def wards_of(guardian: Person, viewer: Person) -> list[Guardianship]:
    """Whom a person looks after now, as far as `viewer` sees those students."""
    seen = Person.objects.visible_to(viewer).values("pk")
    return list(Guardianship.objects.in_force().of_guardian(guardian).filter(student__in=seen))


def invitations_of(people: Iterable[Person]) -> dict[int, Invitation]:
    """The last invitation of each of `people`, whatever became of it, by person id. One query for all of them."""
    rows = Invitation.objects.filter(person__in=list(people)).order_by("person_id", "-id").distinct("person_id")
    return {invitation.person_id: invitation for invitation in rows}


def account_state(person: Person, invitation: Invitation | None) -> AccountState:
    """Whether `person` can sign in, given the last `invitation` they got (`invitations_of`)."""
    if not person.is_active:
        return AccountState.OFF
    if not person.may_sign_in:
        return AccountState.NO_LOGIN
    if not person.email:
        return AccountState.NO_EMAIL
    if person.has_password:
        return AccountState.READY
    if invitation is None or invitation.state in {"used", "revoked"}:
        return AccountState.NOT_INVITED
    return AccountState.INVITED if invitation.state == "open" else AccountState.RAN_OUT

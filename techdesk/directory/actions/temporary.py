"""Somebody who is here before the roster says so: added by hand, and taken over when the roster lists them."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from techdesk.audit.actions import Deed, record, record_many
from techdesk.base.clock import now
from techdesk.base.errors import BadInput, NotPossible
from techdesk.base.text import clean_line
from techdesk.directory.actions.locks import lock_people, lock_school
from techdesk.directory.actions.person import create_person
from techdesk.directory.actions.role import grant_role
from techdesk.directory.choices import EnrolmentRole, GrantSource, PersonKind, SectionKind
from techdesk.directory.kinds import TEMPORARY_KIND
from techdesk.directory.models import Enrolment, ExternalId, Person, RoleAssignment, School, Section
from techdesk.directory.queries.calendar import school_calendar
from techdesk.notifications.actions import notify

#: School days after which the roster should list somebody.
TOO_LONG = 10
#: What somebody added by hand holds until the roster lists them.
ROLE_OF_KIND = {PersonKind.STUDENT.value: "student", PersonKind.STAFF.value: "staff"}


@transaction.atomic
def add_person(
    *,
    actor: Person,
    school: School,
    kind: str,
    given_name: str,
    family_name: str,
    identifier: str = "",
    grade: str = "",
    email: str | None = None,
    homeroom: Section | None = None,
) -> Person:
    """Add a student or a member of staff of `school` whom the roster does not list yet.

    They hold "student" or "staff" there, and are in `homeroom` if one is given, until a roster row joins them
    (`techdesk.directory.imports.temporary`). Raises BadInput: `unknown_kind`, `missing_grade` (the roster finds a
    student by name and grade), `unknown_school` (it is closed), `unknown_homeroom` (of another school, or for staff)
    and as `create_person` does.
    """
    role = ROLE_OF_KIND.get(kind)
    if role is None:
        text = _("Add a student or a member of staff.")
        raise BadInput(text, code="unknown_kind", errors={"kind": [text]})
    if kind == PersonKind.STUDENT and not clean_line(grade):
        text = _("Write the grade: the roster finds the student by it.")
        raise BadInput(text, code="missing_grade", errors={"grade": [text]})
    kept_school = lock_school(school)
    if not kept_school.is_active:
        text = _("This school is closed.")
        raise BadInput(text, code="unknown_school", errors={"school": [text]})
    if homeroom is not None:
        homeroom = _homeroom(homeroom, kept_school, kind)
    person = create_person(
        actor=actor,
        kind=kind,
        given_name=given_name,
        family_name=family_name,
        identifier=identifier,
        grade=grade if kind == PersonKind.STUDENT else "",
        email=email,
    )
    person.is_temporary = True
    person.save(update_fields=["is_temporary"])
    grant_role(actor=actor, person=person, role=role, school=kept_school, source=GrantSource.TEMPORARY)
    if homeroom is not None:
        Enrolment.objects.create(section=homeroom, person=person, role=EnrolmentRole.STUDENT)
        homeroom.write()
        record(actor=actor, verb="enrol", thing=homeroom, facts={"person": person.public_key})
    person.refresh_from_db()
    return person


def _homeroom(section: Section, school: School, kind: str) -> Section:
    """The homeroom, locked. Raises BadInput `unknown_homeroom`."""
    kept = Section.objects.select_for_update(of=("self",)).get(pk=section.pk)
    fits = kept.school_id == school.pk and kept.kind == SectionKind.HOMEROOM and kept.is_active
    if not fits or kind != PersonKind.STUDENT:
        text = _("Choose a homeroom of this school, for a student.")
        raise BadInput(text, code="unknown_homeroom", errors={"homeroom": [text]})
    kept.school = school
    return kept


@transaction.atomic
def tell_of_temporaries(*, actor: Person) -> int:
    """Tell the technicians of each school, once per person, who was added by hand and is not in the roster after
    TOO_LONG school days; return how many people are told of. A second call tells nothing anew."""
    waiting = Person.objects.active().temporary().order_by("pk")
    held = RoleAssignment.objects.in_force().filter(source=GrantSource.TEMPORARY, person__in=waiting)
    by_school: dict[School, list[Person]] = {}
    for assignment in held.select_related("school", "person").order_by("school", "person"):
        if assignment.school is not None:
            by_school.setdefault(assignment.school, []).append(assignment.person)
    told = 0
    for school, people in by_school.items():
        calendar = school_calendar(school, min(p.created_at for p in people).date())
        today = calendar.day_of(now())
        late = [p for p in people if calendar.add_days(calendar.day_of(p.created_at), TOO_LONG) <= today]
        technicians = Person.objects.holding("technician", school_id=school.pk)
        for person in late:
            told += 1
            notify(
                recipients=technicians,
                kind=TEMPORARY_KIND,
                once=f"temporary:{person.key}",
                title=_("Somebody added by hand is still not in the roster"),
                body=_(
                    "It is two weeks of school since this record was made. Ask the office whether the person is in the"
                    " student information system, and spelt the same way."
                ),
                path=person.get_absolute_url(),
            )
    return told


@transaction.atomic
def join_temporary(*, actor: Person, temporary: Person, listed: Person) -> Person:
    """The roster made a second record (`listed`) of somebody who was added by hand (`temporary`): one is left.

    The record added by hand stays, with all that hangs on it (devices, tickets); it takes over what the roster gave
    the other one: its facts, identities, roles and classes. The other one is switched off. Raises NotPossible:
    `not_temporary`, `same_person`, `other_kind`, `not_listed` (no roster lists that person), `has_account` (they
    signed in already; then the record added by hand is the one to switch off).
    """
    kept = {person.pk: person for person in lock_people([temporary, listed])}
    stays, goes = kept[temporary.pk], kept[listed.pk]
    links = ExternalId.objects.filter(kind="person", target_id=goes.pk)
    _check_join(stays, goes, is_listed=links.filter(present=True).exists())
    facts = ("given_name", "middle_name", "family_name", "username", "identifier", "grade", "phone", "email")
    for name in facts:
        if getattr(goes, name):
            setattr(stays, name, getattr(goes, name))
    moment = now()
    goes.email, goes.is_active, goes.deactivated_at = None, False, goes.deactivated_at or moment
    goes.identifier = goes.username = ""
    goes.fill_search()
    goes.write("email", "is_active", "deactivated_at", "identifier", "username", "search_text")
    stays.is_temporary = False
    stays.fill_search()
    stays.write(*facts, "is_temporary", "sort_name", "search_text")
    links.update(target_id=stays.pk)
    _take_roles(stays, goes)
    _take_classes(stays, goes)
    record_many(
        actor=actor,
        deeds=[
            Deed("join_temporary", stays, {"joined": goes.public_key}),
            Deed("deactivate", goes, {"joined": stays.public_key}),
        ],
    )
    return stays


def _check_join(stays: Person, goes: Person, *, is_listed: bool) -> None:
    if not stays.is_temporary:
        raise NotPossible(_("The roster lists this person already."), code="not_temporary")
    if stays.pk == goes.pk:
        raise NotPossible(_("Choose the other record of this person."), code="same_person")
    if stays.kind != goes.kind:
        raise NotPossible(_("One is a student, the other is not."), code="other_kind")
    if not is_listed:
        raise NotPossible(_("No roster lists the person you chose."), code="not_listed")
    if goes.has_password:
        text = _("The person you chose signs in already. Switch this record off instead, and collect its devices.")
        raise NotPossible(text, code="has_account")


def _take_roles(stays: Person, goes: Person) -> None:
    """The roster's roles replace those that were held until now; what a person gave stays where it is."""
    RoleAssignment.objects.in_force().filter(person=stays, source=GrantSource.TEMPORARY).update(ended_at=now())
    held = set(RoleAssignment.objects.in_force().filter(person=stays).values_list("role", "school_id"))
    for assignment in RoleAssignment.objects.in_force().filter(person=goes, source=GrantSource.ROSTER):
        if (assignment.role, assignment.school_id) in held:
            RoleAssignment.objects.filter(pk=assignment.pk).update(ended_at=now())
        else:
            RoleAssignment.objects.filter(pk=assignment.pk).update(person=stays)


def _take_classes(stays: Person, goes: Person) -> None:
    """The classes of the roster; what was chosen by hand ends."""
    end_unlisted_classes([stays.pk])
    Enrolment.objects.filter(person=goes).update(person=stays)


def end_unlisted_classes(people: list[int]) -> None:
    """End the places in classes that no roster gave these people: the roster says now where they are."""
    open_rows = Enrolment.objects.filter(person_id__in=people, is_active=True)
    known = ExternalId.objects.filter(kind="enrolment", target_id__in=open_rows.values("pk")).values("target_id")
    open_rows.exclude(pk__in=known).update(is_active=False)

"""Who may see and change schools, rooms, people and sections; the imports and runs of `jobs`; notices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q

from techdesk.api.hooks import register_sight
from techdesk.api.models import ApiToken
from techdesk.audit.hooks import register_schools
from techdesk.base.clock import now
from techdesk.base.policy import ANYONE, Reach, Scope, declare
from techdesk.base.sets import among
from techdesk.directory.choices import EnrolmentRole, PersonKind, SectionKind
from techdesk.directory.models import Enrolment, Guardianship, Person, RoleAssignment, Room, School, Section, YearChange
from techdesk.jobs.models import ImportRun, JobRun
from techdesk.notifications.models import Delivery, Notification, WebhookTarget

OWN, SECTION, SCHOOL, DISTRICT = Scope.OWN, Scope.SECTION, Scope.SCHOOL, Scope.DISTRICT

#: Roles whose work needs to see every person of their school.
_SEES_PEOPLE = {
    "technician": SCHOOL,
    "librarian": SCHOOL,
    "testing_coordinator": SCHOOL,
    "school_admin": SCHOOL,
    "district_technician": SCHOOL,
    "district_admin": SCHOOL,
    "auditor": SCHOOL,
}
_RUNS_DISTRICT = {"district_technician": DISTRICT, "district_admin": DISTRICT}

_KEEPS_RECORDS = {
    "technician": SCHOOL,
    "school_admin": SCHOOL,
    "district_technician": SCHOOL,
    "district_admin": SCHOOL,
}

MATRIX: dict[str, dict[str, Scope]] = {
    "directory.view_school": {ANYONE: OWN, **_SEES_PEOPLE},
    "directory.view_room": {ANYONE: OWN, **_SEES_PEOPLE},
    "directory.view_person": {ANYONE: OWN, "teacher": SECTION, **_SEES_PEOPLE},
    # The number on the card: teachers see their students, not this.
    "directory.view_identifier": {ANYONE: OWN, **_SEES_PEOPLE},
    "directory.list_people": _SEES_PEOPLE,
    "directory.view_section": {ANYONE: OWN, **_SEES_PEOPLE},
    "directory.change_own_settings": {ANYONE: OWN},
    "directory.invite": {
        "technician": SCHOOL,
        "school_admin": SCHOOL,
        "district_technician": SCHOOL,
        "district_admin": SCHOOL,
    },
    # A school is opened, renamed and closed where the whole district is run.
    "directory.change_school": {"district_admin": DISTRICT},
    "directory.change_room": _KEEPS_RECORDS,
    # Those whose work a script may do. A token for somebody else is made at the console.
    "directory.create_token": {
        "technician": OWN,
        "librarian": OWN,
        "school_admin": OWN,
        "district_technician": OWN,
        "district_admin": OWN,
    },
    # One that does not end by itself.
    "directory.create_lasting_token": {"district_technician": OWN, "district_admin": OWN},
    # Who lost the role still finds and ends the tokens they made.
    "directory.view_token": {ANYONE: OWN, "district_admin": DISTRICT},
    "directory.revoke_token": {ANYONE: OWN, "district_admin": DISTRICT},
    "directory.list_tokens": {"district_admin": DISTRICT},
    "directory.add_person": {"librarian": SCHOOL, **_KEEPS_RECORDS},
    "directory.change_person": _KEEPS_RECORDS,
    "directory.deactivate_person": _KEEPS_RECORDS,
    "directory.change_calendar": {
        "school_admin": SCHOOL,
        "district_technician": SCHOOL,
        "district_admin": SCHOOL,
    },
    # Days and terms of every school at once.
    "directory.change_district_calendar": _RUNS_DISTRICT,
    "directory.grant_role": {"district_admin": DISTRICT},
    "directory.change_year": _RUNS_DISTRICT,
    "directory.change_settings": {
        "technician": SCHOOL,
        "school_admin": SCHOOL,
        "district_technician": SCHOOL,
        "district_admin": SCHOOL,
    },
    "directory.change_district_settings": _RUNS_DISTRICT,
    "directory.end_own_sessions": {ANYONE: OWN},
    # What decides who gets in at all is for those who answer for the whole district.
    "directory.end_sessions": {"district_admin": DISTRICT},
    "directory.reset_second_factor": {"district_admin": DISTRICT},
    "directory.change_security": {"district_admin": DISTRICT},
    "directory.import_roster": _RUNS_DISTRICT,
    "directory.import_people": {"school_admin": SCHOOL, "district_technician": SCHOOL, "district_admin": SCHOOL},
    "jobs.view_run": {ANYONE: OWN, **_RUNS_DISTRICT},
    # Rows of an import name people and devices: with the role goes the sight of what one imported in it.
    "jobs.view_import": {"technician": OWN, "school_admin": OWN, **_RUNS_DISTRICT},
    "jobs.apply_import": {"technician": OWN, "school_admin": OWN, **_RUNS_DISTRICT},
    "jobs.undo_import": {"technician": OWN, "school_admin": OWN, **_RUNS_DISTRICT},
    "notifications.read": {ANYONE: OWN},
    "notifications.view_demo_mail": {ANYONE: OWN},
    "notifications.change_own": {ANYONE: OWN},
    # What was mailed to whom, without what it said: for those who are asked "why did I get no mail?".
    "notifications.view_deliveries": {
        "technician": SCHOOL,
        "district_technician": SCHOOL,
        "district_admin": SCHOOL,
    },
    # Slips say what a notice says: for those who hand them out.
    "notifications.print_slips": {"teacher": SECTION, **_KEEPS_RECORDS},
    # The address of a chat room is a key: for those who answer for the school.
    "notifications.change_webhooks": {"school_admin": SCHOOL, "district_admin": SCHOOL},
    "notifications.resend": {"technician": SCHOOL, "district_technician": SCHOOL, "district_admin": SCHOOL},
}


def _my_school_ids(person: Any) -> Any:
    return RoleAssignment.objects.in_force().filter(person=person, school__isnull=False).values("school_id")


def _people_in_schools(ids: Iterable[int]) -> Q:
    """Who holds a role there; who left, where they last did: somebody must collect what they still have; and who
    looks after those who are there, as long as they do."""
    here = RoleAssignment.objects.filter(school_id__in=list(ids))
    left = Q(is_active=False, pk__in=here.values("person_id"))
    theirs = Guardianship.objects.in_force().filter(student__in=here.in_force().values("person_id"))
    guards = Q(kind=PersonKind.GUARDIAN, pk__in=theirs.values("guardian_id"))
    return Q(pk__in=here.in_force().values("person_id")) | left | guards


def _mails_to_people_of(ids: Iterable[int]) -> Q:
    return Q(recipient__in=Person.objects.filter(_people_in_schools(ids)).values("pk"))


def _slips_of_my_homerooms(person: Any) -> Q:
    mine = Enrolment.objects.in_force().filter(person=person, role=EnrolmentRole.TEACHER)
    mine = mine.filter(section__kind=SectionKind.HOMEROOM)
    theirs = Enrolment.objects.in_force().filter(section__in=mine.values("section_id"), role=EnrolmentRole.STUDENT)
    return Q(channel="slip", recipient__in=theirs.values("person_id"))


def _students_i_teach(person: Any) -> Q:
    mine = Enrolment.objects.in_force().filter(person=person, role=EnrolmentRole.TEACHER)
    theirs = Enrolment.objects.in_force().filter(section__in=mine.values("section_id"), role=EnrolmentRole.STUDENT)
    return among("pk", theirs.values("person_id"))


declare(
    MATRIX,
    {
        School: Reach(
            school=lambda ids: Q(pk__in=list(ids)),
            own=lambda person: Q(pk__in=_my_school_ids(person)),
        ),
        Room: Reach(own=lambda person: Q(school_id__in=_my_school_ids(person))),
        Person: Reach(school=_people_in_schools, own=lambda person: Q(pk=person.pk), section=_students_i_teach),
        Section: Reach(
            own=lambda person: Q(pk__in=Enrolment.objects.in_force().filter(person=person).values("section_id"))
        ),
        YearChange: Reach(school=None),
        ApiToken: Reach(school=None, own=lambda person: Q(person=person)),
        JobRun: Reach(school=None, own=lambda person: Q(owner=person)),
        ImportRun: Reach(own=lambda person: Q(owner=person)),
        Notification: Reach(school=None, own=lambda person: Q(recipient=person)),
        Delivery: Reach(school=_mails_to_people_of, section=_slips_of_my_homerooms),
        WebhookTarget: Reach(),
    },
)


def _sees_students(viewer: Any, ids: Iterable[int]) -> bool:
    wanted = set(ids)
    seen: int = Person.objects.nameable_to(viewer).filter(pk__in=wanted).count()
    return seen == len(wanted)


register_sight(_sees_students)

#: A school that somebody left this moment must hear of it.
JUST_LEFT = dt.timedelta(minutes=5)


def _schools_of_people(people: Sequence[Person]) -> dict[int, set[int]]:
    """Where people hold a role, or gave one up this moment; those who left: wherever they ever held one."""
    left = [person.pk for person in people if not person.is_active]
    held = RoleAssignment.objects.filter(person__in=[person.pk for person in people], school__isnull=False)
    held = held.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=now() - JUST_LEFT) | Q(person__in=left))
    found: dict[int, set[int]] = {}
    for person_id, school_id in held.values_list("person_id", "school_id").distinct():
        found.setdefault(person_id, set()).add(school_id)
    return found


register_schools(Person.resource, _schools_of_people)

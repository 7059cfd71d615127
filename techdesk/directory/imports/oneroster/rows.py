"""One row of each file: its cells, strictly read, as the facts that are kept. Nothing here asks the database.

A fact whose name begins with "_" is a reference as the file spells it; the part resolves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from techdesk.directory.choices import EnrolmentRole, PersonKind, SectionKind, TermKind
from techdesk.directory.imports.oneroster.columns import ORG_TYPES
from techdesk.directory.imports.oneroster.roles import kind_of, role_of
from techdesk.jobs.hooks import RowProblem, day, listed, needed, needed_day, plain, words, yes_no

if TYPE_CHECKING:
    from techdesk.directory.imports.oneroster.delivery import RosterDelivery

Cells = Mapping[str, str]


class NotKept(Exception):
    """A good row about something that has no place here."""


def org(cells: Cells, _delivery: RosterDelivery) -> dict[str, Any]:
    kind = needed(cells, "type", 40).lower()
    name = needed(cells, "name", 200)
    if kind not in ORG_TYPES:
        message = _("“type” says “%(value)s”. It must be district, school, local, state, national or department.")
        raise RowProblem("unknown_org_type", message % {"value": kind})
    if kind == "school":
        code = words(cells, "identifier", 40) or needed(cells, "sourcedId", 40)
        return {"type": kind, "name": name, "code": code, "listed": True}
    if kind == "district":
        return {"type": kind, "name": name, "listed": True}
    raise NotKept(_("Only the district and its schools are kept."))


def session(cells: Cells, _delivery: RosterDelivery) -> dict[str, Any]:
    kinds = {kind.value.lower(): kind.value for kind in TermKind}
    kind = needed(cells, "type", 40).lower()
    if kind not in kinds:
        message = _("“type” says “%(value)s”. It must be schoolYear, semester, term or gradingPeriod.")
        raise RowProblem("unknown_session_type", message % {"value": kind})
    name = needed(cells, "title", 60 if kinds[kind] == TermKind.YEAR else 100)
    starts_on, ends_on = needed_day(cells, "startDate"), needed_day(cells, "endDate")
    if ends_on <= starts_on:
        raise RowProblem("bad_date", _("It ends before it starts. Look at startDate and endDate."))
    return {
        "type": kinds[kind],
        "name": name,
        "starts_on": plain(starts_on),
        "ends_on": plain(ends_on),
        "listed": True,
        "_parent": words(cells, "parentSourcedId", 200),
        "_school_year": words(cells, "schoolYear", 10),
    }


def user(cells: Cells, delivery: RosterDelivery) -> dict[str, Any]:
    given = words(cells, "preferredGivenName", 100) or needed(cells, "givenName", 100)
    family = words(cells, "preferredFamilyName", 100) or needed(cells, "familyName", 100)
    held = _held(cells, delivery)
    kind = kind_of(role for role, _place in held)
    facts: dict[str, Any] = {
        "kind": str(kind),
        "given_name": given,
        "middle_name": words(cells, "middleName", 100),
        "family_name": family,
        "username": words(cells, "username", 150),
        "identifier": words(cells, "identifier", 60),
        "grade": (listed(cells, "grades") or [""])[0] if kind == PersonKind.STUDENT else "",
        "listed": yes_no(cells, "enabledUser", empty=True),
        "_held": [] if kind == PersonKind.GUARDIAN else _roles_for(kind, held),
    }
    if len(facts["grade"]) > 10:
        raise RowProblem("too_long", _("“grades” is longer than 10 characters. Shorten it in the source."))
    if email := words(cells, "email", 254).lower():
        facts["email" if _is_email(email) else "_bad_email"] = email
    if kind == PersonKind.GUARDIAN:
        facts["phone"] = words(cells, "phone", 40)
    return facts


def _held(cells: Cells, delivery: RosterDelivery) -> list[tuple[str, str]]:
    if "roles" in delivery.tables:
        held = delivery.role_book.of(cells["sourcedId"])
        if not held:
            message = _("roles.csv has no usable role for this user. Add one, then export again.")
            raise RowProblem("missing_role", message)
        return held
    role = role_of(needed(cells, "role", 100))
    needed(cells, "orgSourcedIds", 10_000)
    return [(role, delivery.orgs.place_of(org)) for org in listed(cells, "orgSourcedIds")]


def _roles_for(kind: str, held: list[tuple[str, str]]) -> list[list[str]]:
    """What the roster grants: a student holds nothing but "student", whatever else a row says."""
    allowed = {"student"} if kind == PersonKind.STUDENT else {"teacher", "staff"}
    return sorted([role, place] for role, place in dict.fromkeys(held) if role in allowed)


def _is_email(value: str) -> bool:
    try:
        validate_email(value)
    except ValidationError:
        return False
    return True


def course(cells: Cells, _delivery: RosterDelivery) -> dict[str, Any]:
    return {"title": needed(cells, "title", 200)}


def section(cells: Cells, delivery: RosterDelivery) -> dict[str, Any]:
    kind = needed(cells, "classType", 40).lower()
    if kind not in SectionKind.values:
        message = _("“classType” says “%(value)s”. It must be homeroom or scheduled.") % {"value": kind}
        raise RowProblem("unknown_class_type", message)
    facts: dict[str, Any] = {
        "title": needed(cells, "title", 200),
        "code": words(cells, "classCode", 60),
        "kind": kind,
        "grades": _short(cells, "grades", 10),
        "periods": _short(cells, "periods", 20),
        "location": words(cells, "location", 100),
        "listed": True,
        "_school": delivery.orgs.place_of(needed(cells, "schoolSourcedId", 200)),
        "_terms": listed(cells, "termSourcedIds"),
    }
    course_key = words(cells, "courseSourcedId", 200)
    if course_key in delivery.courses:
        facts["course_title"] = delivery.courses[course_key]
    return facts


def _short(cells: Cells, name: str, longest: int) -> list[str]:
    found = listed(cells, name)
    for value in found:
        words({name: value}, name, longest)
    return found


def enrolment(cells: Cells, _delivery: RosterDelivery) -> dict[str, Any]:
    section_key = needed(cells, "classSourcedId", 200)
    person_key = needed(cells, "userSourcedId", 200)
    role = needed(cells, "role", 40).lower()
    role_of(role)
    begins_on, ends_on = day(cells, "beginDate"), day(cells, "endDate")
    if begins_on and ends_on and ends_on < begins_on:
        raise RowProblem("bad_date", _("It ends before it begins. Look at beginDate and endDate."))
    is_primary = yes_no(cells, "primary", empty=False)
    if role not in EnrolmentRole.values:
        raise NotKept(_("Only teachers and students of a class are kept."))
    return {
        "section": section_key,
        "person": person_key,
        "role": role,
        "is_primary": is_primary and role == EnrolmentRole.TEACHER,
        "begins_on": plain(begins_on),
        "ends_on": plain(ends_on),
        "listed": True,
    }

"""Whose account a viewer may change, and which of its facts belong to a roster."""

from __future__ import annotations

from typing import Any

from techdesk.base.policy import ROSTER_ROLES, may
from techdesk.directory.models import ExternalId, Person, RoleAssignment

#: Facts that a roster which lists somebody says anew each time.
ROSTER_FACTS = frozenset({"given_name", "middle_name", "family_name", "identifier", "grade", "username"})


def is_listed(person: Person) -> bool:
    """Does some roster list this person now?"""
    return ExternalId.objects.filter(kind="person", target_id=person.pk, present=True).exists()


def holds_given_roles(person: Person) -> bool:
    """Does the person hold a role that no roster could give?"""
    return RoleAssignment.objects.in_force().of(person).exclude(role__in=ROSTER_ROLES).exists()


def may_change_account(viewer: Any, person: Person, action: str) -> bool:
    """May `viewer` do `action` to the account of `person`?

    Who holds more than the roles of a roster is changed only by those who may grant roles: whoever could move the
    address of an administrator could have their password sent to themselves.
    """
    if not may(viewer, action, person):
        return False
    return may(viewer, "directory.grant_role") or not holds_given_roles(person)


def fixed_facts(person: Person) -> frozenset[str]:
    """The facts of `person` that the roster says and nobody types: all of them but the email address, which it never
    moves where it has none or where people gave roles."""
    if not is_listed(person):
        return frozenset()
    keeps_email = bool(person.email) and not holds_given_roles(person)
    return ROSTER_FACTS | {"email"} if keeps_email else ROSTER_FACTS


def unfit_facts(person: Person) -> frozenset[str]:
    """The facts that nobody writes down of somebody of this kind: staff are in no grade, students are not called."""
    return frozenset({"phone"} if person.is_student else {"grade"})

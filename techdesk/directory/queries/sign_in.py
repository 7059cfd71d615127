"""Who is signed in where, and who must use a second factor."""

from __future__ import annotations

import datetime as dt
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Q, QuerySet

from techdesk.base.clock import now
from techdesk.directory.models import EmergencyAccess, Person, RoleAssignment
from techdesk.directory.queries.settings import value_of
from techdesk.directory.querysets import PersonQuerySet
from techdesk.directory.switches import SECOND_FACTOR


def second_factor_roles() -> list[str]:
    """The roles whose holders must use a second factor."""
    roles: list[str] = value_of(None, SECOND_FACTOR.name)
    return roles


def with_second_factor() -> QuerySet[Authenticator]:
    """Authenticators that are asked for at sign-in; recovery codes alone are none."""
    found: QuerySet[Authenticator] = Authenticator.objects.exclude(type=Authenticator.Type.RECOVERY_CODES)
    return found


def needs_second_factor(person: Person) -> bool:
    """Does a role of `person` need a second factor that they have not set up? Never for the emergency account."""
    if not set(second_factor_roles()) & set(person.access.roles):
        return False
    if with_second_factor().filter(user=person).exists():
        return False
    return not EmergencyAccess.objects.filter(person=person, ended_at__isnull=True, expires_at__gt=now()).exists()


def emergency_is_over(person: Person) -> bool:
    """Is this the emergency account, with its time over? Asked at sign-in: no worker may be there to close it."""
    return EmergencyAccess.objects.filter(person=person, ended_at__isnull=True, expires_at__lte=now()).exists()


def emergency_ends_at(person: Person) -> dt.datetime | None:
    """When the open emergency access of `person` ends; None for everybody else."""
    found: dt.datetime | None = (
        EmergencyAccess.objects.filter(person=person, ended_at__isnull=True)
        .values_list("expires_at", flat=True)
        .first()
    )
    return found


def without_second_factor(roles: list[str]) -> PersonQuerySet:
    """Active people who hold one of `roles` and have set up no second factor."""
    holders = RoleAssignment.objects.in_force().filter(role__in=roles).values("person_id")
    found: PersonQuerySet = (
        Person.objects.active().filter(pk__in=holders).exclude(pk__in=with_second_factor().values("user_id"))
    )
    return found


def sessions_of(person: Person) -> list[UserSession]:
    """Where `person` is signed in, newest first. Sessions that ended since are not among them."""
    living = Session.objects.filter(expire_date__gt=now()).values("session_key")
    return list(UserSession.objects.filter(user=person, session_key__in=living).order_by("-last_seen_at", "-pk"))


def forgotten_sessions() -> QuerySet[UserSession]:
    """Rows about sessions that are over."""
    found: QuerySet[UserSession] = UserSession.objects.exclude(session_key__in=Session.objects.values("session_key"))
    return found


def open_emergency() -> EmergencyAccess | None:
    return EmergencyAccess.objects.filter(ended_at__isnull=True).select_related("person").first()


def emergencies(limit: int = 20) -> list[EmergencyAccess]:
    """The last openings of the emergency account, newest first."""
    return list(EmergencyAccess.objects.order_by("-pk")[:limit])


def administrators() -> Any:
    """Active district administrators who are people."""
    held = RoleAssignment.objects.in_force().filter(Q(role="district_admin"))
    return Person.objects.active().humans().filter(pk__in=held.values("person_id"))

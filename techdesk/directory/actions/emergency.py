"""The emergency account ("break glass"): opened at the server's console when no administrator gets in.

It is an account of its own, so that history says who it was. It needs no second factor, lasts some hours, ends by
itself, and every administrator hears of its opening and of each sign-in.
"""

from __future__ import annotations

import datetime as dt
import secrets

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from techdesk.api.models import ApiToken
from techdesk.audit.actions import record
from techdesk.base.clock import now
from techdesk.base.errors import BadInput
from techdesk.base.keys import CODE_ALPHABET, uuid7
from techdesk.base.text import clean_line
from techdesk.directory.actions.locks import lock_person
from techdesk.directory.actions.person import deactivate_people, reactivate_people
from techdesk.directory.actions.role import end_role, grant_role
from techdesk.directory.actions.token import revoke_token
from techdesk.directory.choices import PersonKind
from techdesk.directory.models import EmergencyAccess, ExternalId, Person
from techdesk.directory.queries.sign_in import administrators
from techdesk.notifications.actions import notify

ADDRESS = "emergency@techdesk.internal"  # a name that is never routed (ICANN set ".internal" aside in 2024)
SOURCE, VALUE = "techdesk", "emergency"
MOST_HOURS = 72
ROLE = "district_admin"


@transaction.atomic
def open_emergency_access(*, actor: Person, reason: str, hours: int = 8) -> tuple[EmergencyAccess, str]:
    """Open the emergency account for `hours` (1 to 72); return the opening and its password, which is kept nowhere.

    Opening it again replaces the password and ends what was open. Raises BadInput `bad_hours`, `bad_reason`.
    """
    if not 1 <= hours <= MOST_HOURS:
        raise BadInput(_("Write a number of hours from 1 to %(most)d.") % {"most": MOST_HOURS}, code="bad_hours")
    reason = clean_line(reason)[:300]
    if not reason:
        raise BadInput(_("Say why the emergency account is needed. Every administrator reads it."), code="bad_reason")
    person = _account(actor)
    _end_open(person)
    if not person.is_active:
        [person] = reactivate_people(actor=actor, people=[person])
    Authenticator.objects.filter(user=person).delete()
    _revoke_tokens(actor, person)
    password = "-".join("".join(secrets.choice(CODE_ALPHABET) for _i in range(5)) for _group in range(5))
    person.set_password(password)
    person.write("password")
    grant_role(actor=actor, person=person, role=ROLE)
    moment = now()
    access = EmergencyAccess.objects.create(
        person=person, reason=reason, opened_at=moment, expires_at=moment + dt.timedelta(hours=hours)
    )
    record(
        actor=actor, verb="open_emergency_access", thing=lock_person(person), facts={"reason": reason, "hours": hours}
    )
    _tell(person, _("The emergency account was opened"), reason)
    return access, password


@transaction.atomic
def note_emergency_sign_in(*, person: Person) -> None:
    """Somebody signed in by the emergency account: history, and every administrator is told."""
    access = EmergencyAccess.objects.select_for_update().filter(person=person, ended_at__isnull=True).first()
    if access is None:
        return
    access.used_at = access.used_at or now()
    access.save(update_fields=["used_at"])
    record(actor=person, verb="emergency_sign_in", thing=lock_person(person))
    _tell(person, _("Somebody signed in by the emergency account"), access.reason)


@transaction.atomic
def end_emergency_access(*, actor: Person) -> bool:
    """Close the emergency account; was it open? Its sessions end with their next request."""
    access = EmergencyAccess.objects.filter(ended_at__isnull=True).select_related("person").first()
    if access is None:
        return False
    person = lock_person(access.person)
    if not _end_open(person):
        return False
    for held in person.role_assignments.in_force():
        end_role(actor=actor, assignment=held)
    Authenticator.objects.filter(user=person).delete()
    _revoke_tokens(actor, person)
    person = lock_person(person)
    person.set_unusable_password()
    person.write("password")
    deactivate_people(actor=actor, people=[person])
    return True


def end_expired_emergency(*, actor: Person) -> bool:
    """Close the emergency account when its time is over; was it?"""
    over = EmergencyAccess.objects.filter(ended_at__isnull=True, expires_at__lte=now()).exists()
    return over and end_emergency_access(actor=actor)


def _end_open(person: Person) -> int:
    return EmergencyAccess.objects.filter(person=person, ended_at__isnull=True).update(ended_at=now())


def _revoke_tokens(actor: Person, person: Person) -> None:
    """A token of one emergency is no key to the next."""
    for token in ApiToken.objects.filter(person=person, revoked_at__isnull=True):
        revoke_token(actor=actor, token=token)


def _account(actor: Person) -> Person:
    """The one emergency account, locked; made at its first opening."""
    known = ExternalId.objects.filter(source=SOURCE, kind="person", value=VALUE).first()
    if known is not None:
        return lock_person(Person.objects.get(pk=known.target_id))
    person = Person(kind=PersonKind.STAFF, given_name="Emergency", family_name="Access", email=ADDRESS)
    person.set_unusable_password()
    person.fill_search()
    person.save()
    ExternalId.objects.create(source=SOURCE, kind="person", value=VALUE, target_id=person.pk)
    record(actor=actor, verb="create", thing=person, facts={"kind": PersonKind.STAFF.value})
    return lock_person(person)


def _tell(person: Person, title: object, reason: str) -> None:
    notify(
        recipients=administrators().exclude(pk=person.pk),
        kind="directory.emergency_access",
        once=f"emergency:{uuid7()}",
        title=title,
        body=_("The reason given at the server was: “%(reason)s”. If nobody of yours did this, act now.")
        % {"reason": reason},
        path="/settings/security/",
    )

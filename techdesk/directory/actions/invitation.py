"""Invitations: the link by which a person sets their first password.

The token of a link has 256 bits and is never stored: it is an HMAC of the invitation's key under SECRET_KEY, made
anew when the mail is composed (`techdesk.directory.links`). The table holds its SHA-256, by which it is found
again. So neither the table of invitations nor the notices of a stolen copy of the database open an account, and an
invitation stays good when SECRET_KEY is changed after the mail went out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from techdesk.audit.actions import Deed, record_many
from techdesk.base.clock import now
from techdesk.base.errors import NotPossible
from techdesk.directory.actions.locks import lock_people, lock_person
from techdesk.directory.actions.password import put_password
from techdesk.directory.links import INVITATION_KIND, hash_of, token_of
from techdesk.directory.models import Invitation, Person
from techdesk.notifications.actions import notify

VALID_FOR = dt.timedelta(days=14)


class InvitationGone(NotPossible):
    """The link opens nothing (409): code invitation_unknown, _used, _revoked, _expired or person_inactive."""

    code = "invitation_unknown"


@transaction.atomic
def invite(*, actor: Person, people: Iterable[Person]) -> list[Invitation]:
    """Mail each of `people` a link to set their first password; return the invitations, by person id.

    Inviting again revokes the earlier link. People who cannot be invited (`Person.invitation_obstacle`: no address,
    off, have a password, guardian, service) are left out; when that leaves nobody, NotPossible carries the code of
    the first of them.
    """
    kept = lock_people(people)
    invited = [person for person in kept if not person.invitation_obstacle]
    if not invited:
        raise _nobody(kept)
    moment = now()
    Invitation.objects.open().filter(person__in=invited).update(revoked_at=moment)
    invitations = []
    for person in invited:
        invitation = Invitation(person=person, invited_by=actor, created_at=moment, expires_at=moment + VALID_FOR)
        invitation.token_hash = hash_of(token_of(invitation.key))
        invitations.append(invitation)
        person.version, person.updated_at = person.version + 1, moment
    Invitation.objects.bulk_create(invitations, batch_size=1000)
    Person.objects.bulk_update(invited, ["version", "updated_at"], batch_size=1000)
    record_many(actor=actor, deeds=[Deed(verb="invite", thing=person) for person in invited])
    notify(
        recipients=invited,
        kind=INVITATION_KIND,
        once=f"invitation:{invitations[0].key}",
        title=_("Your Techdesk account: choose a password"),
        body=_(
            "Your school uses Techdesk for help with technology. Open the link below and choose a password. "
            "The link works once, for 14 days. If you did not expect this, you can ignore it."
        ),
    )
    return invitations


def _nobody(people: list[Person]) -> NotPossible:
    if not people:
        return NotPossible(_("Choose at least one person to invite."), code="nobody")
    obstacle = str(people[0].invitation_obstacle)
    message = ngettext_lazy(
        "This person cannot be invited: %(why)s", "None of these people can be invited: %(why)s", len(people)
    ) % {"why": OBSTACLES[obstacle]}
    return NotPossible(message, code=obstacle)


#: Why somebody cannot be invited, in words.
OBSTACLES: dict[str, Any] = {
    "person_inactive": _("the account is off."),
    "no_email": _("there is no email address."),
    "no_login": _("guardians and automatic accounts do not sign in."),
    "has_password": _("they have a password already. If it is forgotten, they can reset it on the sign-in page."),
}


def find_invitation(token: str) -> Invitation:
    """The open invitation of a token. Raises InvitationGone, whatever is wrong with it."""
    invitation = Invitation.objects.select_related("person").filter(token_hash=hash_of(token)).first()
    if invitation is None:
        raise InvitationGone(_("This link is not complete."))
    _refuse_gone(invitation)
    return invitation


#: Why a link that was good once opens nothing now, in words.
GONE: dict[str, Any] = {
    "used": _("This link was used already."),
    "revoked": _("There is a newer link, or this one was taken back."),
    "expired": _("This link is too old."),
}


def _refuse_gone(invitation: Invitation) -> None:
    if invitation.state in GONE:
        raise InvitationGone(GONE[invitation.state], code=f"invitation_{invitation.state}")
    if not invitation.person.is_active:
        raise InvitationGone(_("This account is off."), code="person_inactive")


@transaction.atomic
def accept_invitation(*, token: str, password: str) -> Person:
    """Set the password of the invited person and use the invitation up; return the person, who acts here.

    Every session of the person ends (their checks include the password), other open invitations are revoked, and
    the person is told by mail. A link works once, also when it is used twice at the same moment. Raises
    InvitationGone, and BadInput (`weak_password`, messages under "password") without using the link up.
    """
    found = find_invitation(token)
    person = lock_person(found.person)
    invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=found.pk)
    invitation.person = person
    _refuse_gone(invitation)
    put_password(actor=person, person=person, password=password, verb="accept_invitation")
    invitation.used_at, invitation.revoked_at = now(), None
    invitation.save(update_fields=["used_at", "revoked_at"])
    return person

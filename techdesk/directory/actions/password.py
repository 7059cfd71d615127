"""Passwords: set by their owner, forgotten and asked for anew. No mail goes out while a request waits for it."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from techdesk.audit.actions import record
from techdesk.base.clock import now
from techdesk.base.errors import BadInput, NotPossible
from techdesk.base.keys import uuid7
from techdesk.directory.actions.locks import lock_person
from techdesk.directory.links import INVITATION_KIND, PASSWORD_KIND
from techdesk.directory.models import Invitation, Person
from techdesk.notifications.actions import mark_read, notify


def put_password(*, actor: Person, person: Person, password: str, verb: str) -> None:
    """Give the locked `person` a password: revoke open invitations, write history, tell them by mail.

    Their other sessions end with their next request: a session is checked against the password. Raises BadInput
    (`weak_password`, messages under "password").
    """
    try:
        validate_password(password, person)
    except ValidationError as refusal:
        raise BadInput(
            _("Choose another password."), code="weak_password", errors={"password": refusal.messages}
        ) from refusal
    person.set_password(password)
    person.write("password")
    Invitation.objects.open().filter(person=person).update(revoked_at=now())
    record(actor=actor, verb=verb, thing=person)
    # What asked for this password has been done: it need not wait at the bell.
    mark_read(actor=person, kinds=(INVITATION_KIND, PASSWORD_KIND))
    notify(
        recipients=[person],
        kind="directory.password_set",
        once=f"password-set:{uuid7()}",
        title=_("Your Techdesk password is set"),
        body=_("You can sign in with it now. If this was not you, tell your school's technology staff at once."),
        path="/",
    )


@transaction.atomic
def set_password(*, actor: Person, person: Person, password: str) -> Person:
    """Set the password of somebody who signs in. Raises NotPossible (`no_login`, `person_inactive`), BadInput."""
    kept = lock_person(person)
    if not kept.may_sign_in:
        raise NotPossible(_("This account does not sign in."), code="no_login")
    if not kept.is_active:
        raise NotPossible(_("This account is off."), code="person_inactive")
    put_password(actor=actor, person=kept, password=password, verb="set_password")
    return kept


@transaction.atomic
def mail_password_link(*, person: Person) -> None:
    """Mail `person` a link to choose a new password; who asked is not known, so no history is written.

    The link is made when the mail is composed (`techdesk.directory.links`). People who do not sign in get none.
    """
    if not person.may_sign_in:
        return
    notify(
        recipients=[person],
        kind=PASSWORD_KIND,
        once=f"password-link:{uuid7()}",
        title=_("Choose a new Techdesk password"),
        body=_(
            "Somebody, probably you, asked for a new password. Open the link below within 2 hours to choose one. "
            "If it was not you, do nothing: your password stays as it is."
        ),
    )

"""API tokens: made, shown once, revoked."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from techdesk.api.models import ApiToken
from techdesk.api.secrets import new_secret, secret_hash, shown_part
from techdesk.audit.actions import record
from techdesk.base.clock import now
from techdesk.base.errors import BadInput, NotPossible
from techdesk.directory.actions.fields import put
from techdesk.directory.actions.locks import lock_person
from techdesk.directory.models import Person, School


@transaction.atomic
def create_token(
    *,
    actor: Person,
    owner: Person,
    name: str,
    scope: str,
    school: School | None = None,
    expires_at: dt.datetime | None = None,
) -> tuple[ApiToken, str]:
    """Make a token for `owner`; return it with its secret, which exists nowhere else afterwards.

    scope: "read" or "write". It reaches what its owner reaches, at most; `school` narrows it to one school.
    Raises BadInput by field (`expires_at` in the past among them), NotPossible (`person_inactive`).
    """
    kept = lock_person(owner)
    if not kept.is_active:
        raise NotPossible(_("This person's account is off. Switch it on first."), code="person_inactive")
    if expires_at is not None and expires_at <= now():
        message = _("A token must end in the future.")
        raise BadInput(message, code="bad_date", errors={"expires_at": [message]})
    secret = new_secret()
    token = ApiToken(
        person=kept,
        school=school,
        expires_at=expires_at,
        prefix=shown_part(secret),
        secret_hash=secret_hash(secret),
    )
    put(token, {"name": name, "scope": scope})
    token.save()
    record(
        actor=actor,
        verb="create",
        thing=token,
        facts={"owner": kept.public_key, "scope": token.scope, "school": school.code if school else None},
    )
    return token, secret


@transaction.atomic
def revoke_token(*, actor: Person, token: ApiToken) -> ApiToken:
    """End a token: its next request is refused. One that was revoked already stays as it is."""
    kept = ApiToken.objects.select_for_update(of=("self",)).get(pk=token.pk)
    if kept.revoked_at is not None:
        return kept
    kept.revoked_at = now()
    kept.write("revoked_at")
    record(actor=actor, verb="revoke", thing=kept)
    return kept

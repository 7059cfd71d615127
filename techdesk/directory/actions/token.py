"""API tokens: made, shown once, revoked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from techdesk.api.domains import domains as known_domains
from techdesk.api.models import ApiToken
from techdesk.api.secrets import new_secret, secret_hash, shown_part
from techdesk.audit.actions import record
from techdesk.base.clock import now
from techdesk.base.errors import BadInput, NotPossible
from techdesk.directory.actions.fields import put
from techdesk.directory.actions.locks import lock_person
from techdesk.directory.kinds import TOKEN_KIND
from techdesk.directory.models import Person, School
from techdesk.notifications.actions import notify


@transaction.atomic
def create_token(
    *,
    actor: Person,
    owner: Person,
    name: str,
    scope: str,
    domains: Iterable[str] = (),
    school: School | None = None,
    expires_at: dt.datetime | None = None,
) -> tuple[ApiToken, str]:
    """Make a token for `owner`, and tell them; return it with its secret, which exists nowhere else afterwards.

    scope: "read" or "write". It reaches what its owner reaches, at most; `school` narrows it to one school, `domains`
    to some parts of the API (techdesk.api.domains; none: all). Raises BadInput by field (`bad_date` for an end in the
    past, `unknown_domain`), NotPossible (`person_inactive`).
    """
    kept = lock_person(owner)
    if not kept.is_active:
        raise NotPossible(_("This person's account is off. Switch it on first."), code="person_inactive")
    if expires_at is not None and expires_at <= now():
        message = _("A token must end in the future.")
        raise BadInput(message, code="bad_date", errors={"expires_at": [message]})
    wanted = sorted(set(domains))
    if unknown := set(wanted) - set(known_domains()):
        text = _("There is no such part of the API: %(names)s") % {"names": ", ".join(sorted(unknown))}
        raise BadInput(text, code="unknown_domain", errors={"domains": [text]})
    secret = new_secret()
    token = ApiToken(
        person=kept,
        domains=wanted,
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
        facts={
            "owner": kept.public_key,
            "scope": token.scope,
            "domains": wanted,
            "school": school.code if school else None,
        },
    )
    notify(
        recipients=[kept],
        kind=TOKEN_KIND,
        once=f"token:{token.key}",
        title=_("A token was made for your account"),
        body=_(
            "A script that has it can do in Techdesk what you can, as far as the token allows. If you did not ask for "
            "it, revoke it and tell your school's technology staff at once."
        ),
        facts=[(_("Name"), token.name), (_("Allowed"), token.get_scope_display())],
        button=_("See your tokens"),
        path=reverse("directory:tokens"),
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

"""Sessions ended, second factors demanded and taken off: what decides who is signed in."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from techdesk.audit.actions import record
from techdesk.base.clock import now
from techdesk.base.errors import NotPossible
from techdesk.base.keys import uuid7
from techdesk.directory.actions.locks import lock_person
from techdesk.directory.actions.settings import set_settings
from techdesk.directory.models import Person
from techdesk.directory.queries.sign_in import second_factor_roles, with_second_factor, without_second_factor
from techdesk.directory.switches import SECOND_FACTOR
from techdesk.notifications.actions import notify


@transaction.atomic
def end_sessions(*, actor: Person, person: Person, ids: Collection[int] | None = None, keep: str | None = None) -> int:
    """Sign `person` out: of the sessions with `ids` (rows of the session list), or of all but the one with key `keep`.

    Returns how many ended; ending one that is over ends nothing and writes no history.
    """
    kept = lock_person(person)
    rows = UserSession.objects.filter(user=kept)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    if keep is not None:
        rows = rows.exclude(session_key=keep)
    ended = _end(rows.values_list("session_key", flat=True))
    if ended:
        record(actor=actor, verb="end_sessions", thing=kept, facts={"sessions": ended})
    return ended


def _end(keys: Iterable[str]) -> int:
    keys = list(keys)
    ended: int = Session.objects.filter(session_key__in=keys).delete()[0]
    UserSession.objects.filter(session_key__in=keys).delete()
    return ended


def note_session_seen(*, key: str) -> None:
    """The person of the session `key` did something just now. Not history: only what the list of sessions shows."""
    UserSession.objects.filter(session_key=key).update(last_seen_at=now())


@transaction.atomic
def require_second_factor(*, actor: Person, roles: Collection[str], version: int | None = None) -> int:
    """Say which roles need a second factor. Who needs one now and has none is signed out, save the actor, and sets it
    up at the next sign-in; returns how many sessions ended.

    Raises BadInput for roles it cannot be asked of, Stale.
    """
    before = set(second_factor_roles())
    set_settings(actor=actor, school=None, values={SECOND_FACTOR.name: sorted(roles)}, version=version)
    fresh = sorted(set(roles) - before)
    affected = without_second_factor(fresh).exclude(pk=actor.pk).values("pk")
    return _end(UserSession.objects.filter(user__in=affected).values_list("session_key", flat=True))


def sign_out_for_second_factor(person: Person, role: str) -> None:
    """`person` was given `role`: where that needs a second factor they have not, they are signed out."""
    if role in second_factor_roles() and not with_second_factor().filter(user=person).exists():
        _end(UserSession.objects.filter(user=person).values_list("session_key", flat=True))


@transaction.atomic
def note_second_factor(*, person: Person, verb: str) -> None:
    """Write into the history that `person` set up or took off their second factor (`verb`)."""
    record(actor=person, verb=verb, thing=lock_person(person))


@transaction.atomic
def reset_second_factor(*, actor: Person, person: Person) -> None:
    """Take off somebody's second factor, because the phone is lost: they sign in by password and set it up anew.

    Ends their sessions and tells them. Raises NotPossible: `yourself`, `no_second_factor`.
    """
    kept = lock_person(person)
    if kept.pk == actor.pk:
        message = _("Switch off your own second step on the page “Two-step sign-in”, or ask another administrator.")
        raise NotPossible(message, code="yourself")
    removed, _kinds = Authenticator.objects.filter(user=kept).delete()
    if not removed:
        raise NotPossible(_("This person has no second step set up."), code="no_second_factor")
    _end(UserSession.objects.filter(user=kept).values_list("session_key", flat=True))
    record(actor=actor, verb="reset_second_factor", thing=kept)
    notify(
        recipients=[kept],
        kind="directory.second_factor_reset",
        once=f"second-factor-reset:{uuid7()}",
        title=_("Your second step to sign in was taken off"),
        body=_(
            "An administrator did this, usually because a phone was lost. If you did not ask for it, tell them now."
        ),
        path="/",
    )


@transaction.atomic
def forget_sessions(rows: Iterable[UserSession]) -> int:
    """Delete rows of the session list whose sessions are over."""
    forgotten: int = UserSession.objects.filter(pk__in=[row.pk for row in rows]).delete()[0]
    return forgotten

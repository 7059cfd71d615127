"""Who must use a second factor, and the wall in front of those who have not set one up yet.

Asked once, at sign-in: the answer travels in the session, so no page asks the database again. Whoever comes to need
one while signed in is signed out (`directory.actions.require_second_factor`, `grant_role`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from techdesk.api.problems import is_api, problem
from techdesk.directory import actions
from techdesk.directory.models import Person
from techdesk.directory.queries.sign_in import emergency_ends_at, needs_second_factor
from techdesk.directory.sessions import ENDS

DUE = "second_factor_due"
#: What somebody behind the wall may still open: setting it up, confirming who they are, signing out, how it looks.
OPEN = (
    "/accounts/2fa/",
    "/accounts/reauthenticate/",
    "/accounts/logout/",
    "/static/",
    "/-/look/",
    "/healthz",
    "/readyz",
)


def ask_at_sign_in(*, request: HttpRequest | None, user: Any, **_signal: Any) -> None:
    """Receiver of `user_logged_in`."""
    if request is not None and isinstance(user, Person):
        request.session[DUE] = needs_second_factor(user)


def note_emergency(*, request: HttpRequest | None, user: Any, **_signal: Any) -> None:
    """Receiver of `user_logged_in`: every administrator hears when the emergency account is used, and its session
    lasts no longer than the account."""
    ends_at = emergency_ends_at(user)
    if ends_at is not None:
        actions.note_emergency_sign_in(person=user)
        if request is not None:
            request.session[ENDS] = int(ends_at.timestamp())


def second_factor_wall(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Until it is set up, every page of who needs one leads to setting it up."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.session.get(DUE) and request.user.is_authenticated and not request.path.startswith(OPEN):
            if not _still_needs_one(request):
                return get_response(request)
            return _sent_to_set_it_up(request)
        return get_response(request)

    return middleware


def _still_needs_one(request: HttpRequest) -> bool:
    """It may have been set up in another browser meanwhile, or the district asks for it no more."""
    person: Any = request.user
    if needs_second_factor(person):
        return True
    request.session.pop(DUE, None)
    return False


def _sent_to_set_it_up(request: HttpRequest) -> HttpResponseBase:
    if is_api(request):
        text = _("Your role needs a second step to sign in. Set it up on the page “Two-step sign-in” first.")
        return problem(403, "second_factor_needed", text)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Redirect": "/accounts/2fa/"})
    return redirect("mfa_activate_totp")


def note_added(*, request: HttpRequest, user: Any, authenticator: Authenticator, **_signal: Any) -> None:
    """Receiver of allauth's `authenticator_added`: history, and the wall goes."""
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        actions.note_second_factor(person=user, verb="add_second_factor")
    request.session.pop(DUE, None)


def note_removed(*, request: HttpRequest, user: Any, authenticator: Authenticator, **_signal: Any) -> None:
    """Receiver of allauth's `authenticator_removed`: history, and the wall comes back for who needs one."""
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        actions.note_second_factor(person=user, verb="remove_second_factor")
    request.session[DUE] = needs_second_factor(user)

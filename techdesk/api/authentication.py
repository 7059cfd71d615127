"""Who is calling: a script with a token, or a signed-in person's own page (with CSRF protection)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from techdesk.api.actions import note_token_use
from techdesk.api.models import ApiToken
from techdesk.api.problems import SignInRefused
from techdesk.base.errors import NotPermitted

#: Longer than any secret we make; more is not worth hashing.
LONGEST_SECRET = 200


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer <token>` (RFC 6750). The caller becomes the token's owner, narrowed to its school.

    Revoked, expired or of a deactivated owner: 401, from the next request on.
    """

    def authenticate(self, request: Request) -> tuple[Any, ApiToken] | None:
        scheme, _space, secret = request.headers.get("Authorization", "").strip().partition(" ")
        if scheme.lower() != "bearer":
            return None
        secret = secret.strip()
        if not secret or len(secret) > LONGEST_SECRET:
            raise SignInRefused(_("This token is not one of ours."), code="token_unknown")
        token = ApiToken.objects.with_secret(secret).select_related("person").first()
        if token is None:
            raise SignInRefused(_("This token is not one of ours."), code="token_unknown")
        if token.revoked_at is not None:
            raise SignInRefused(_("This token was revoked. Ask for a new one."), code="token_revoked")
        if not token.is_in_force:
            raise SignInRefused(_("This token has expired. Ask for a new one."), code="token_expired")
        person: Any = token.person
        if not person.is_active:
            raise SignInRefused(_("The owner of this token is no longer active."), code="token_owner_inactive")
        if token.school_id is not None:
            person.narrow_to(token.school_id)
        note_token_use(token=token)
        return person, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="techdesk"'


class SignedInPerson(SessionAuthentication):
    """The session of a signed-in person; every write needs the CSRF token, as on a page."""

    def enforce_csrf(self, request: Any) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied as error:
            message = _("The X-CSRFToken header is missing or old. Scripts send a token of their own instead.")
            raise NotPermitted(message, code="csrf_failed") from error

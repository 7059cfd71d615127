"""The API goes through the same door as the pages."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from techdesk.api.domains import Domain, reaches
from techdesk.api.models import ApiToken
from techdesk.base.errors import NotPermitted
from techdesk.base.policy import require


class ThroughTheDoor(BasePermission):
    """May the caller do, at all, what the view's `policy` names for this method? The object is asked about later.

    Nobody signed in: 401. A read-only token and a writing method: 403 `read_only_token`; a token narrowed to other
    domains: 403 `token_domain`. A method without a policy has no handler either and ends as 405.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        method = "GET" if request.method == "HEAD" else str(request.method)
        action = view.policy.get(method)
        if action is None:
            return True
        if isinstance(request.auth, ApiToken):
            _fits(request.auth, request, view.operations[method].belongs_to)
        person: Any = request.user
        require(person, action)
        return True


def _fits(token: ApiToken, request: Request, asked: Domain) -> None:
    if not reaches(token.domains, asked):
        text = _("This token is for other parts of the API: %(names)s.") % {"names": ", ".join(token.domains)}
        raise NotPermitted(text, code="token_domain", domain=asked.name, domains=list(token.domains))
    if request.method not in SAFE_METHODS and not token.may_write:
        raise NotPermitted(_("This token may only read. Use one with the scope “write”."), code="read_only_token")

"""The page behind an invitation link: choose a password, and be signed in."""

from __future__ import annotations

from allauth.core.internal import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from techdesk.base.errors import BadInput
from techdesk.base.policy import public
from techdesk.directory import actions
from techdesk.directory.forms import ChoosePassword, show_refusal
from techdesk.directory.login import sign_in


@public(reason="whoever holds the link has no password yet; the token is checked by the action")
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows the form and writes nothing (mail scanners open links); POST sets the password and signs in."""
    if not ratelimit.consume(request, app="allauth.account", action="invitation", limit_get=True):
        return ratelimit.respond_429(request)
    form = ChoosePassword(request.POST or None)
    try:
        invited = actions.find_invitation(token).person
        if request.method == "POST" and form.is_valid():
            invited = actions.accept_invitation(token=token, password=form.cleaned_data["password"])
            sign_in(request, invited)
            return redirect("site:home")
    except actions.InvitationGone as gone:
        return _answer(request, "directory/invitation_gone.html", {"gone": gone}, status=410)
    except BadInput as refusal:
        show_refusal(form, refusal)
    return _answer(request, "directory/invitation.html", {"form": form, "invited": invited})


def _answer(request: HttpRequest, template: str, context: dict[str, object], status: int = 200) -> HttpResponse:
    answer = render(request, template, context, status=status)
    # The address is a key: it is never told as a referrer. "no-referrer" would go too far: with it browsers send the
    # form with "Origin: null", which the CSRF check refuses (Fetch standard, "append a request Origin header").
    answer["Referrer-Policy"] = "strict-origin"
    answer["X-Robots-Tag"] = "noindex"
    return answer

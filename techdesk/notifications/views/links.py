"""The page behind a signed link: shows what it is for, does it when its button is pressed."""

from __future__ import annotations

from typing import Any

from allauth.core.internal import ratelimit
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from techdesk.base.errors import DomainError
from techdesk.base.policy import public
from techdesk.notifications import actions


# A link acts for the person it names, whoever is signed in: no session takes part, so there is nothing to forge. And
# with "no-referrer" browsers send the form with "Origin: null", which Django's check would refuse.
@csrf_exempt
@public(reason="whoever holds the link may do the one thing it is for; the token is checked by the action")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def link(request: HttpRequest, token: str) -> HttpResponse:
    """GET and HEAD show and write nothing (mail scanners open links); POST does it, once."""
    if not ratelimit.consume(request, app="allauth.account", action="signed_link", limit_get=True):
        return _private(ratelimit.respond_429(request))
    try:
        found, purpose = actions.find_link(token)
        with override(found.person.language or "en"):
            return _answer(request, token, found, purpose)
    except actions.LinkGone as gone:
        return _gone(request, gone.message, gone.code)
    except (PermissionDenied, ObjectDoesNotExist):
        return _gone(request, "", "link_not_yours")


def _answer(request: HttpRequest, token: str, found: Any, purpose: Any) -> HttpResponse:
    page = purpose.show(found)
    form = page.form(request.POST if request.method == "POST" else None) if page.form else None
    context: dict[str, Any] = {"shown": page, "form": form}
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            said = actions.use_link(token=token, given=form.cleaned_data if form is not None else {})
        except actions.LinkGone as gone:
            return _gone(request, gone.message, gone.code)
        except DomainError as refusal:
            return _gone(request, refusal.message, refusal.code, status=refusal.status)
        return _private(render(request, "notifications/link_done.html", {"said": said}))
    return _private(render(request, "notifications/link.html", context, status=422 if form and form.errors else 200))


def _gone(request: HttpRequest, message: Any, code: str, *, status: int = 0) -> HttpResponse:
    """A calm page for a link that does nothing. All look alike; an unknown one is told no faster than an old one."""
    answer = render(
        request,
        "notifications/link_gone.html",
        {"message": message, "done": code == "link_used"},
        status=status or (404 if code == "link_unknown" else 410),
    )
    answer["X-Problem-Code"] = code
    return _private(answer)


def _private(answer: HttpResponse) -> HttpResponse:
    answer["Referrer-Policy"] = "no-referrer"  # the address is a key
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer

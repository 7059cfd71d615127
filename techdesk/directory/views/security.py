"""Where one is signed in, and what the district demands of those who sign in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from techdesk.base.errors import BadInput
from techdesk.base.policy import load, policy
from techdesk.directory import actions
from techdesk.directory.forms import SecondFactorRoles, show_refusal
from techdesk.directory.models import District, Person
from techdesk.directory.queries.sign_in import (
    emergencies,
    needs_second_factor,
    second_factor_roles,
    sessions_of,
    without_second_factor,
)
from techdesk.directory.second_factor import DUE
from techdesk.directory.user_agents import browser_words


@policy("directory.end_own_sessions")
@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    """The browsers in which the person is signed in."""
    person: Any = request.user
    rows = [
        {"row": row, "words": browser_words(row.user_agent), "is_here": row.session_key == request.session.session_key}
        for row in sessions_of(person)
    ]
    return render(request, "directory/sessions.html", {"rows": rows, "others": sum(not r["is_here"] for r in rows)})


@policy("directory.end_own_sessions")
@require_POST
def sessions_end(request: HttpRequest) -> HttpResponse:
    """End one of one's own sessions (`session`), or without it all others."""
    person: Any = request.user
    chosen = request.POST.get("session", "")
    ids = [int(chosen)] if chosen.isascii() and chosen.isdigit() and len(chosen) < 19 else None
    if chosen and ids is None:
        ids = []
    ended = actions.end_sessions(actor=person, person=person, ids=ids, keep=request.session.session_key)
    text = ngettext("Signed out in %(n)d browser.", "Signed out in %(n)d browsers.", ended) % {"n": ended}
    messages.success(request, text if ended else _("That browser was signed out already."))
    return redirect("directory:sessions")


@policy("directory.change_security")
@require_http_methods(["GET", "HEAD", "POST"])
def security(request: HttpRequest) -> HttpResponse:
    """Which roles need a second step to sign in, who has none yet, and when the emergency account was open."""
    person: Any = request.user
    district = District.objects.first()
    roles = second_factor_roles()
    version = district.version if district else 0
    form = SecondFactorRoles(request.POST or None, initial={"roles": roles, "version": version})
    if request.method == "POST" and form.is_valid():
        try:
            ended = actions.require_second_factor(
                actor=person, roles=form.cleaned_data["roles"], version=form.cleaned_data["version"] or None
            )
        except BadInput as refusal:
            show_refusal(form, refusal)
        else:
            request.session[DUE] = needs_second_factor(person)
            words = [_("Saved.")]
            if ended:
                text = ngettext("%(n)d session was ended.", "%(n)d sessions were ended.", ended)
                words.append(text % {"n": ended})
            messages.success(request, " ".join(words))
            return redirect("directory:security")
    return render(
        request,
        "directory/security.html",
        {
            "form": form,
            "roles": roles,
            "missing": list(without_second_factor(roles).by_name()[:100]) if roles else [],
            "emergencies": emergencies(),
        },
    )


@policy("directory.end_sessions")
@require_POST
def person_sign_out(request: HttpRequest, key: UUID) -> HttpResponse:
    """Sign somebody out everywhere: a laptop was stolen, a password told."""
    viewer: Any = request.user
    person = load(request, Person.objects.all(), key=key)
    keep = request.session.session_key if person.pk == viewer.pk else None
    ended = actions.end_sessions(actor=viewer, person=person, keep=keep)
    text = ngettext("Signed out in %(n)d browser.", "Signed out in %(n)d browsers.", ended) % {"n": ended}
    messages.success(request, text if ended else _("This person is not signed in anywhere."))
    return redirect(reverse("directory:person", args=[key]))


@policy("directory.reset_second_factor")
@require_http_methods(["GET", "HEAD", "POST"])
def person_reset_second_factor(request: HttpRequest, key: UUID) -> HttpResponse:
    """Take off somebody's second factor, after saying what that does."""
    viewer: Any = request.user
    person = load(request, Person.objects.all(), key=key)
    if request.method != "POST":
        return render(request, "directory/reset_second_factor.html", {"person": person})
    actions.reset_second_factor(actor=viewer, person=person)
    messages.success(request, _("The second step is off. %(name)s signs in by password now.") % {"name": person.name})
    return redirect(person)

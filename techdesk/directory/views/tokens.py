"""Tokens for the REST API: one's own, made and revoked; and those of everybody, for administrators."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from techdesk.api.models import ApiToken
from techdesk.base.errors import BadInput
from techdesk.base.paging import keyset_page
from techdesk.base.policy import load, may, policy, require
from techdesk.directory import actions
from techdesk.directory.forms import show_refusal
from techdesk.directory.models import Person
from techdesk.directory.tables import OWN_TOKENS, TOKENS, token_rows
from techdesk.directory.token_forms import NewToken, TokenFilters, schools_of
from techdesk.ui.lists import Table, filter_chips

PAGE = 50


@policy("directory.view_token")
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("secret", "context", "answer")
def tokens(request: HttpRequest) -> HttpResponse:
    """One's own tokens, newest first; POST makes one and shows its secret in the answer, this once and nowhere else."""
    person: Any = request.user
    may_make = may(person, "directory.create_token")
    if request.method == "POST":
        require(person, "directory.create_token")
    form = _form(person, request.POST if request.method == "POST" else None) if may_make else None
    status, secret, made = 200, "", None
    if request.method == "POST" and form is not None:
        status = 422
        if form.is_valid():
            try:
                made, secret = actions.create_token(actor=person, owner=person, **form.facts())
            except BadInput as refusal:
                show_refusal(form, refusal)
                status = refusal.status
            else:
                status, form = 200, _form(person, None)
    held = ApiToken.objects.of(person).for_list()
    page = keyset_page(held, order=("-pk",), cursor=request.GET.get("cursor"), limit=PAGE)
    context = {
        "form": form,
        "table": Table(OWN_TOKENS, token_rows(page.rows), caption=_("Your tokens"), request=request),
        "page": page,
        "secret": secret,
        "made": made,
        "may_list": may(person, "directory.list_tokens"),
    }
    answer = render(request, "directory/tokens.html", context, status=status)
    answer["Cache-Control"] = "no-store"
    return answer


def _form(person: Person, data: Any) -> NewToken:
    return NewToken(data, schools=schools_of(person), may_last=may(person, "directory.create_lasting_token"))


@policy("directory.list_tokens")
@require_safe
def everybodys_tokens(request: HttpRequest) -> HttpResponse:
    """The tokens of everybody, or of one person; without their secrets, which are kept nowhere."""
    filters = TokenFilters(request.GET, people=Person.objects.humans())
    viewer: Any = request.user
    found = filters.narrow(ApiToken.objects.permitted(viewer, "directory.list_tokens").for_list())
    page = keyset_page(found, order=("-pk",), cursor=request.GET.get("cursor"), limit=PAGE)
    table = Table(TOKENS, token_rows(page.rows), caption=_("Tokens of everybody"), request=request)
    context = {"table": table, "page": page, "filters": filters, "chips": filter_chips(filters, request)}
    context["crumbs"] = [(_("Your tokens"), reverse("directory:tokens"))]
    return render(request, "directory/tokens_of_everybody.html", context)


@policy("directory.view_token")
@require_safe
def token(request: HttpRequest, key: UUID) -> HttpResponse:
    """One token: how far it reaches, when it was used, and the button that ends it."""
    viewer: Any = request.user
    found = load(request, ApiToken.objects.for_list(), key=key)
    context = {
        "row": token_rows([found])[0],
        "is_own": found.person_id == viewer.pk,
        "may_revoke": found.revoked_at is None and may(viewer, "directory.revoke_token", found),
        "crumbs": _crumbs(viewer, found),
    }
    return render(request, "directory/token.html", context)


@policy("directory.revoke_token")
@require_POST
def token_revoke(request: HttpRequest, key: UUID) -> HttpResponse:
    """End a token: its next request is refused."""
    viewer: Any = request.user
    found = load(request, ApiToken.objects.for_list(), key=key)
    actions.revoke_token(actor=viewer, token=found)
    messages.success(request, _("“%(name)s” is revoked. Its next request is refused.") % {"name": found.name})
    return redirect("directory:tokens" if found.person_id == viewer.pk else "directory:tokens-of-everybody")


def _crumbs(viewer: Any, found: ApiToken) -> list[tuple[str, str]]:
    above = [(_("Your tokens"), reverse("directory:tokens"))]
    if found.person_id != viewer.pk:
        above.append((_("Tokens of everybody"), reverse("directory:tokens-of-everybody")))
    return above

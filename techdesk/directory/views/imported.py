"""On the page of an import: who of the new staff was invited, and a button for the others."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from techdesk.base.policy import load, may, policy
from techdesk.directory.actions.invite_imported import ask_to_invite_imported
from techdesk.directory.queries.imported import invited_after, waiting_for_invitation
from techdesk.jobs.choices import ImportState
from techdesk.jobs.hooks import find_kind
from techdesk.jobs.models import ImportRun

_MAIL_WAITS = gettext_lazy("The mail waits: no mail server is set up yet.")


def invited_panel(request: HttpRequest, run: ImportRun) -> str | None:
    """The panel; nothing for imports that bring no people, and before one is applied."""
    brings_people = any("directory_person" in part.tables for part in find_kind(run.kind).parts)
    if run.state != ImportState.APPLIED or not brings_people or not may(request.user, "directory.invite"):  # type: ignore[arg-type]
        return None
    waiting, invited = waiting_for_invitation(run).count(), invited_after(run)
    if not waiting and not invited:
        return None
    context: dict[str, Any] = {"run": run, "waiting": waiting, "invited": invited}
    if invited and not settings.EMAIL_URL:
        text = ngettext("%(n)d person is invited.", "%(n)d people are invited.", invited) % {"n": invited}
        context["mail_waits"] = f"{text} {_MAIL_WAITS}"
    return render_to_string("directory/panels/invited.html", context, request)


@policy("directory.invite")
@require_POST
def invite_waiting(request: HttpRequest, key: UUID) -> HttpResponse:
    """Invite the staff whom an import brought and who were not invited yet."""
    viewer: Any = request.user
    run = load(request, ImportRun.objects.all(), "jobs.apply_import", key=key)
    ask_to_invite_imported(actor=viewer, run=run)
    messages.success(request, _("The invitations go out in a moment.") if settings.EMAIL_URL else str(_MAIL_WAITS))
    return redirect(run)

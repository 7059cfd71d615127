"""Slips for students whom no mail reaches: what waits by homeroom, the sheets, and that they were printed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from techdesk.audit.actions import disclose
from techdesk.base.policy import policy
from techdesk.directory.queries.slips import MOST_SLIPS, sheets_for
from techdesk.notifications.actions import mark_printed


@policy("notifications.print_slips")
@require_safe
def slips(request: HttpRequest) -> HttpResponse:
    """What waits, and what was printed lately, by homeroom: how many, not what they say."""
    viewer: Any = request.user
    waiting, printed = sheets_for(viewer), sheets_for(viewer, printed=True)
    full = sum(len(sheet.slips) for sheet in waiting) >= MOST_SLIPS
    return render(request, "directory/slips.html", {"waiting": waiting, "printed": printed, "full": full})


@policy("notifications.print_slips")
@require_safe
def slips_print(request: HttpRequest) -> HttpResponse:
    """The sheets, one page for each homeroom; `?homeroom=` only one, `?printed=1` those that were printed already."""
    viewer: Any = request.user
    printed = request.GET.get("printed") == "1"
    sheets = sheets_for(viewer, homeroom=request.GET.get("homeroom", "")[:40], printed=printed)
    students = {slip.recipient_id for sheet in sheets for slip in sheet.slips}
    disclose(viewer=viewer, channel="page", purpose="printed slips", students=students)
    return render(request, "directory/slips_print.html", {"sheets": sheets, "printed": printed})


@policy("notifications.print_slips")
@require_POST
def slips_printed(request: HttpRequest) -> HttpResponse:
    """The slips of a sheet were printed: they wait no longer."""
    count = mark_printed(actor=request.user, keys=_keys(request.POST.getlist("slip")))
    if count:
        words = ngettext("%(n)d slip is marked as printed.", "%(n)d slips are marked as printed.", count)
        messages.success(request, words % {"n": count})
    else:
        messages.info(request, _("These slips were marked as printed before."))
    return redirect("directory:slips")


def _keys(texts: list[str]) -> list[UUID]:
    """Those that are keys at all."""
    found = []
    for text in texts[:MOST_SLIPS]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found

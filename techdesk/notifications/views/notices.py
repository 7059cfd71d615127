"""A person's notices: the list, and marking them read."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from techdesk.base.paging import keyset_page
from techdesk.base.policy import load, may, policy
from techdesk.notifications import actions
from techdesk.notifications.models import Notification

PAGE = 30


@policy("notifications.read")
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """What the person was told, newest first."""
    person: Any = request.user
    rows = Notification.objects.visible_to(person)
    page = keyset_page(rows, order=("-pk",), cursor=request.GET.get("cursor"), limit=PAGE)
    context = {"page": page, "prints_slips": may(person, "notifications.print_slips")}
    return render(request, "notifications/list.html", context)


@policy("notifications.read")
@require_POST
def notice_open(request: HttpRequest, key: UUID) -> HttpResponse:
    """Mark one notice read and go where it leads."""
    person: Any = request.user
    notice = load(request, Notification.objects.all(), key=key)
    actions.mark_read(actor=person, notice=notice)
    here = not notice.path or not url_has_allowed_host_and_scheme(notice.path, allowed_hosts=None)
    return redirect("notifications:list" if here else notice.path)


@policy("notifications.read")
@require_POST
def notice_read(request: HttpRequest, key: UUID) -> HttpResponse:
    """Mark one notice read and stay."""
    person: Any = request.user
    actions.mark_read(actor=person, notice=load(request, Notification.objects.all(), key=key))
    return redirect("notifications:list")


@policy("notifications.read")
@require_POST
def notices_read(request: HttpRequest) -> HttpResponse:
    """Mark every notice of the person read."""
    person: Any = request.user
    actions.mark_read(actor=person)
    return redirect("notifications:list")

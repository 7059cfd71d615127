"""The page of one device."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from devices.choices import GONE, TRANSITIONS
from devices.models import Custody, Device
from devices.panels import device_panels
from devices.queries import (
    cart_content,
    history_rows,
    home_words,
    known_to,
    open_custody,
    present,
    students_named_by_console,
)
from techdesk.audit.actions import disclose
from techdesk.base.paging import keyset_page
from techdesk.base.policy import load, may, policy

HISTORY_ROWS = 15


def crumbs(viewer: Any, device: Device, *, below: bool = False) -> list[tuple[Any, str]]:
    """Where a device's page hangs; `below` for the pages under it."""
    if may(viewer, "devices.list", school_id=device.school_id):
        found = [(_("Devices"), reverse("devices:list"))]
    else:
        found = [(_("My devices"), reverse("devices:mine"))]
    return [*found, (device.asset_tag, device.get_absolute_url())] if below else found


@policy("devices.view")
@require_safe
def device(request: HttpRequest, asset_tag: str) -> HttpResponse:
    """Where the device is, where it belongs, what it is, who had it; what can be done with it now."""
    viewer: Any = request.user
    found = load(request, Device.objects.with_tag(asset_tag).for_page())
    custody = open_custody(found)
    page = keyset_page(
        Custody.objects.visible_to(viewer).of_device(found).with_holder().with_hands(),
        order=("-pk",),
        cursor=request.GET.get("cursor"),
        limit=HISTORY_ROWS,
    )
    at_school = may(viewer, "devices.list", school_id=found.school_id)
    may_change = may(viewer, "devices.change", found)
    from_console = students_named_by_console(found) if may_change else []
    people = [found.assigned_to, found.responsible, custody and custody.person, *(c.person for c in page.rows)]
    known = known_to(viewer, people)
    disclose(
        viewer=viewer,
        channel="page",
        purpose="device page",
        students=[*known.students(people), *(p.pk for p in from_console)],
    )
    out = custody is not None
    with timezone.override(found.school.zone):
        return render(
            request,
            "devices/device.html",
            {
                "device": found,
                "crumbs": crumbs(viewer, found),
                "place": present(viewer, found, custody, known),
                "home": home_words(found),
                "assigned": known.name(found.assigned_to) if found.assigned_to else None,
                "responsible": known.name(found.responsible) if found.responsible else None,
                "history": history_rows(viewer, page.rows, known),
                "page": page,
                "cart": cart_content(found) if found.is_cart else None,
                "has_console": found.mdm_source or found.os_version or found.last_seen_at,
                "at_school": at_school,
                "may_change": may_change and found.state not in GONE,
                "may_check_out": not out
                and found.state in TRANSITIONS["check_out"].sources
                and may(viewer, "devices.check_out", found),
                "may_check_in": out and may(viewer, "devices.check_in", found),
                "may_retire": not out
                and found.state in TRANSITIONS["retire"].sources
                and may(viewer, "devices.retire", found),
                "panels": device_panels(request, found),
            },
        )

"""Lists of devices: all of a school, my own, and what the pickers find."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from devices.choices import DeviceStatus
from devices.filters import DeviceFilters
from devices.models import Device
from devices.queries import found_by, home_words, seen_by
from devices.tables import STUDENT_COLUMNS, device_columns
from techdesk.audit.actions import disclose
from techdesk.base.paging import keyset_page
from techdesk.base.policy import may, policy
from techdesk.directory.queries.first_step import first_step
from techdesk.ui.forms import PickerOption, picker_answer
from techdesk.ui.lists import Table, address, filter_chips, sort_order

ROWS = 50
MOST_OWN = 200


@policy("devices.list")
@require_safe
def devices(request: HttpRequest) -> HttpResponse:
    """The devices of my schools: filtered by the address, sorted by tag or by when they were last seen."""
    viewer: Any = request.user
    filters = DeviceFilters(request.GET, viewer=viewer)
    columns = device_columns(many_schools=filters.many_schools)
    rows = filters.narrow(Device.objects.permitted(viewer, "devices.list"))
    order = sort_order(request, columns, default="asset_tag")
    page = keyset_page(
        rows,
        order=(*order, "-pk" if order[0].startswith("-") else "pk"),
        cursor=request.GET.get("cursor"),
        limit=ROWS,
    )
    seen = seen_by(viewer, page.rows)
    named = [pk for row in seen for pk in row.disclosed]
    disclose(viewer=viewer, channel="page", purpose="device list", students=named)
    return render(
        request,
        "devices/list.html",
        {
            "table": Table(columns, seen, caption=_("Devices"), request=request, dense=True),
            "page": page,
            "filters": filters,
            "chips": filter_chips(filters, request),
            "may_add": filters.has_schools and may(viewer, "devices.change"),
            "may_import": may(viewer, "devices.import"),
            **({} if seen else _why_empty(request, filters)),
        },
    )


def _why_empty(request: HttpRequest, filters: DeviceFilters) -> dict[str, Any]:
    """What to do about a list without a row: begin, or look among what is retired too."""
    viewer: Any = request.user
    if not filters.has_schools:
        return {"start": first_step(viewer)}
    if not Device.objects.permitted(viewer, "devices.list").exists():
        return {"no_device_yet": True}
    # Without a status, what was retired is left out: somebody who looks for such a thing should know.
    retired = address(request.GET, {"status": DeviceStatus.RETIRED.value})
    return {"retired_url": "" if filters.cleaned_data.get("status") else retired}


@policy("devices.view")
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """What I have, what is in my room, my carts, and what my students have."""
    viewer: Any = request.user
    visible = Device.objects.visible_to(viewer).not_gone().by_tag()
    own = seen_by(viewer, list(visible.held_by(viewer)[:MOST_OWN]))
    room = None if viewer.is_student else viewer.default_room
    carts = seen_by(viewer, list(visible.answered_for_by(viewer)[:MOST_OWN]))
    in_room = seen_by(viewer, list(visible.in_room(room)[:MOST_OWN])) if room else []
    above = {row.device.pk for row in [*own, *carts]}
    in_room = [row for row in in_room if row.device.pk not in above]
    page = keyset_page(
        visible.held_by_students_of(viewer),
        order=("asset_tag", "pk"),
        cursor=request.GET.get("cursor"),
        limit=ROWS,
    )
    students = seen_by(viewer, page.rows)
    named = [pk for row in [*own, *in_room, *carts, *students] for pk in row.disclosed]
    named += [pk for row in students for pk in row.disclosed_assigned]
    disclose(viewer=viewer, channel="page", purpose="own devices", students=named)
    return render(
        request,
        "devices/mine.html",
        {
            "own": own,
            "room": room,
            "in_room": in_room,
            "carts": carts,
            "students": Table(STUDENT_COLUMNS, students, caption=_("My students' devices")) if students else None,
            "page": page,
        },
    )


@policy("devices.view")
@require_safe
def pick(request: HttpRequest) -> HttpResponse:
    """What a device picker shows for `?q=`: my own first, then what else I may see. Names nobody."""
    return _picked(request, Device.objects.not_gone())


@policy("devices.view")
@require_safe
def pick_cart(request: HttpRequest) -> HttpResponse:
    """The same among carts."""
    return _picked(request, Device.objects.not_gone().carts())


def _picked(request: HttpRequest, among: Any) -> HttpResponse:
    viewer: Any = request.user
    found = found_by(viewer, request.GET.get("q", "")[:100], among)
    return picker_answer(
        PickerOption(
            device.asset_tag,
            f"{device.asset_tag} · {device.model}",
            hint=_("Yours") if own else home_words(device) or str(device.state.label),
        )
        for device, own in found
    )

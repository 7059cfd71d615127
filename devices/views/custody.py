"""Handing out and taking back at the desk, one device at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from devices import actions
from devices.actions import AlreadyCheckedOut
from devices.forms import CheckInForm, CheckOutForm, posted, show_refusal
from devices.models import Custody, Device
from devices.queries import Place, known_to, open_custody, present
from devices.switches import CARTS
from devices.views.page import crumbs
from techdesk.audit.actions import disclose
from techdesk.base.errors import BadInput, NotPossible
from techdesk.base.policy import load, may, policy
from techdesk.directory.queries.settings import is_on

#: What a device can be handed out to; the first is what is asked unless the address says otherwise.
RECEIVERS = ("person", "room", "cart")


@dataclass(frozen=True)
class Tab:
    label: Any
    url: str
    current: bool
    count: int | None = None


@policy("devices.check_out")
@require_http_methods(["GET", "HEAD", "POST"])
def check_out(request: HttpRequest, asset_tag: str) -> HttpResponse:
    """One question: to whom? A person, a room or a cart, each on its own tab."""
    viewer: Any = request.user
    device = load(request, Device.objects.with_tag(asset_tag).for_page())
    to = request.GET.get("to", "person")
    receivers = RECEIVERS if is_on(device.school, CARTS.name) else RECEIVERS[:2]
    to = to if to in receivers else "person"
    form = CheckOutForm(posted(request), viewer=viewer, to=to)
    status, refused = 200, None
    if request.method == "POST":
        if form.is_valid():
            try:
                custody = actions.check_out(actor=viewer, device=device, **form.cleaned_data)
            except AlreadyCheckedOut as refusal:
                status, refused = refusal.status, refusal
            except (NotPossible, BadInput) as refusal:
                show_refusal(form, refusal, viewer=viewer)
                status = refusal.status
            else:
                holder = custody.person or custody.room or custody.cart
                text = _("%(tag)s is now with %(holder)s.")
                if custody.person is None:
                    text = _("%(tag)s is now in %(holder)s.")
                messages.success(request, text % {"tag": device.asset_tag, "holder": holder})
                return redirect(device)
        else:
            status = 422
    custody_now = open_custody(device)
    labels = {"person": _("A person"), "room": _("A room"), "cart": _("A cart")}
    with timezone.override(device.school.zone):
        return render(
            request,
            "devices/check_out.html",
            {
                "device": device,
                "crumbs": crumbs(viewer, device, below=True),
                "form": form,
                "tabs": [Tab(labels[one], f"?to={one}", one == to) for one in receivers],
                "refused": refused,
                "place": _place(request, device, custody_now) if custody_now else None,
            },
            status=status,
        )


@policy("devices.check_in")
@require_http_methods(["GET", "HEAD", "POST"])
def check_in(request: HttpRequest, asset_tag: str) -> HttpResponse:
    """How does it come back?"""
    viewer: Any = request.user
    device = load(request, Device.objects.with_tag(asset_tag).for_page())
    form = CheckInForm(posted(request))
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                actions.check_in(actor=viewer, device=device, **form.cleaned_data)
            except (NotPossible, BadInput) as refusal:
                show_refusal(form, refusal, viewer=viewer)
                status = refusal.status
            else:
                messages.success(request, _("%(tag)s is back in stock.") % {"tag": device.asset_tag})
                return redirect(device)
        else:
            status = 422
    custody = open_custody(device)
    with timezone.override(device.school.zone):
        return render(
            request,
            "devices/check_in.html",
            {
                "device": device,
                "crumbs": crumbs(viewer, device, below=True),
                "form": form,
                "custody": custody,
                "note": custody.note_out if custody and may(viewer, "devices.view_custody", custody) else "",
                "place": _place(request, device, custody),
            },
            status=status,
        )


def _place(request: HttpRequest, device: Device, custody: Custody | None) -> Place:
    """The sentence about where the device is, with the student in it disclosed."""
    viewer: Any = request.user
    person = custody.person if custody else None
    known = known_to(viewer, [person])
    disclose(viewer=viewer, channel="page", purpose="check-out and check-in", students=known.students([person]))
    return present(viewer, device, custody, known)

"""Adding, changing and retiring devices."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from devices import actions
from devices.actions import DeviceFacts, DeviceStale
from devices.forms import AddDeviceForm, ChangeDeviceForm, RetireForm, device_values, posted, show_refusal
from devices.models import Device
from devices.queries import home_words, known_to, open_custody
from devices.stale import merge
from devices.views.page import crumbs
from techdesk.audit.actions import disclose
from techdesk.base.errors import BadInput, NotPossible
from techdesk.base.policy import load, policy, require


@policy("devices.change")
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Write a device down."""
    viewer: Any = request.user
    form = AddDeviceForm(posted(request), viewer=viewer)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            facts = form.facts()
            require(viewer, "devices.change", school_id=facts["school"].pk)
            try:
                device = actions.register_device(actor=viewer, facts=DeviceFacts(**facts))
            except (NotPossible, BadInput) as refusal:
                show_refusal(form, refusal, viewer=viewer)
                status = refusal.status
            else:
                messages.success(request, _("%(tag)s is written down.") % {"tag": device.asset_tag})
                return redirect(device)
        else:
            status = 422
    crumb = [(_("Devices"), reverse("devices:list"))]
    return render(request, "devices/add.html", {"form": form, "crumbs": crumb}, status=status)


@policy("devices.change")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, asset_tag: str) -> HttpResponse:
    """Change what is known. A page that is out of date shows what others changed, and keeps what was typed."""
    viewer: Any = request.user
    device = load(request, Device.objects.with_tag(asset_tag).for_page())
    held = open_custody(device) is not None
    options: dict[str, Any] = {"viewer": viewer, "device": device, "held": held}
    _disclose_assigned(viewer, device)
    form = ChangeDeviceForm(posted(request), initial=_shown(device), **options)
    status, merged = 200, None
    if request.method == "POST":
        if form.is_valid():
            facts = form.facts()
            if "school" in facts:
                require(viewer, "devices.change", school_id=facts["school"].pk)
            version = form.cleaned_data["version"]
            try:
                changed = actions.change_device(actor=viewer, device=device, version=version, **facts)
            except DeviceStale as refusal:
                device, status = refusal.device, 409
                _disclose_assigned(viewer, device)
                merged = merge(device, version, request.POST, {**options, "device": device})
                form = merged.form
            except (NotPossible, BadInput) as refusal:
                show_refusal(form, refusal, viewer=viewer)
                status = refusal.status
            else:
                messages.success(request, _("%(tag)s is changed.") % {"tag": changed.asset_tag})
                return redirect(changed)
        else:
            status = 422
    return render(
        request,
        "devices/change.html",
        {"device": device, "crumbs": crumbs(viewer, device, below=True), "form": form, "merged": merged},
        status=status,
    )


def _shown(device: Device) -> dict[str, Any]:
    return {**device_values(device), "version": device.version}


def _disclose_assigned(viewer: Any, device: Device) -> None:
    named = known_to(viewer, [device.assigned_to]).students([device.assigned_to])
    disclose(viewer=viewer, channel="page", purpose="change a device", students=named)


@policy("devices.retire")
@require_http_methods(["GET", "HEAD", "POST"])
def retire(request: HttpRequest, asset_tag: str) -> HttpResponse:
    """Say what will happen, ask why, do it."""
    viewer: Any = request.user
    device = load(request, Device.objects.with_tag(asset_tag).for_page())
    form = RetireForm(posted(request))
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                actions.retire_device(actor=viewer, device=device, reason=form.cleaned_data["reason"])
            except (NotPossible, BadInput) as refusal:
                show_refusal(form, refusal, viewer=viewer)
                status = refusal.status
            else:
                messages.success(request, _("%(tag)s is retired.") % {"tag": device.asset_tag})
                return redirect(device)
        else:
            status = 422
    _disclose_assigned(viewer, device)
    known = known_to(viewer, [device.assigned_to])
    return render(
        request,
        "devices/retire.html",
        {
            "device": device,
            "crumbs": crumbs(viewer, device, below=True),
            "form": form,
            "home": home_words(device),
            "assigned": known.name(device.assigned_to) if device.assigned_to else None,
        },
        status=status,
    )

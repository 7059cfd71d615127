"""Devices: lists, details, look-up, export, and the verbs of one device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar
from urllib.parse import quote

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from devices.actions import AlreadyCheckedOut, change_device, check_in, check_out, register_device, retire_device
from devices.api.bodies import (
    CheckInBody,
    CheckOutBody,
    DeviceBody,
    DevicesBulkBody,
    NewDeviceBody,
    RetireBody,
    Verdicts,
)
from devices.api.bulk import bulk_answer
from devices.api.lookup import device_of_code
from devices.api.references import References, in_public_names
from devices.api.resources import CUSTODY, DEVICE, DEVICES
from devices.models import Custody, Device
from devices.queries import known_to
from techdesk.api.answers import detail_answer, list_answer, row_answer
from techdesk.api.bodies import known, read_body
from techdesk.api.export import CsvRenderer, NdjsonRenderer, export_answer
from techdesk.api.parameters import required_parameter
from techdesk.api.views import ApiView, Operation
from techdesk.audit.actions import disclose
from techdesk.base.errors import DomainError
from techdesk.base.policy import may
from techdesk.directory.queries.references import visible_person, visible_room


class Devices(ApiView):
    """The devices you see.

    Desk staff see those of their schools, teachers their own and their students', everybody what they have.
    """

    operations: ClassVar = {
        "GET": Operation("devices_list", "devices.view", "list", DEVICE),
        "POST": Operation("devices_create", "devices.change", "object", DEVICE, NewDeviceBody, 201),
    }

    def get(self, request: Request) -> HttpResponse:
        return list_answer(request, DEVICE)

    def post(self, request: Request) -> HttpResponse:
        """Write a new device down.

        Without an asset tag the serial stands in for it. 400 `duplicate_asset_tag` or `duplicate_serial` when there
        is one already.
        """
        body = read_body(request, NewDeviceBody)
        facts = References(request.user, [body]).facts(body)
        with _public_names():
            device = register_device(actor=request.user, facts=facts)
        address = request.build_absolute_uri(f"{request.path}{quote(device.asset_tag, safe='')}/")
        rows = Device.objects.with_tag(device.asset_tag)
        return row_answer(request, DEVICE, rows, status=201, address=address)


class DevicesBulk(ApiView):
    """Up to 1,000 devices in one request, new and known ones, with a verdict for each.

    `atomic` true (the default): all or nothing; when something is refused the answer is 400 or 409 with all verdicts
    and nothing was done. `atomic` false: what can be done is done, the answer is 200, and `refused` counts the rest.
    An item that changes nothing is `unchanged` and leaves no trace. 413 `too_many_items`.
    """

    operations: ClassVar = {
        "POST": Operation(
            "devices_bulk", "devices.change", "other", body=DevicesBulkBody, answer=Verdicts, domain=DEVICES
        )
    }

    def post(self, request: Request) -> HttpResponse:
        return bulk_answer(request)


class DeviceExport(ApiView):
    """Every device you see, as a stream.

    Takes the filters of the list, but no pages. A stream that breaks off ends without its last chunk, so a client
    notices.
    """

    operations: ClassVar = {"GET": Operation("devices_export", "devices.view", "export", DEVICE)}
    renderer_classes = (NdjsonRenderer, CsvRenderer, JSONRenderer)

    def get(self, request: Request) -> HttpResponse | StreamingHttpResponse:
        return export_answer(request, DEVICE)


class DeviceLookup(ApiView):
    """The device that a scanned code means: an asset tag, a serial, or the address of a device's page."""

    operations: ClassVar = {
        "GET": Operation(
            "devices_lookup",
            "devices.view",
            "detail",
            DEVICE,
            parameters=(("code", gettext_lazy("Asset tag, serial or address. Required.")),),
        )
    }

    def get(self, request: Request) -> HttpResponse:
        viewer: Any = request.user
        code = required_parameter(request.query_params, "code", longest=500)
        found = device_of_code(viewer, code)
        return detail_answer(request, DEVICE, found, also_known=("code",))


class DeviceDetail(ApiView):
    """One device, by its asset tag."""

    operations: ClassVar = {
        "GET": Operation("devices_read", "devices.view", "detail", DEVICE),
        "PATCH": Operation("devices_change", "devices.change", "object", DEVICE, DeviceBody),
    }

    def get(self, request: Request, asset_tag: str) -> HttpResponse:
        viewer: Any = request.user
        return detail_answer(request, DEVICE, Device.objects.visible_to(viewer).with_tag(asset_tag))

    def patch(self, request: Request, asset_tag: str) -> HttpResponse:
        """Change what is known of the device; what is left out stays as it is.

        Who has it is not changed here: `check-out/` and `check-in/` do that.
        """
        viewer: Any = request.user
        device = self.load(Device.objects.with_tag(asset_tag).with_model())
        body = read_body(request, DeviceBody)
        fields = References(viewer, [body]).changes(body, device)
        with _public_names():
            device = change_device(actor=viewer, device=device, version=self.expected_version(device), **fields)
        return row_answer(request, DEVICE, Device.objects.with_tag(device.asset_tag))


class DeviceHistory(ApiView):
    """Who has had the device, newest first, as far as you may see it."""

    operations: ClassVar = {"GET": Operation("devices_history", "devices.view_custody", "list", CUSTODY)}

    def get(self, request: Request, asset_tag: str) -> HttpResponse:
        viewer: Any = request.user
        device = Device.objects.visible_to(viewer).with_tag(asset_tag).first()
        if device is None:
            raise Http404
        return list_answer(request, CUSTODY, Custody.objects.visible_to(viewer).of_device(device))


class DeviceCheckOut(ApiView):
    """Hand the device to a person, a room or a cart.

    409 `already_checked_out` when somebody has it: with `holder`, `holder_type` and `holder_name` if you may see who.
    """

    operations: ClassVar = {
        "POST": Operation("devices_check_out", "devices.check_out", "object", CUSTODY, CheckOutBody, 201)
    }

    def post(self, request: Request, asset_tag: str) -> HttpResponse:
        viewer: Any = request.user
        device = self.load(Device.objects.with_tag(asset_tag))
        body = read_body(request, CheckOutBody)
        person, room, cart = body.get("person"), body.get("room"), body.get("cart")
        try:
            custody = check_out(
                actor=viewer,
                device=device,
                person=person
                and known(
                    visible_person(viewer, person),
                    name="person",
                    code="unknown_person",
                    text=_("There is nobody with this id, or they are not yours to see."),
                ),
                room=room
                and known(
                    visible_room(viewer, room),
                    name="room",
                    code="unknown_room",
                    text=_("There is no such room. Write the school code, a slash and the room code."),
                ),
                cart=cart
                and known(
                    Device.objects.visible_to(viewer).with_tag(cart).first(),
                    name="cart",
                    code="unknown_cart",
                    text=_("There is no cart with this tag, or it is not yours to see."),
                ),
                slot=body.get("slot"),
                due_on=body.get("due_on"),
                condition=body.get("condition", ""),
                note=body.get("note", ""),
                version=self.expected_version(device),
            )
        except AlreadyCheckedOut as refusal:
            refusal.facts |= _holder(viewer, refusal.custody)
            raise
        opened = Custody.objects.with_key(custody.key)
        return row_answer(request, CUSTODY, opened, status=201, version=custody.device.version)


class DeviceCheckIn(ApiView):
    """Take the device back."""

    operations: ClassVar = {"POST": Operation("devices_check_in", "devices.check_in", "object", CUSTODY, CheckInBody)}

    def post(self, request: Request, asset_tag: str) -> HttpResponse:
        viewer: Any = request.user
        device = self.load(Device.objects.with_tag(asset_tag))
        body = read_body(request, CheckInBody)
        custody = check_in(
            actor=viewer,
            device=device,
            condition=body.get("condition", ""),
            note=body.get("note", ""),
            version=self.expected_version(device),
        )
        closed = Custody.objects.with_key(custody.key)
        return row_answer(request, CUSTODY, closed, version=custody.device.version)


class DeviceRetire(ApiView):
    """Take the device out of service for good."""

    operations: ClassVar = {"POST": Operation("devices_retire", "devices.retire", "object", DEVICE, RetireBody)}

    def post(self, request: Request, asset_tag: str) -> HttpResponse:
        viewer: Any = request.user
        device = self.load(Device.objects.with_tag(asset_tag))
        body = read_body(request, RetireBody)
        retire_device(actor=viewer, device=device, reason=body["reason"], version=self.expected_version(device))
        return row_answer(request, DEVICE, Device.objects.with_tag(asset_tag))


@contextmanager
def _public_names() -> Iterator[None]:
    """An action's refusal names fields as the API does."""
    try:
        yield
    except DomainError as refusal:
        in_public_names(refusal)
        raise


def _holder(viewer: Any, custody: Custody | None) -> dict[str, Any]:
    """Who has it, for a caller who may see that custody, and the person by name for one who may know who that is."""
    if custody is None or not may(viewer, "devices.view_custody", custody):
        return {}
    facts: dict[str, Any] = {"holder_type": custody.holder_type}
    if custody.person is not None:
        if not known_to(viewer, [custody.person]).may_name(custody.person):
            return facts
        if custody.person.is_student:
            disclose(viewer=viewer, channel="api", purpose="already_checked_out", students=[custody.person.pk])
        facts |= {"holder": custody.person.public_key, "holder_name": custody.person.name}
    elif custody.room is not None:
        facts |= {"holder": custody.room.public_key, "holder_name": custody.room.public_key}
    elif custody.cart is not None:
        facts |= {"holder": custody.cart.asset_tag, "holder_name": custody.cart.asset_tag}
    return facts

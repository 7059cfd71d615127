"""Many devices in one request, with a verdict for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request

from devices.actions import DeviceChange, DeviceFacts, DuplicateDevice, put_devices
from devices.api.bodies import MOST_ITEMS, DeviceItemBody, DevicesBulkEnvelope
from devices.api.references import References, in_public_names
from devices.models import Device
from techdesk.api.answers import json_answer
from techdesk.api.bodies import read_body
from techdesk.api.problems import flat_errors, problem
from techdesk.base.errors import BadInput, DomainError, NotPermitted, NotPossible, TooLarge

Refused = dict[int, DomainError]


def bulk_answer(request: Request) -> HttpResponse:
    """Carry out the body of `devices/bulk/`: 200 with verdicts; all or nothing: 400 or 409 with them (nothing done)."""
    viewer: Any = request.user
    sent = request.data.get("items") if isinstance(request.data, Mapping) else None
    if isinstance(sent, list) and len(sent) > MOST_ITEMS:
        text = _("At most %(most)d items in one request. Send the rest in another.") % {"most": MOST_ITEMS}
        raise TooLarge(text, code="too_many_items", limit=MOST_ITEMS)
    body = read_body(request, DevicesBulkEnvelope)
    items, refused = _read(body["items"])
    with transaction.atomic():
        facts, changes = _sorted_out(viewer, items, refused)
        outcome = put_devices(actor=viewer, facts=facts, changes=changes)
        refused |= outcome.refused
        if refused and body["atomic"]:
            transaction.set_rollback(True)
    if refused and body["atomic"]:
        return _all_refused(body["items"], refused)
    done = {
        "created": outcome.created,
        "updated": outcome.updated,
        "unchanged": outcome.unchanged,
    }
    verdicts = [_refusal(place, refusal, body["items"][place]) for place, refusal in refused.items()]
    for status, devices in done.items():
        verdicts += [_verdict(place, status, device.asset_tag, device.version) for place, device in devices.items()]
    counts = {status: len(devices) for status, devices in done.items()}
    return json_answer(
        {"results": sorted(verdicts, key=lambda verdict: verdict["index"]), **counts, "refused": len(refused)}
    )


def _read(sent: list[Any]) -> tuple[dict[int, dict[str, Any]], Refused]:
    """The items that can be read, by place; of two for one tag the first stands."""
    serializer = DeviceItemBody()  # made once: a thousand of them would take a second
    items: dict[int, dict[str, Any]] = {}
    refused: Refused = {}
    tags: set[str] = set()
    for place, one in enumerate(sent):
        try:
            item: dict[str, Any] = serializer.run_validation(one)
        except serializers.ValidationError as error:
            refused[place] = BadInput(_("Some of this cannot be used."), errors=flat_errors(error.detail))
            continue
        tag = item["asset_tag"].lower()
        if tag in tags:
            text = _("This tag stands in the list already.")
            refused[place] = BadInput(text, code="duplicate_asset_tag", errors={"asset_tag": [text]})
            continue
        tags.add(tag)
        items[place] = item
    return items, refused


def _sorted_out(
    viewer: Any, items: Mapping[int, dict[str, Any]], refused: Refused
) -> tuple[dict[int, DeviceFacts], dict[int, DeviceChange]]:
    """New devices and changes of known ones, by place; what cannot be either joins `refused`."""
    references = References(viewer, list(items.values()))
    seen = Device.objects.visible_to(viewer).with_tags(item["asset_tag"] for item in items.values())
    devices = {device.asset_tag.lower(): device for device in seen.with_model()}
    changeable = set(seen.permitted(viewer, "devices.change").values_list("pk", flat=True))
    facts: dict[int, DeviceFacts] = {}
    changes: dict[int, DeviceChange] = {}
    for place, item in items.items():
        device = devices.get(item["asset_tag"].lower())
        try:
            if device is None:
                facts[place] = _new(references, item)
            else:
                changes[place] = _change(references, item, device, may=device.pk in changeable)
        except PermissionDenied:
            refused[place] = NotPermitted(_("You may not do this. Ask your administrator if you need to."))
        except DomainError as refusal:
            refused[place] = refusal
    return facts, changes


def _new(references: References, item: Mapping[str, Any]) -> DeviceFacts:
    if item.get("op") == "change" or item.get("version") is not None:
        text = _("There is no device with this tag, or it is not yours to see.")
        raise NotPossible(text, code="unknown_device")
    return references.facts(item)


def _change(references: References, item: Mapping[str, Any], device: Device, *, may: bool) -> DeviceChange:
    if item.get("op") == "create":
        raise DuplicateDevice(code="duplicate_asset_tag", position=0, existing=device)
    if not may:
        raise PermissionDenied
    return DeviceChange(device=device, fields=references.changes(item, device), version=item.get("version"))


def _verdict(place: int, status: str, tag: str | None, version: int | None, **why: Any) -> dict[str, Any]:
    return {
        "index": place,
        "status": status,
        "asset_tag": tag,
        "version": version,
        "code": None,
        "detail": None,
        "errors": {},
        **why,
    }


def _refusal(place: int, refusal: DomainError, sent: Any) -> dict[str, Any]:
    in_public_names(refusal)
    errors = refusal.errors if isinstance(refusal, BadInput) else {}
    return _verdict(
        place,
        "refused",
        _tag(sent),
        refusal.facts.get("version"),
        code=refusal.code,
        detail=str(refusal.message),
        errors={name: [str(text) for text in texts] for name, texts in errors.items()},
    )


def _tag(sent: Any) -> str | None:
    tag = sent.get("asset_tag") if isinstance(sent, Mapping) else None
    return tag if isinstance(tag, str) else None


def _all_refused(sent: list[Any], refused: Refused) -> HttpResponse:
    """Nothing was done: a problem, with the same verdicts."""
    verdicts = [
        _refusal(place, refused[place], one) if place in refused else _verdict(place, "not_done", _tag(one), None)
        for place, one in enumerate(sent)
    ]
    status = 400 if all(refusal.status == 400 for refusal in refused.values()) else 409
    text = _("Nothing was done: %(count)d of %(all)d items were refused. Each one says why.")
    return problem(
        status,
        "items_refused",
        text % {"count": len(refused), "all": len(sent)},
        facts={"results": verdicts, "created": 0, "updated": 0, "unchanged": 0, "refused": len(refused)},
    )

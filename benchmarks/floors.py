"""The floors: the same middleware, the same sign-in, and the least work in between.

* A row floor reads one row by its key. Once as a view of the API (token, roles, throttle as every view has them), once
  bare: a function that looks the token up itself and asks for nothing else.
* A write floor commits one INSERT, in the same two ways.
* The export floor streams the same fields of the same rows from a server-side cursor of psycopg2, each row made into
  JSON by `json.dumps`, without asking what the caller may see.
* The page floor is a signed-in person's page with one row and no template.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib.auth.decorators import login_required
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.request import Request

from devices.api.resources import DEVICE
from devices.models import Device
from techdesk.api.authentication import BearerToken
from techdesk.api.views import ApiView, Operation

ROWS_AT_A_TIME = 1000
#: Every field that the API tells of a device, by plain joins.
EVERYTHING = """
    SELECT d.asset_tag, d.serial, maker.name AS manufacturer, model.name AS model, category.slug AS category,
        d.status, d.condition, school.code AS school, place.code || '/' || room.code AS room, cart.asset_tag AS cart,
        d.home_slot AS slot, coalesce(holder.key::text, there.code, held.cart_id::text) AS holder, held.holder_type,
        holder.given_name || ' ' || holder.family_name AS holder_name, held.due_on, assigned.key AS assigned_to,
        d.is_loaner, d.tag_is_provisional, d.slot_count, d.os_name, d.os_version, d.last_seen_at,
        d.auto_update_through, d.purchased_on, d.warranty_until, d.created_at, d.updated_at
    FROM devices_device d
    JOIN devices_manufacturer maker ON maker.id = d.manufacturer_id
    JOIN devices_devicemodel model ON model.id = d.model_id
    JOIN devices_category category ON category.id = d.category_id
    JOIN directory_school school ON school.id = d.school_id
    LEFT JOIN directory_room room ON room.id = d.home_room_id
    LEFT JOIN directory_school place ON place.id = room.school_id
    LEFT JOIN devices_device cart ON cart.id = d.home_cart_id
    LEFT JOIN directory_person assigned ON assigned.id = d.assigned_to_id
    LEFT JOIN devices_custody held ON held.device_id = d.id AND held.in_at IS NULL
    LEFT JOIN directory_person holder ON holder.id = held.person_id
    LEFT JOIN directory_room there ON there.id = held.room_id
    ORDER BY d.asset_tag, d.id
"""
INSERT = "INSERT INTO benchmark_floor (device, note) VALUES (%s, %s)"


def _row(pk: int) -> JsonResponse:
    return JsonResponse(Device.objects.filter(pk=pk).values("asset_tag", "status", "condition").get())


class RowFloor(ApiView):
    """One device by its primary key, three of its columns."""

    operations: ClassVar = {"GET": Operation("floor_row", "devices.view", "other", DEVICE)}

    def get(self, request: Request, pk: int) -> HttpResponse:
        return _row(pk)


def bare_row(request: HttpRequest, pk: int) -> HttpResponse:
    if BearerToken().authenticate(Request(request)) is None:
        return HttpResponse(status=401)
    return _row(pk)


class WriteFloor(ApiView):
    """One committed row."""

    operations: ClassVar = {"POST": Operation("floor_write", "devices.check_out", "other", DEVICE)}

    def post(self, request: Request) -> HttpResponse:
        return _write(request.data)


@csrf_exempt
def bare_write(request: HttpRequest) -> HttpResponse:
    if BearerToken().authenticate(Request(request)) is None:
        return HttpResponse(status=401)
    return _write(json.loads(request.body))


def _write(body: Any) -> HttpResponse:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(INSERT, [body["person"], body["note"]])
    return JsonResponse({"note": body["note"]}, status=201)


class ExportFloor(ApiView):
    """All devices, field by field as the API has them."""

    operations: ClassVar = {"GET": Operation("floor_export", "devices.view", "other", DEVICE)}

    def get(self, request: Request) -> StreamingHttpResponse:
        return StreamingHttpResponse(_everything(), content_type="application/x-ndjson")


def _everything() -> Iterator[bytes]:
    connection.ensure_connection()
    driver: Any = connection.connection
    with transaction.atomic(), driver.cursor(name="floor") as cursor:
        cursor.itersize = ROWS_AT_A_TIME
        cursor.execute(EVERYTHING)
        names: list[str] = []
        while rows := cursor.fetchmany(ROWS_AT_A_TIME):
            names = names or [column.name for column in cursor.description]
            yield "".join(json.dumps(dict(zip(names, row, strict=True)), default=str) + "\n" for row in rows).encode()


@login_required
def page(request: HttpRequest, pk: int) -> HttpResponse:
    tag = Device.objects.filter(pk=pk).values_list("asset_tag", flat=True).get()
    return HttpResponse(f"<!doctype html><title>{tag}</title><p>{tag}</p>")

"""Exports: both formats, filters, harmless cells, and memory that does not grow with the table."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from devices.actions import check_out
from devices.models import Device
from techdesk.api.export import ROWS_AT_A_TIME, cell
from techdesk.audit.models import Disclosure
from tests.api.conftest import Caller, Town, caller
from tests.factories import DeviceFactory


def content(answer: Any) -> str:
    assert answer.status_code == 200, answer.content
    assert answer.streaming
    return b"".join(answer.streaming_content).decode()


def fill(town: Town, count: int) -> None:
    model = town.device.model
    Device.objects.bulk_create(
        [
            Device(
                asset_tag=f"X{n:06}",
                serial=f"XS{n}",
                model=model,
                manufacturer=model.manufacturer,
                category=model.category,
                school=town.lincoln,
                search_text=f"x{n:06}",
                notes="n" * 200,
            )
            for n in range(count)
        ],
        batch_size=1000,
    )


def test_ndjson_is_what_the_list_says(town: Town, tech: Caller) -> None:
    check_out(actor=town.technician, device=town.device, person=town.student)
    DeviceFactory(school=town.lincoln, asset_tag="Zoë, “2”", home_room=town.room)
    answer = tech.get("devices/export/", format="ndjson")
    assert answer["Content-Type"] == "application/x-ndjson"
    assert 'filename="devices.ndjson"' in answer["Content-Disposition"]
    rows = [json.loads(line) for line in content(answer).splitlines()]
    assert rows == tech.every("devices/")
    assert rows[0]["holder"] == str(town.student.key)


def test_csv_has_a_heading_and_the_same_rows(town: Town, tech: Caller) -> None:
    DeviceFactory(school=town.lincoln, asset_tag="C-0002", home_room=town.room, is_loaner=True)
    answer = tech.get("devices/export/", format="csv", fields="asset_tag,room,is_loaner,slot_count")
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(content(answer))))
    assert rows == [
        {"asset_tag": "C-0001", "room": "", "is_loaner": "false", "slot_count": "0"},
        {"asset_tag": "C-0002", "room": "LIN/104", "is_loaner": "true", "slot_count": "0"},
    ]


def test_the_format_by_the_accept_header(town: Town, tech: Caller) -> None:
    answer = tech.get("devices/export/", headers={"Accept": "text/csv"})
    assert content(answer).startswith("asset_tag,")
    assert content(tech.get("devices/export/")).startswith("{")
    assert tech.get("devices/export/", format="xlsx").json()["code"] == "bad_parameter"


def test_filters_and_order_but_no_pages(town: Town, tech: Caller) -> None:
    DeviceFactory(school=town.lincoln, asset_tag="C-0002", status="lost")
    assert len(content(tech.get("devices/export/", status="lost")).splitlines()) == 1
    lines = content(tech.get("devices/export/", ordering="-asset_tag", fields="asset_tag")).splitlines()
    assert lines == ['{"asset_tag":"C-0002"}', '{"asset_tag":"C-0001"}']
    assert tech.get("devices/export/", limit="5").json()["code"] == "unknown_parameter"
    assert content(tech.get("devices/export/", school="ROO")) == ""
    assert content(tech.get("devices/export/", school="ROO", format="csv", fields="serial")) == "serial\r\n"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert cell(text) == f"'{text}"
    assert cell([text]) == f"'{text}"


def test_a_formula_in_a_tag_stays_text(town: Town, tech: Caller) -> None:
    DeviceFactory(school=town.lincoln, asset_tag='=HYPERLINK("x")', serial="")
    text = content(tech.get("devices/export/", format="csv", fields="asset_tag"))
    assert '"\'=HYPERLINK(""x"")"' in text.splitlines()


def test_a_head_request_streams_nothing(town: Town, tech: Caller) -> None:
    answer = tech.client.head("/api/v1/devices/export/")
    assert answer.status_code == 200
    assert answer.content == b""


def test_students_are_logged_before_the_first_byte(town: Town, tech: Caller) -> None:
    check_out(actor=town.technician, device=town.device, person=town.student)
    answer = tech.get("devices/export/")
    [row] = Disclosure.objects.all()
    assert (row.channel, row.students, row.viewer_id) == ("export", [town.student.pk], town.technician.pk)
    content(answer)
    content(tech.get("devices/export/", fields="asset_tag,status"))
    assert Disclosure.objects.count() == 1


def _statements(script: Caller) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        content(script.get("devices/export/"))
    return [query["sql"] for query in queries]


def test_the_number_of_statements_is_the_same_for_3_and_for_3000_rows(town: Town) -> None:
    script = caller(town.technician, scope="read")
    few = _statements(script)
    fill(town, 3_000)
    many = _statements(script)
    # Token, roles, students shown, savepoint, rows, release.
    assert len(few) == len(many) == 6
    assert "row_to_json" in many[-2]


@pytest.mark.django_db(transaction=True)
def test_rows_stay_on_the_server_until_they_are_read(town: Town) -> None:
    """A named cursor, a thousand rows at a time; memory does not grow with the table."""
    fill(town, 10_000)
    script = caller(town.technician, scope="read")

    answer = script.get("devices/export/")
    pieces = iter(answer.streaming_content)
    first = next(pieces)
    assert first.count(b"\n") == ROWS_AT_A_TIME
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_cursors WHERE name LIKE '_django_curs_%%'")
        assert cursor.fetchone() == (1,)
    tracemalloc.start()
    largest = 0
    for _piece in pieces:
        largest = max(largest, tracemalloc.get_traced_memory()[1])
    tracemalloc.stop()
    answer.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_cursors")
        assert cursor.fetchone() == (0,)
    # 10,000 rows are 7 MB of text and far more as objects; a piece of a thousand is under 1.
    assert largest < 4_000_000, largest


@pytest.mark.django_db(transaction=True)
def test_a_client_that_hangs_up_leaves_nothing_open(town: Town) -> None:
    fill(town, 3_000)
    answer = caller(town.technician, scope="read").get("devices/export/")
    next(iter(answer.streaming_content))
    answer.close()
    assert not connection.in_atomic_block
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_cursors")
        assert cursor.fetchone() == (0,)

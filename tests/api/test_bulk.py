"""`devices/bulk/`: many devices in one request, a verdict for each."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from devices.actions import check_out
from devices.models import Device
from techdesk.audit.models import AuditEntry
from tests.api.conftest import Caller, Town, caller
from tests.api.test_problems import check
from tests.factories import CartFactory, DeviceFactory, PersonFactory
from tests.threads import at_once


def bulk(script: Caller, items: list[Any], **options: Any) -> Any:
    headers = options.pop("headers", {})
    return script.post("devices/bulk/", {"atomic": False, "items": items, **options}, headers=headers)


def verdicts(answer: Any) -> list[tuple[str, str | None]]:
    told = answer.json()["results"]
    assert [one["index"] for one in told] == list(range(len(told)))
    return [(one["status"], one["code"]) for one in told]


def test_new_changed_and_the_same(town: Town, tech: Caller) -> None:
    items = [
        {"asset_tag": "N-1", "serial": "S1", "school": "LIN", "model": "300e", "manufacturer": "Lenovo"},
        {"asset_tag": "c-0001", "condition": "worn", "room": "LIN/104"},
        {"asset_tag": "C-0001x", "school": "LIN"},
    ]
    answer = bulk(tech, items)
    assert answer.status_code == 200, answer.content
    assert verdicts(answer) == [("created", None), ("updated", None), ("created", None)]
    told = answer.json()
    assert (told["created"], told["updated"], told["unchanged"], told["refused"]) == (2, 1, 0, 0)
    assert (told["results"][1]["asset_tag"], told["results"][1]["version"]) == ("C-0001", 2)
    written = AuditEntry.objects.count()
    again = bulk(tech, items)
    assert verdicts(again) == [("unchanged", None)] * 3
    assert AuditEntry.objects.count() == written


def test_every_kind_of_refusal_beside_what_can_be_done(town: Town, tech: Caller) -> None:
    CartFactory(school=town.lincoln, asset_tag="CART-1", slot_count=2)
    out = DeviceFactory(school=town.lincoln, asset_tag="OUT")
    check_out(actor=town.technician, device=out, person=town.teacher)
    gone = PersonFactory(is_active=False)
    from tests.factories import grant

    grant(gone, "teacher", town.lincoln)
    DeviceFactory(school=town.lincoln, asset_tag="HOME", home_cart=Device.objects.get(asset_tag="CART-1"), home_slot=1)
    expected = [
        ({"asset_tag": "C-0001", "condition": "worn"}, "updated", None),
        ({"asset_tag": "c-0001", "condition": "good"}, "refused", "duplicate_asset_tag"),
        ({"asset_tag": "NEW-1", "school": "LIN"}, "created", None),
        ({"asset_tag": "NEW-2"}, "refused", "missing_school"),
        ({"asset_tag": "NEW-3", "school": "ROO"}, "refused", "unknown_school"),
        ({"asset_tag": "R-0001", "condition": "worn"}, "refused", "missing_school"),
        ({"asset_tag": "R-0001x", "op": "change"}, "refused", "unknown_device"),
        ({"asset_tag": "NEW-4", "version": 3}, "refused", "unknown_device"),
        ({"asset_tag": "OUT", "status": "in_stock"}, "refused", "already_checked_out"),
        ({"asset_tag": "CART-1", "version": 9}, "refused", "stale"),
        ({"asset_tag": "HOME", "op": "create", "school": "LIN"}, "refused", "duplicate_asset_tag"),
        ({"asset_tag": "NEW-5", "school": "LIN", "cart": "CART-1", "slot": 1}, "refused", "slot_taken"),
        ({"asset_tag": "NEW-6", "school": "LIN", "cart": "CART-1", "slot": 2}, "created", None),
        ({"asset_tag": "NEW-7", "school": "LIN", "cart": "CART-1", "slot": 2}, "refused", "slot_taken"),
        ({"asset_tag": "NEW-8", "school": "LIN", "assigned_to": str(gone.key)}, "refused", "person_inactive"),
        ({"asset_tag": "NEW-9", "school": "LIN", "nonsense": 1}, "refused", "bad_input"),
        ({"serial": "only"}, "refused", "bad_input"),
        ("C-0001", "refused", "bad_input"),
        (None, "refused", "bad_input"),
        ({"asset_tag": 5.5, "school": "LIN", "slot_count": 9999}, "refused", "bad_input"),
    ]
    answer = bulk(tech, [item for item, *_rest in expected])
    assert answer.status_code == 200, answer.content
    assert verdicts(answer) == [(status, code) for _item, status, code in expected]
    told = answer.json()
    assert told["refused"] == sum(status == "refused" for _item, status, _code in expected)
    assert told["results"][9]["version"] == 1  # what it is now, so that the script can go on
    assert told["results"][15]["errors"] == {"nonsense": ["This field is not known here."]}
    assert all(one["detail"] for one in told["results"] if one["status"] == "refused")
    assert set(Device.objects.with_tags(["new-1", "new-6", "new-5", "new-7"]).values_list("asset_tag", flat=True)) == {
        "NEW-1",
        "NEW-6",
    }


def test_all_or_nothing(town: Town, tech: Caller) -> None:
    items = [{"asset_tag": "C-0001", "condition": "worn"}, {"asset_tag": "N-1"}, {"asset_tag": "N-2", "school": "LIN"}]
    problem = check(bulk(tech, items, atomic=True), 400, "items_refused")
    assert [(one["status"], one["code"]) for one in problem["results"]] == [
        ("not_done", None),
        ("refused", "missing_school"),
        ("not_done", None),
    ]
    assert problem["refused"] == 1
    assert Device.objects.get(asset_tag="C-0001").version == 1
    items[1] = {"asset_tag": "C-0001x", "school": "LIN", "version": 1}
    check(bulk(tech, items, atomic=True), 409, "items_refused")
    items[1]["version"] = None
    assert verdicts(bulk(tech, items, atomic=True)) == [("updated", None), ("created", None), ("created", None)]
    # All or nothing is what is meant when nothing is said.
    check(tech.post("devices/bulk/", {"items": [{"asset_tag": "N-8"}]}), 400, "items_refused")


@pytest.mark.parametrize("body", [{}, {"items": []}, {"items": {}}, {"items": "x"}, [], {"items": [{}], "more": 1}])
def test_what_is_no_list_of_items(town: Town, tech: Caller, body: Any) -> None:
    check(tech.post("devices/bulk/", body), 400, "bad_input")


def test_too_many(town: Town, tech: Caller) -> None:
    problem = check(bulk(tech, [{"asset_tag": f"X-{n}"} for n in range(1001)]), 413, "too_many_items")
    assert problem["limit"] == 1000


def test_who_may(town: Town) -> None:
    DeviceFactory(school=town.lincoln, asset_tag="T-1", assigned_to=town.teacher)
    check(bulk(caller(town.teacher), [{"asset_tag": "T-1"}]), 403, "not_permitted")
    check(bulk(caller(town.technician, scope="read"), [{"asset_tag": "C-0001"}]), 403, "read_only_token")
    # What one sees but does not run: the technician of Roosevelt has a device of Lincoln.
    DeviceFactory(school=town.lincoln, asset_tag="LENT", assigned_to=town.foreigner)
    assert verdicts(bulk(caller(town.foreigner), [{"asset_tag": "LENT", "condition": "worn"}])) == [
        ("refused", "not_permitted")
    ]


def test_a_thousand_cost_as_many_statements_as_ten(town: Town, tech: Caller) -> None:
    def send(count: int, letter: str) -> tuple[int, float]:
        items = [
            {"asset_tag": f"{letter}-{n}", "serial": f"{letter}{n}", "school": "LIN", "room": "LIN/104"}
            for n in range(count)
        ]
        started = time.monotonic()
        with CaptureQueriesContext(connection) as queries:
            assert bulk(tech, items, atomic=True).json()["created"] == count
        return len(queries), time.monotonic() - started

    few, _seconds = send(10, "A")
    many, seconds = send(1000, "B")
    assert few <= 35
    assert many <= few + 12  # inserted and checked in batches of 500 and 1,000
    assert seconds < 30


def test_a_thousand_refusals_are_found_together(town: Town, tech: Caller) -> None:
    DeviceFactory.create_batch(40, school=town.lincoln)
    tags = list(Device.objects.at_school(town.lincoln).values_list("asset_tag", flat=True))
    with CaptureQueriesContext(connection) as queries:
        answer = bulk(tech, [{"asset_tag": tag, "version": 7} for tag in tags])
    assert answer.json()["refused"] == len(tags)
    assert len(queries) < 40


@pytest.mark.django_db(transaction=True)
def test_the_same_request_five_times_at_once(town: Town) -> None:
    secret = caller(town.technician).secret
    items = [{"asset_tag": f"N-{n}", "school": "LIN"} for n in range(20)]

    def work(n: int) -> bytes:
        answer = bulk(Caller(secret), items, headers={"Idempotency-Key": "fleet-2026"})
        assert answer.status_code == 200, answer.content
        return bytes(answer.content)

    answers = set(at_once(5, work))
    assert len(answers) == 1
    assert Device.objects.count() == 22
    assert AuditEntry.objects.filter(verb="register", object_type="devices").count() == 20


@pytest.mark.django_db(transaction=True)
def test_two_scripts_at_once_make_each_device_once(town: Town) -> None:
    secret = caller(town.technician).secret
    items = [{"asset_tag": f"N-{n}", "school": "LIN", "serial": f"S{n}"} for n in range(30)]

    def work(n: int) -> list[tuple[str, str | None]]:
        mine = items if n % 2 else items[::-1]
        answer = bulk(Caller(secret), mine)
        return verdicts(answer) if answer.status_code == 200 else [("busy", answer.json()["code"])]

    results = at_once(4, work)
    assert {status for one in results for status, _code in one} <= {"created", "unchanged", "refused", "busy"}
    assert all(code in {None, "duplicate_asset_tag", "try_again"} for one in results for _status, code in one)
    assert sum(status == "created" for one in results for status, _code in one) == Device.objects.count() - 2

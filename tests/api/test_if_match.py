"""`If-Match`: a write that happens only while the object is what the caller has read."""

from __future__ import annotations

from typing import Any

import pytest

from devices.models import Device
from techdesk.audit.models import AuditEntry
from tests.api.conftest import Caller, Town, caller
from tests.api.test_problems import check
from tests.factories import person_with
from tests.threads import at_once
from tickets.actions import open_ticket


def test_the_etag_of_a_detail_guards_a_change(town: Town, tech: Caller) -> None:
    etag = tech.get("devices/C-0001/")["ETag"]
    answer = tech.patch("devices/C-0001/", {"condition": "worn"}, headers={"If-Match": etag})
    assert answer.status_code == 200
    assert answer["ETag"] == tech.get("devices/C-0001/")["ETag"] != etag
    stale = tech.patch("devices/C-0001/", {"condition": "broken"}, headers={"If-Match": etag})
    check(stale, 412, "stale")
    assert tech.get("devices/C-0001/").json()["condition"] == "worn"


def test_only_the_version_counts(town: Town, tech: Caller) -> None:
    """Another viewer's ETag of the same version is as good; a name changed elsewhere makes no write stale."""
    etag = caller(town.technician).get("devices/C-0001/", fields="asset_tag")["ETag"]
    assert etag != tech.get("devices/C-0001/")["ETag"]
    assert tech.patch("devices/C-0001/", {"condition": "worn"}, headers={"If-Match": etag}).status_code == 200
    assert tech.patch("devices/C-0001/", {"condition": "good"}, headers={"If-Match": '"2"'}).status_code == 200


@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        ("*", 200, ""),
        ('"9-x", "1-y"', 200, ""),
        ('"1-a,b"', 200, ""),
        ('"2-abc"', 412, "stale"),
        ('"abc"', 412, "stale"),
        ('""', 412, "stale"),
        ('W/"1-abc"', 412, "stale"),  # weak tags never compare equal here (RFC 9110 section 8.8.3.2)
        ("1-abc", 400, "bad_if_match"),
        ('"1-abc', 400, "bad_if_match"),
        ("", 400, "bad_if_match"),
        ('*, "1-a"', 400, "bad_if_match"),
        ('"9-x", , "1-y" ,', 200, ""),
        ('"1-y" "1-z"', 400, "bad_if_match"),
        ('"a"' + ", " * 300 + "x", 400, "bad_if_match"),  # must not cost more than reading it once
        ('"' + "1" * 5000 + '"', 400, "bad_if_match"),
    ],
)
def test_what_may_stand_in_the_header(town: Town, tech: Caller, header: str, status: int, code: str) -> None:
    answer = tech.patch("devices/C-0001/", {"condition": "worn"}, headers={"If-Match": header})
    assert answer.status_code == status, answer.content
    if code:
        check(answer, status, code)


def test_every_write_to_something_there_is_guarded(town: Town, tech: Caller) -> None:
    ticket = open_ticket(actor=town.teacher, school=town.lincoln, subject="Board")
    bodies: dict[str, tuple[str, dict[str, Any]]] = {
        "devices_change": ("devices/C-0001/", {"condition": "worn"}),
        "devices_check_out": ("devices/C-0001/check-out/", {"room": "LIN/104"}),
        "devices_check_in": ("devices/C-0001/check-in/", {}),
        "devices_retire": ("devices/C-0001/retire/", {"reason": "old"}),
        "schools_change": ("schools/LIN/", {"name": "Lincoln"}),
        "rooms_change": ("rooms/LIN/104/", {"name": "Science"}),
        "people_change": (f"people/{town.student.key}/", {"given_name": "Ann"}),
        "tickets_write": (f"tickets/{ticket.number}/messages/", {"body": "x"}),
        "tickets_assign": (f"tickets/{ticket.number}/assign/", {"assignee": "me"}),
        "tickets_resolve": (f"tickets/{ticket.number}/resolve/", {"resolution": "x"}),
        "tickets_reopen": (f"tickets/{ticket.number}/reopen/", {"reason": "x"}),
        "tickets_close": (f"tickets/{ticket.number}/close/", {}),
    }
    described = {
        operation["operationId"]: (method, operation)
        for path, methods in tech.get("schema/").json()["paths"].items()
        for method, operation in methods.items()
        if method != "get" and "{" in path
    }
    assert set(bodies) == set(described), "give each write to an existing object an example here"
    written = AuditEntry.objects.exclude(object_type="tokens").count()
    for name, (path, body) in bodies.items():
        method, operation = described[name]
        assert "412" in operation["responses"], name
        who = caller(person_with("district_admin")) if name == "schools_change" else tech
        answer = getattr(who, method)(path, body, headers={"If-Match": '"77-old"'})
        check(answer, 412, "stale")
    assert AuditEntry.objects.exclude(object_type="tokens").count() == written


def test_the_answer_of_a_verb_goes_on_from_there(town: Town, tech: Caller) -> None:
    """A check-out answers a custody; its ETag has the version of the device, for the next verb."""
    out = tech.post("devices/C-0001/check-out/", {"room": "LIN/104"}, headers={"If-Match": '"1"'})
    assert out["ETag"].startswith('"2-')
    back = tech.post("devices/C-0001/check-in/", {}, headers={"If-Match": out["ETag"]})
    assert back.status_code == 200 and back["ETag"].startswith('"3-')
    check(tech.post("devices/C-0001/check-out/", {"room": "LIN/104"}, headers={"If-Match": out["ETag"]}), 412, "stale")


def test_what_is_new_has_no_version(town: Town, tech: Caller) -> None:
    body = {"subject": "Board", "school": "LIN"}
    check(tech.post("tickets/", body, headers={"If-Match": '"1"'}), 400, "no_version_yet")
    answer = tech.post("tickets/", body, headers={"If-Unmodified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"})
    assert answer.status_code == 201 and answer["ETag"].startswith('"1-')
    assert tech.get(answer["Location"]).json()["subject"] == "Board"


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_with_one_etag_one_wins(town: Town) -> None:
    secret = caller(town.technician).secret
    etag = Caller(secret).get("devices/C-0001/")["ETag"]

    def work(n: int) -> int:
        body = {"serial": f"S{n}"}
        return int(Caller(secret).patch("devices/C-0001/", body, headers={"If-Match": etag}).status_code)

    assert sorted(at_once(8, work)) == [200] + [412] * 7
    assert Device.objects.get(asset_tag="C-0001").version == 2
    assert AuditEntry.objects.filter(object_key="C-0001", verb="change").count() == 1

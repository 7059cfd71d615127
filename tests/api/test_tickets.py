"""Tickets by API: opening, reading, writing on them, moving them."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from techdesk.audit.models import AuditEntry
from techdesk.notifications.models import Notification
from tests.api.conftest import Caller, Town, caller
from tests.factories import DeviceFactory, RoomFactory, person_with
from tickets.actions import open_ticket
from tickets.models import IssueType, Message, Ticket


@pytest.fixture
def teacher(town: Town) -> Caller:
    return caller(town.teacher)


@pytest.fixture
def ticket(town: Town) -> Any:
    return open_ticket(actor=town.teacher, school=town.lincoln, subject="Board stays dark", room=town.room)


# --- opening -------------------------------------------------------------------------------------------


def test_a_teacher_asks_for_help(town: Town, teacher: Caller) -> None:
    device = DeviceFactory(school=town.lincoln, asset_tag="T-1", assigned_to=town.teacher)
    issue = IssueType.objects.offered().first()
    answer = teacher.post(
        "tickets/",
        {
            "subject": "Screen is black",
            "description": "Since this morning",
            "school": "LIN",
            "room": "LIN/104",
            "devices": ["t-1", "T-1"],
            "issue_type": issue.slug,
        },
    )
    assert answer.status_code == 201, answer.content
    row = answer.json()
    ticket = Ticket.objects.get(number=row["number"])
    assert (row["subject"], row["status"], row["school"], row["room"]) == ("Screen is black", "new", "LIN", "LIN/104")
    assert row["devices"] == ["T-1"]
    assert (row["requester"], row["affected"], row["assignee"]) == (str(town.teacher.key), None, None)
    assert row["issue_type"] == issue.slug
    assert list(ticket.devices.all()) == [device]
    assert AuditEntry.objects.about(ticket).count() == 1
    assert Notification.objects.filter(recipient=town.technician).exists()


def test_a_sticker_names_any_device_of_that_school(town: Town, teacher: Caller) -> None:
    """As on the page: who reads the tag stands before the device, even when it is nobody's own."""
    body = {"subject": "Screen is black", "school": "LIN"}
    answer = teacher.post("tickets/", {**body, "devices": ["c-0001"]})
    assert (answer.status_code, answer.json()["devices"]) == (201, ["C-0001"])
    answer = teacher.post("tickets/", {**body, "devices": ["c-0001", "R-0001"]})
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_device")


def test_a_technician_asks_for_somebody_else(town: Town, tech: Caller, teacher: Caller) -> None:
    body = {"subject": "x", "school": "LIN", "requester": str(town.teacher.key), "affected": str(town.student.key)}
    row = tech.post("tickets/", body).json()
    assert (row["requester"], row["affected"]) == (str(town.teacher.key), str(town.student.key))
    # Oneself may be named; somebody else only by those who work on tickets there.
    body = {"subject": "x", "school": "LIN", "requester": str(town.teacher.key)}
    assert teacher.post("tickets/", body).status_code == 201
    body = {"subject": "x", "school": "LIN", "requester": str(town.technician.key)}
    assert teacher.post("tickets/", body).status_code == 403


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"subject": ""}, "bad_input", "subject"),
        ({"subject": "  "}, "bad_input", "subject"),
        ({"subject": "x" * 201}, "bad_input", "subject"),
        ({"school": "NONE"}, "unknown_school", "school"),
        ({"school": "ROO"}, "unknown_school", "school"),
        ({"room": "LIN/999"}, "unknown_room", "room"),
        ({"devices": ["R-0001"]}, "unknown_device", "devices"),
        ({"devices": "C-0001"}, "bad_input", "devices"),
        ({"devices": ["x"] * 51}, "bad_input", "devices"),
        ({"affected": str(uuid.uuid4())}, "unknown_person", "affected"),
        ({"affected": "me"}, "bad_input", "affected"),
        ({"issue_type": "no-such-thing"}, "unknown_issue_type", "issue_type"),
        ({"priority": "urgent"}, "bad_input", "priority"),
    ],
)
def test_bad_requests(town: Town, tech: Caller, change: dict[str, Any], code: str, field: str) -> None:
    answer = tech.post("tickets/", {"subject": "x", "school": "LIN", **change})
    assert answer.status_code == 400, answer.content
    assert (answer.json()["code"], list(answer.json()["errors"])) == (code, [field])
    assert not Ticket.objects.exists()


def test_a_room_of_another_school_than_the_tickets(town: Town) -> None:
    boss = caller(person_with("district_technician"))
    RoomFactory(school=town.roosevelt, code="9")
    answer = boss.post("tickets/", {"subject": "x", "school": "LIN", "room": "ROO/9"})
    assert (answer.status_code, answer.json()["code"]) == (400, "room_elsewhere")


# --- reading -------------------------------------------------------------------------------------------


def test_detail_has_an_etag(town: Town, tech: Caller, ticket: Any) -> None:
    answer = tech.get(f"tickets/{ticket.number}/")
    assert answer.json()["subject"] == "Board stays dark"
    again = tech.get(f"tickets/{ticket.number}/", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304


def test_filters_and_search(town: Town, tech: Caller, ticket: Any) -> None:
    other = open_ticket(actor=town.teacher, school=town.lincoln, subject="Printer", devices=[town.device])
    tech.post(f"tickets/{other.number}/assign/", {"assignee": "me"})

    def found(**parameters: Any) -> list[int]:
        answer = tech.get("tickets/", **parameters)
        assert answer.status_code == 200, answer.content
        return [row["number"] for row in answer.json()["results"]]

    assert found() == [other.number, ticket.number]
    assert found(ordering="number") == [ticket.number, other.number]
    assert found(status="new") == [ticket.number]
    assert found(status__in="new,open") == [other.number, ticket.number]
    assert found(assignee="me") == found(assignee=str(town.technician.key)) == [other.number]
    assert found(assignee__in=f"me,{uuid.uuid4()}") == [other.number]
    assert found(requester=str(town.teacher.key)) == [other.number, ticket.number]
    assert found(device="c-0001") == [other.number]
    assert found(room="LIN/104") == [ticket.number]
    assert found(school="ROO") == []
    assert found(search="printer") == [other.number]
    assert found(search=f"T-{ticket.number}") == [ticket.number]
    assert found(search="²") == []
    assert found(due_at__isnull="true") == [other.number, ticket.number]


def test_everybody_sees_their_own_and_technicians_their_schools(town: Town, teacher: Caller, ticket: Any) -> None:
    assert [row["number"] for row in teacher.get("tickets/").json()["results"]] == [ticket.number]
    assert caller(town.student).get("tickets/").json()["results"] == []
    assert caller(town.foreigner).get("tickets/").json()["results"] == []


# --- messages ------------------------------------------------------------------------------------------


def test_replies_and_notes(town: Town, tech: Caller, teacher: Caller, ticket: Any) -> None:
    address = f"tickets/{ticket.number}/messages/"
    answer = tech.post(address, {"body": "On my way"})
    assert answer.status_code == 201
    assert answer.json()["internal"] is False
    assert answer.json()["author"] == str(town.technician.key)
    note = tech.post(address, {"body": "The lamp is dead again", "internal": True})
    assert note.json()["internal"] is True
    assert [row["body"] for row in tech.every(address, limit=1)] == ["On my way", "The lamp is dead again"]
    assert [row["body"] for row in teacher.every(address)] == ["On my way"]
    assert teacher.post(address, {"body": "Thank you"}).status_code == 201
    assert teacher.post(address, {"body": "psst", "internal": True}).status_code == 403
    assert tech.post(address, {"body": " "}).status_code == 400
    assert tech.post(address, {"internal": "perhaps", "body": "x"}).status_code == 400
    assert Message.objects.count() == 3


# --- moving --------------------------------------------------------------------------------------------


def test_the_way_of_a_ticket(town: Town, tech: Caller, teacher: Caller, ticket: Any) -> None:
    address = f"tickets/{ticket.number}/"
    row = tech.post(f"{address}assign/", {"assignee": "me"}).json()
    assert (row["status"], row["assignee"]) == ("open", str(town.technician.key))
    assert tech.post(f"{address}assign/", {"assignee": None}).json()["assignee"] is None
    row = tech.post(f"{address}resolve/", {"resolution": "New cable"}).json()
    assert (row["status"], row["resolution"]) == ("resolved", "New cable")
    assert row["resolved_at"] is not None
    row = teacher.post(f"{address}reopen/", {"reason": "Dark again"}).json()
    assert (row["status"], row["resolved_at"]) == ("open", None)
    tech.post(f"{address}resolve/", {"resolution": "New lamp"})
    assert teacher.post(f"{address}close/").json()["status"] == "closed"
    verbs = [entry.verb for entry in AuditEntry.objects.about(ticket)]
    assert verbs[-6:] == ["assign", "unassign", "resolve", "reopen", "resolve", "close"]


def test_what_its_state_forbids(town: Town, tech: Caller, ticket: Any) -> None:
    address = f"tickets/{ticket.number}/"
    assert tech.post(f"{address}close/").json()["code"] == "cannot_close"
    assert tech.post(f"{address}reopen/", {"reason": "x"}).json()["code"] == "cannot_reopen"
    tech.post(f"{address}resolve/", {"resolution": "done"})
    answer = tech.post(f"{address}resolve/", {"resolution": "done"})
    assert (answer.status_code, answer.json()["code"]) == (409, "cannot_resolve")


def test_only_somebody_who_works_there_gets_a_ticket(town: Town, tech: Caller, ticket: Any) -> None:
    address = f"tickets/{ticket.number}/assign/"
    answer = tech.post(address, {"assignee": str(town.teacher.key)})
    assert (answer.status_code, answer.json()["code"]) == (400, "not_a_technician")
    assert tech.post(address, {"assignee": str(town.student.key)}).status_code == 400
    assert tech.post(address, {"assignee": str(uuid.uuid4())}).json()["code"] == "unknown_person"
    assert tech.post(address, {}).json()["code"] == "bad_input"
    # A technician of the district, without a role at this school, is named all the same.
    boss = person_with("district_technician")
    assert tech.post(address, {"assignee": str(boss.key)}).json()["assignee"] == str(boss.key)


VERBS = {
    "": None,
    "messages/": {"body": "x"},
    "assign/": {"assignee": "me"},
    "resolve/": {"resolution": "x"},
    "reopen/": {"reason": "x"},
    "close/": {},
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_foreign_ticket_is_not_there(town: Town, ticket: Any, verb: str) -> None:
    script = caller(town.foreigner)
    body = VERBS[verb]
    for number in (ticket.number, 999_999):
        address = f"tickets/{number}/{verb}"
        if body is None or verb == "messages/":
            assert script.get(address).status_code == 404
        if body is not None:
            assert script.post(address, body).status_code == 404
    ticket.refresh_from_db()
    assert ticket.version == 1


@pytest.mark.parametrize("verb", ["assign/", "resolve/"])
def test_the_requester_sees_but_may_not(town: Town, teacher: Caller, ticket: Any, verb: str) -> None:
    answer = teacher.post(f"tickets/{ticket.number}/{verb}", VERBS[verb])
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")

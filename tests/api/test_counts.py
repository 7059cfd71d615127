"""The number of statements of each list is the same for 1, 3 and many rows, and is known."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from devices.actions import CheckOut, check_in_many, check_out_many
from devices.actions.custody import CheckIn
from tests.api.conftest import Caller, Town, caller
from tests.factories import DeviceFactory, RoomFactory, SchoolFactory, StudentFactory, grant, person_with
from tickets.actions import add_message, open_ticket

#: Two statements tell who calls: the token with its owner, and the roles.
CALLER = 2


def _schools(town: Town, n: int) -> None:
    SchoolFactory()


def _rooms(town: Town, n: int) -> None:
    RoomFactory(school=town.lincoln, code=f"N{n}")


def _people(town: Town, n: int) -> None:
    grant(StudentFactory(), "student", town.lincoln)


def _devices(town: Town, n: int) -> None:
    device = DeviceFactory(school=town.lincoln, home_room=town.room, assigned_to=town.student)
    if n < 10:
        check_out_many(actor=town.technician, items=[CheckOut(device=device, person=town.student)])


def _custodies(town: Town, n: int) -> None:
    check_out_many(actor=town.technician, items=[CheckOut(device=town.device, person=town.student)])
    check_in_many(actor=town.technician, items=[CheckIn(device=town.device)])


def _tickets(town: Town, n: int) -> None:
    open_ticket(
        actor=town.teacher,
        school=town.lincoln,
        subject="x",
        room=town.room,
        devices=[town.device],
        affected=town.student,
    )


def _messages(town: Town, n: int) -> None:
    add_message(actor=town.technician, ticket=town.ticket, body=f"{n}")  # type: ignore[attr-defined]


LISTS = {
    # list: (how a row is made, statements besides those of the caller)
    "schools/": (_schools, 1),
    "rooms/": (_rooms, 1),
    # The people, and who was shown.
    "people/": (_people, 2),
    "devices/": (_devices, 2),
    # The device, its custodies, and who was shown.
    "devices/C-0001/history/": (_custodies, 3),
    "tickets/": (_tickets, 2),
    # The ticket and its messages; nobody but staff wrote.
    "tickets/{number}/messages/": (_messages, 2),
}


@pytest.mark.parametrize("path", LISTS)
def test_statements_of_a_list(town: Town, path: str) -> None:
    make, expected = LISTS[path]
    if "number" in path:
        town.ticket = open_ticket(actor=town.teacher, school=town.lincoln, subject="x")  # type: ignore[attr-defined]
        path = path.format(number=town.ticket.number)  # type: ignore[attr-defined]
    person = person_with("district_technician") if path == "schools/" else town.technician
    script = caller(person, scope="read")
    rows = 0
    # A custody or a message is made one by one; 60 of them tell as much.
    for wanted in (1, 3, 60 if make in {_custodies, _messages} else 300):
        while rows < wanted:
            make(town, rows)
            rows += 1
        answer, statements = _asked(script, path)
        assert len(answer["results"]) >= wanted
        assert len(statements) == CALLER + expected, (wanted, statements)


def _asked(script: Caller, path: str) -> tuple[dict[str, Any], list[str]]:
    with CaptureQueriesContext(connection) as queries:
        answer = script.get(path, limit=1000)
    assert answer.status_code == 200, answer.content
    return answer.json(), [query["sql"] for query in queries]


@pytest.mark.parametrize(
    ("path", "expected"), [("devices/C-0001/", 2), ("people/{id}/", 2), ("schools/LIN/", 1), ("rooms/LIN/104/", 1)]
)
def test_statements_of_a_detail(town: Town, path: str, expected: int) -> None:
    check_out_many(actor=town.technician, items=[CheckOut(device=town.device, person=town.student)])
    script = caller(town.technician, scope="read")
    with CaptureQueriesContext(connection) as queries:
        answer = script.get(path.format(id=town.student.key))
    assert answer.status_code == 200
    assert len(queries) == CALLER + expected

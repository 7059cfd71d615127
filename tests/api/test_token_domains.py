"""A token that is narrowed to some domains: every address of the API answers it accordingly."""

from __future__ import annotations

import json
from typing import Any

import pytest

from techdesk.api.domains import EVERY_TOKEN, domains
from techdesk.api.views import ApiView, Operation
from techdesk.directory.actions import change_person, change_school
from tests.api.conftest import Town, caller
from tests.architecture.addresses import walk
from tests.factories import person_with
from tickets.actions import open_ticket

#: What every token may ask; each narrows itself.
OPEN = {"schema", "changes_list"}


def operations() -> list[tuple[str, str, Operation]]:
    """(route, method, operation) of every address of the API."""
    found = []
    for address in walk():
        view = getattr(address.view, "cls", None)
        if view is not None and issubclass(view, ApiView):
            found += [(address.route, method, operation) for method, operation in view.operations.items()]
    return found


def test_every_operation_belongs_to_a_domain() -> None:
    declared = set(domains().values())
    assert {one.name for one in declared} >= {"devices", "people", "schools", "tickets"}
    assert len(operations()) > 20
    for route, method, operation in operations():
        if operation.id in OPEN:
            assert operation.belongs_to == EVERY_TOKEN
        else:
            assert operation.belongs_to in declared, (method, route)


@pytest.fixture
def filled(town: Town) -> dict[str, Any]:
    """An object behind every kind of argument."""
    ticket = open_ticket(actor=town.teacher, school=town.lincoln, subject="Board", devices=[town.device])
    return {
        "<str:asset_tag>": "C-0001",
        "<path:asset_tag>": "C-0001",
        "<path:code>": "LIN",
        "<path:room>": "LIN/104",
        "<uuid:id>": str(town.student.key),
        "<int:number>": str(ticket.number),
    }


@pytest.mark.parametrize("narrowed", [["devices"], ["people"], ["schools", "tickets"]])
def test_every_address_asks_for_its_domain(town: Town, filled: dict[str, Any], narrowed: list[str]) -> None:
    script = caller(person_with("district_admin"), domains=narrowed)
    asked = 0
    for route, method, operation in operations():
        path = "/" + route
        for argument, value in filled.items():
            path = path.replace(argument, value)
        assert "<" not in path, path
        send = {"GET": script.get, "POST": script.post, "PATCH": script.patch}[method]
        answer = send(path)
        reached = operation.id in OPEN or operation.belongs_to.name in narrowed
        refused = answer.status_code == 403 and answer.json()["code"] == "token_domain"
        assert refused != reached, (method, path, answer.status_code)
        if refused:
            assert answer.json()["domains"] == narrowed and answer.json()["domain"] == operation.belongs_to.name
            assert town.student.family_name not in answer.content.decode()
        asked += 1
    assert asked > 20


def test_a_token_without_domains_reaches_all(town: Town) -> None:
    script = caller(town.technician, domains=[])
    for path in ("devices/", "people/", "schools/", "rooms/", "tickets/"):
        assert script.get(path).status_code == 200


def test_the_feed_tells_of_the_domains_of_the_token(town: Town) -> None:
    change_person(actor=town.technician, person=town.student, grade="4")
    change_school(actor=town.technician, school=town.lincoln, name="Lincoln Elementary")
    boss = person_with("district_admin")
    everything, people = caller(boss), caller(boss, domains=["people"])
    assert {row["type"] for row in everything.get("changes/").json()["results"]} == {"people", "schools"}
    first = people.get("changes/")
    assert {row["type"] for row in first.json()["results"]} == {"people"}
    assert people.get("changes/", type="schools").json()["results"] == []
    # What one token was told is no answer for another.
    etag = everything.get("changes/")["ETag"]
    assert people.get("changes/", headers={"If-None-Match": etag}).status_code == 200
    assert people.get("changes/", headers={"If-None-Match": first["ETag"]}).status_code == 304


def test_the_schema_shows_what_the_token_reaches(town: Town) -> None:
    whole = caller(town.technician).get("schema/").json()
    mine = caller(town.technician, domains=["tickets"]).get("schema/").json()
    assert any("/devices/" in path for path in whole["paths"]) and "Person" in whole["components"]["schemas"]
    inside = {path.removeprefix("/api/v1/").split("/")[0] for path in mine["paths"]}
    assert inside == {"tickets", "schema", "changes"}
    assert {"Ticket", "Message", "Problem"} <= set(mine["components"]["schemas"])
    assert not {"Person", "Device", "School"} & set(mine["components"]["schemas"])
    # Whatever it refers to is there.
    for name in {part.split('"')[0] for part in json.dumps(mine).split("#/components/schemas/")[1:]}:
        assert name in mine["components"]["schemas"]
    # The whole one was not cut.
    assert caller(town.technician).get("schema/").json() == whole

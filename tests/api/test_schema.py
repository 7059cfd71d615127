"""The schema is valid and complete, and the reading room shows it without a script."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
import yaml
from django.core.management import call_command

from tests.api.conftest import Caller, Town, caller
from tests.factories import person_with
from tickets.actions import open_ticket

#: What the contract promises: other systems rely on these names.
PROMISED = {
    "School": "code name",
    "Person": "id name given_name family_name email roles schools identifier",
    "Device": "asset_tag serial manufacturer model category status condition school room cart slot holder due_on"
    " os_version last_seen_at auto_update_through created_at updated_at",
    "Custody": "id device holder_type person room cart slot out_at due_on in_at condition_out condition_in",
    "Ticket": "number subject description status priority issue_type school room devices requester affected assignee"
    " team created_at updated_at due_at",
    "Message": "id author body internal created_at",
}


def test_the_schema_is_valid_without_a_warning() -> None:
    out = io.StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    assert "openapi" in out.getvalue()


def test_every_field_of_the_contract_is_described(town: Town, tech: Caller) -> None:
    answer = tech.get("schema/")
    assert answer.status_code == 200
    things = answer.json()["components"]["schemas"]
    for thing, names in PROMISED.items():
        assert set(names.split()) <= set(things[thing]["properties"]), thing


def test_json_and_yaml_are_the_same_schema(town: Town, tech: Caller) -> None:
    as_json = tech.get("schema/", format="json").json()
    as_yaml = yaml.safe_load(tech.get("schema/", format="yaml").content)
    assert as_json == json.loads(json.dumps(as_yaml))
    assert tech.get("schema/", format="xml").status_code == 400
    assert Caller().get("schema/").status_code == 401


def test_a_list_answers_what_the_schema_says(town: Town, tech: Caller) -> None:
    things = tech.get("schema/").json()["components"]["schemas"]
    for path, thing in (("devices/", "Device"), ("people/", "Person"), ("schools/", "School"), ("rooms/", "Room")):
        row = tech.get(path).json()["results"][0]
        assert set(row) == set(things[thing]["properties"]), path


def _example(parameter: dict[str, Any]) -> str:
    schema = parameter["schema"]
    if schema.get("type") == "array":
        schema = schema["items"]
    if "oneOf" in schema:
        schema = schema["oneOf"][0]
    if "enum" in schema:
        return str(schema["enum"][0])
    kinds = {"date": "2026-03-01", "date-time": "2026-03-01T08:00:00Z", "uuid": "0190f1d4-0000-7000-8000-000000000000"}
    return {"boolean": "true", "integer": "1"}.get(schema["type"], kinds.get(schema.get("format"), "x"))


@pytest.mark.parametrize("role", ["technician", "teacher"])
def test_every_documented_operation_answers(town: Town, role: str) -> None:
    """Called with every parameter it declares, and with an empty body: never 500, and nothing undocumented."""
    person = town.technician if role == "technician" else town.teacher
    ticket = open_ticket(actor=town.teacher, school=town.lincoln, subject="Board stays dark")
    script = caller(person)
    keys = {
        "asset_tag": "C-0001",
        "code": "LIN",
        "room": "LIN/104",
        "id": str(person.key),
        "number": str(ticket.number),
    }
    called = 0
    for path, methods in script.get("schema/").json()["paths"].items():
        address = re.sub(r"{(\w+)}", lambda found: keys[found[1]], path)
        for method, operation in methods.items():
            asked = [one for one in operation.get("parameters", []) if one["in"] == "query"]
            tries: list[dict[str, str]] = [{}, *({one["name"]: _example(one)} for one in asked)]
            for parameters in tries if method == "get" else [{}]:
                answer = getattr(script, method)(address, **parameters)
                if answer.streaming:
                    b"".join(answer.streaming_content)
                label = f"{role} {method} {address} {parameters}: {answer.status_code}"
                assert answer.status_code < 500, label
                assert str(answer.status_code) in operation["responses"], label
                kind = answer["Content-Type"].partition(";")[0]
                assert kind in operation["responses"][str(answer.status_code)]["content"], label
                called += 1
    assert called > 100


def test_the_reading_room_needs_a_login_and_no_script(town: Town, signed_in: Any) -> None:
    answer = Caller().client.get("/api/v1/docs/")
    assert answer.status_code == 302
    page = signed_in(person_with("teacher", town.lincoln)).get("/api/v1/docs/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "/devices/{asset_tag}/check-out/" in text
    assert "already_checked_out" in text
    main = text[text.index("<main") :]
    assert "<script" not in main and "style=" not in main
    assert "Expression" not in text

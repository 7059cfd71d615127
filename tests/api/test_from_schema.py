"""Requests made from the schema, as a stranger's client would make them: no answer is a 5xx, and none is one that the
schema does not describe. The same requests every time; `make long` sends many more."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connection, transaction
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from devices.actions import check_out
from devices.models import Device
from tests.api.conftest import API, Town, caller
from tests.factories import CartFactory, DeviceFactory, person_with
from tickets.actions import add_message, open_ticket

ROLES = ("teacher", "technician", "district_admin")
SEED = 20260301
CHECKS: Any = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
#: Every day, for each operation; and with `make long`.
FEW, MANY = 8, int(os.environ.get("TECHDESK_SCHEMA_EXAMPLES", "250"))


@pytest.fixture(autouse=True)
def _one_connection(db: Any) -> Iterator[None]:
    """The requests run in the test's own transaction, so its connection stays open between them, however long it takes
    to think of the next one."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def people(town: Town) -> dict[str, Any]:
    """The town with something of everything in it."""
    CartFactory(school=town.lincoln, asset_tag="CART-1", slot_count=4)
    DeviceFactory(school=town.lincoln, asset_tag="C-0002", home_room=town.room, assigned_to=town.student)
    ticket = open_ticket(actor=town.teacher, school=town.lincoln, subject="Board", devices=[town.device])
    add_message(actor=town.technician, ticket=ticket, body="On my way")
    check_out(actor=town.technician, device=Device.objects.get(asset_tag="C-0002"), person=town.student)
    town.known = {  # type: ignore[attr-defined]
        "asset_tag": "C-0001",
        "code": "LIN",
        "room": "LIN/104",
        "id": str(town.student.key),
        "number": ticket.number,
    }
    return {
        "teacher": town.teacher,
        "technician": town.technician,
        "district_admin": person_with("district_admin"),
    }


def operations(secret: str) -> Iterator[Any]:
    schema = schemathesis.openapi.from_wsgi(
        f"{API}schema/", app=get_wsgi_application(), headers={"Authorization": f"Bearer {secret}"}
    )
    for found in schema.get_all_operations():
        yield found.ok()


def ask(town: Town, role: str, people: dict[str, Any], examples: int) -> int:
    """Send `examples` requests for each operation, each undone afterwards; return how many were sent."""
    secret = caller(people[role]).secret
    known: dict[str, Any] = town.known  # type: ignore[attr-defined]
    sent = 0
    for operation in operations(str(secret)):

        @hypothesis.seed(SEED)
        @hypothesis.settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(case=operation.as_strategy(), there=st.sampled_from([True, True, True, False]))
        def one(case: Any, there: bool) -> None:
            nonlocal sent
            if there:  # else a key that is most likely nobody's
                for name in case.path_parameters or {}:
                    case.path_parameters[name] = known[name]
            with transaction.atomic():
                answer = case.call(headers={"Authorization": f"Bearer {secret}"})
                transaction.set_rollback(True)
            case.validate_response(answer, checks=CHECKS)
            sent += 1

        one()
    return sent


@pytest.mark.parametrize("role", ROLES)
def test_nothing_breaks_and_everything_is_described(town: Town, people: dict[str, Any], role: str) -> None:
    assert ask(town, role, people, FEW) > 100


@pytest.mark.long
@pytest.mark.parametrize("role", ROLES)
def test_many_requests_of_each_kind(town: Town, people: dict[str, Any], role: str) -> None:
    assert ask(town, role, people, MANY) > 1000

"""Who was shown which student: one row per request, whole set, and nothing is shown that cannot be logged."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError

from devices.actions import check_out
from techdesk.audit.models import Disclosure
from tests.api.conftest import Caller, Town, caller
from tests.factories import DeviceFactory, person_with
from tickets.actions import open_ticket


def shown() -> list[tuple[str, str, list[int]]]:
    return [(row.channel, row.purpose, row.students) for row in Disclosure.objects.order_by("id")]


def test_a_list_of_people_is_one_row_with_the_whole_set(town: Town, tech: Caller) -> None:
    other = person_with("student", town.lincoln)
    tech.get("people/")
    assert shown() == [("api", "people", sorted([town.student.pk, other.pk]))]


def test_holders_and_assigned_students_of_devices(town: Town, tech: Caller) -> None:
    other = person_with("student", town.lincoln)
    check_out(actor=town.technician, device=town.device, person=town.student)
    DeviceFactory(school=town.lincoln, asset_tag="C-0002", assigned_to=other)
    tech.get("devices/")
    tech.get("devices/C-0001/")
    tech.get("devices/C-0001/history/")
    both = sorted([town.student.pk, other.pk])
    assert shown() == [
        ("api", "devices", both),
        ("api", "devices", [town.student.pk]),
        ("api", "custodies", [town.student.pk]),
    ]


def test_a_write_that_answers_with_a_student_is_one_too(town: Town, tech: Caller) -> None:
    tech.post("devices/C-0001/check-out/", {"person": str(town.student.key)})
    open_ticket(actor=town.teacher, school=town.lincoln, subject="x", affected=town.student)
    tech.get("tickets/")
    assert shown() == [("api", "custodies", [town.student.pk]), ("api", "tickets", [town.student.pk])]


def test_no_row_without_a_student_or_for_oneself(town: Town, tech: Caller) -> None:
    check_out(actor=town.technician, device=town.device, person=town.student)
    tech.get("devices/", fields="asset_tag,status,due_on")
    tech.get("devices/", search="nothing")
    tech.get("schools/")
    caller(town.student).get("people/")
    caller(town.student).get("devices/")
    assert shown() == []


def test_what_cannot_be_logged_is_not_shown(town: Town, tech: Caller, monkeypatch: Any) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise DatabaseError("no room left")

    monkeypatch.setattr(Disclosure.objects, "create", refuse)
    tech.client.raise_request_exception = False
    answer = tech.get("people/")
    assert answer.status_code == 503
    assert "Ruiz" not in answer.content.decode()


@pytest.mark.parametrize("role", ["teacher", "staff"])
def test_a_ticket_names_no_student_to_those_who_do_not_see_them(town: Town, role: str) -> None:
    """The requester entered it for a student of somebody else's class: their own ticket, not that student's record."""
    asker = person_with(role, town.lincoln)
    ticket = open_ticket(
        actor=town.technician, requester=asker, school=town.lincoln, subject="x", affected=town.student
    )
    row = caller(asker).get(f"tickets/{ticket.number}/").json()
    assert row["requester"] == str(asker.key)
    assert row["affected"] is None
    assert shown() == []

"""`Idempotency-Key`: the same request sent twice acts once and gets the same answer."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine

from devices.models import Custody, Device
from techdesk.api.actions import forget_answers
from techdesk.api.models import IdempotentRequest
from techdesk.audit.models import AuditEntry, Disclosure
from techdesk.base.clock import now
from techdesk.directory.actions import end_role, grant_role
from techdesk.directory.models import RoleAssignment
from tests.api.conftest import Caller, Town, caller
from tests.api.test_problems import check
from tests.threads import at_once
from tickets.models import Ticket

KEY = {"Idempotency-Key": "7f1c0e9a-once"}
TICKET = {"subject": "Board stays dark", "school": "LIN"}


def test_the_same_request_twice_acts_once(town: Town, tech: Caller) -> None:
    first = tech.post("tickets/", TICKET, headers=KEY)
    assert first.status_code == 201 and not first.has_header("Idempotency-Replayed")
    # The order of members is no other body.
    again = tech.post("tickets/", dict(reversed(TICKET.items())), headers=KEY)
    assert (again.status_code, again.content) == (201, first.content)
    assert again["Idempotency-Replayed"] == "true"
    for name in ("ETag", "Location", "Content-Type"):
        assert again[name] == first[name]
    assert Ticket.objects.count() == AuditEntry.objects.filter(verb="open").count() == 1


def test_the_same_key_for_another_body_is_refused(town: Town, tech: Caller) -> None:
    tech.post("tickets/", TICKET, headers=KEY)
    check(tech.post("tickets/", {**TICKET, "subject": "Other"}, headers=KEY), 409, "idempotency_key_reused")
    check(tech.post("tickets/?fields=number", TICKET, headers=KEY), 409, "idempotency_key_reused")
    assert Ticket.objects.count() == 1


def test_a_key_belongs_to_a_token_and_an_address(town: Town, tech: Caller) -> None:
    number = tech.post("tickets/", TICKET, headers=KEY).json()["number"]
    assert caller(town.technician).post("tickets/", TICKET, headers=KEY).json()["number"] != number
    assert caller(town.teacher).post("tickets/", TICKET, headers=KEY).json()["number"] != number
    assert tech.post(f"tickets/{number}/assign/", {"assignee": "me"}, headers=KEY).json()["number"] == number
    assert Ticket.objects.count() == 3


def test_a_signed_in_person_may_use_keys_too(town: Town, signed_in: Any) -> None:
    client = signed_in(town.technician)
    first, again = (
        client.post("/api/v1/tickets/", TICKET, content_type="application/json", headers=KEY) for _ in range(2)
    )
    assert first.content == again.content and Ticket.objects.count() == 1


def test_what_was_refused_may_be_tried_again(town: Town, tech: Caller) -> None:
    """A refusal had no effect, so it is not remembered: the key still stands for this request."""
    check(tech.post("devices/C-0001/check-in/", {}, headers=KEY), 409, "not_checked_out")
    assert not IdempotentRequest.objects.exists()
    tech.post("devices/C-0001/check-out/", {"room": "LIN/104"})
    assert tech.post("devices/C-0001/check-in/", {}, headers=KEY).status_code == 200
    assert tech.post("devices/C-0001/check-in/", {}, headers=KEY).status_code == 200
    assert Custody.objects.count() == 1


def test_what_broke_is_not_remembered(town: Town, tech: Caller, monkeypatch: Any) -> None:
    def broken(*args: Any, **options: Any) -> None:
        raise RuntimeError("power cut")

    tech.client.raise_request_exception = False
    with monkeypatch.context() as patched:
        patched.setattr("tickets.api.views.row_answer", broken)  # after the ticket was written
        assert tech.post("tickets/", TICKET, headers=KEY).status_code == 500
    assert not Ticket.objects.exists() and not IdempotentRequest.objects.exists()
    assert tech.post("tickets/", TICKET, headers=KEY).status_code == 201


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "x" * 256, "tab\there"])
def test_keys_that_cannot_be_used(town: Town, tech: Caller, key: str) -> None:
    answer = tech.post("tickets/", TICKET, headers={"Idempotency-Key": key})
    check(answer, 400, "bad_idempotency_key")
    assert not Ticket.objects.exists()


def test_a_stale_write_is_replayed_not_compared_again(town: Town, tech: Caller) -> None:
    headers = {**KEY, "If-Match": '"1"'}
    first = tech.patch("devices/C-0001/", {"condition": "worn"}, headers=headers)
    again = tech.patch("devices/C-0001/", {"condition": "worn"}, headers=headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again["Idempotency-Replayed"] == "true"
    assert Device.objects.get(asset_tag="C-0001").version == 2


def test_an_answer_with_a_student_is_disclosed_again(town: Town, tech: Caller) -> None:
    body = {"person": str(town.student.key)}
    for _ in range(2):
        assert tech.post("devices/C-0001/check-out/", body, headers=KEY).status_code == 201
    assert [d.students for d in Disclosure.objects.of_student(town.student)] == [[town.student.pk]] * 2


def test_who_sees_less_than_before_gets_no_old_answer(town: Town) -> None:
    grant_role(actor=town.technician, person=town.technician, role="technician", school=town.roosevelt)
    tech = caller(town.technician)
    tech.post("devices/R-0001/check-out/", {"person": str(town.student.key)}, headers=KEY)
    grant_role(actor=town.technician, person=town.technician, role="librarian", school=town.lincoln)
    again = tech.post("devices/R-0001/check-out/", {"person": str(town.student.key)}, headers=KEY)
    assert again.status_code == 201  # more than before is no hindrance
    end_role(
        actor=town.technician,
        assignment=RoleAssignment.objects.get(person=town.technician, role="technician", school=town.roosevelt),
    )
    answer = tech.post("devices/R-0001/check-out/", {"person": str(town.student.key)}, headers=KEY)
    check(answer, 403, "answer_withheld")
    assert str(town.student.key) not in answer.content.decode()
    assert Custody.objects.count() == 1


def test_a_student_who_went_out_of_sight_is_not_shown_again(town: Town, tech: Caller) -> None:
    body = {"person": str(town.student.key)}
    assert tech.post("devices/C-0001/check-out/", body, headers=KEY).status_code == 201
    for held in RoleAssignment.objects.filter(person=town.student):
        end_role(actor=town.technician, assignment=held)
    check(tech.post("devices/C-0001/check-out/", body, headers=KEY), 403, "answer_withheld")


def test_after_a_day_the_key_is_free(town: Town, tech: Caller) -> None:
    tech.post("tickets/", TICKET, headers=KEY)
    with time_machine.travel(now() + dt.timedelta(hours=23, minutes=59)):
        assert forget_answers() == 0
        assert tech.post("tickets/", TICKET, headers=KEY)["Idempotency-Replayed"] == "true"
    with time_machine.travel(now() + dt.timedelta(hours=24, minutes=1)):
        assert not tech.post("tickets/", TICKET, headers=KEY).has_header("Idempotency-Replayed")
    with time_machine.travel(now() + dt.timedelta(hours=49)):
        assert forget_answers() == 1
        assert forget_answers() == 0
    assert Ticket.objects.count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round", range(3))
def test_five_at_once_make_one_ticket_with_one_answer(town: Town, round: int) -> None:
    secret = caller(town.technician).secret

    def work(n: int) -> tuple[int, bytes, bool]:
        answer = Caller(secret).post("tickets/", TICKET, headers=KEY)
        return answer.status_code, answer.content, answer.has_header("Idempotency-Replayed")

    results = at_once(5, work)
    assert {status for status, _content, _again in results} == {201}
    assert len({content for _status, content, _again in results}) == 1
    assert sorted(again for *_rest, again in results) == [False, True, True, True, True]
    assert Ticket.objects.count() == AuditEntry.objects.filter(verb="open").count() == 1


@pytest.mark.django_db(transaction=True)
def test_five_at_once_of_which_the_first_is_refused(town: Town) -> None:
    """Nobody waits for an answer that never comes: each is refused by itself."""
    secret = caller(town.technician).secret
    results = at_once(5, lambda n: Caller(secret).post("devices/C-0001/check-in/", {}, headers=KEY).status_code)
    assert results == [409] * 5
    assert not IdempotentRequest.objects.exists()

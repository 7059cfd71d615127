"""Two workers and two clocks do each thing once; a bad way to the mail server loses nothing and doubles knowably."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from techdesk.base.clock import now
from techdesk.base.invariants import broken
from techdesk.directory.actions import create_token
from techdesk.notifications.models import Delivery
from tests.factories import SchoolFactory, person_with
from tests.faults.town import Town
from tickets.actions import open_ticket

TICKETS = 40


def all_sent() -> bool:
    return not Delivery.objects.exclude(state__in=["sent", "not_sent"]).exists()


def expected_ids() -> set[str]:
    """The Message-ID of each delivery that is a mail of its own."""
    mails = Delivery.objects.filter(state="sent", carrier__isnull=True)
    return {f"<{key}@127.0.0.1>" for key in mails.values_list("key", flat=True)}


def open_tickets(town: Town, school: Any, teacher: Any) -> None:
    token = create_token(actor=teacher, owner=teacher, name="form", scope="write")[1]

    def ask(n: int) -> int:
        body = {"subject": f"Board {n} stays dark", "school": school.code}
        return town.request("POST", "/api/v1/tickets/", token=token, body=body)[0]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(TICKETS))) == [201] * TICKETS


def test_two_clocks_and_two_workers_do_each_thing_once(shared_town: Callable[..., Town]) -> None:
    school = SchoolFactory()
    technicians = [person_with("technician", school) for _ in range(3)]
    teacher = person_with("teacher", school)
    town = shared_town(workers=2, beats=2)
    # Some of it is for the daily mail, and its hour has come for all three at once.
    tickets = [open_ticket(actor=teacher, school=school, subject=f"Lamp {n}") for n in range(4)]
    held = Delivery.objects.filter(recipient__in=technicians, state="waiting", attempts=0, lease_until=None)
    for_digest = held.update(state="digest", available_at=now())
    open_tickets(town, school, teacher)
    took = town.wait_until(all_sent, 90)
    time.sleep(35)  # one more turn of the clocks: what is done stays done

    ids = town.mail.ids()
    assert set(ids) == expected_ids()
    assert set(ids.values()) == {1}, "nothing was sent twice"
    digests = Delivery.objects.filter(digest_on__isnull=False)
    assert digests.count() <= len(technicians)
    print(f"{len(ids)} mails, {digests.count()} of them daily, for {for_digest} notices of {len(tickets)} tickets")
    print(f"all sent after {took:.1f} s")
    assert list(broken()) == []


@pytest.mark.parametrize("trouble", ["slow", "cut", "answers lost"])
def test_a_bad_way_to_the_mail_server(shared_town: Callable[..., Town], trouble: str) -> None:
    school = SchoolFactory()
    technicians = [person_with("technician", school) for _ in range(2)]
    teacher = person_with("teacher", school)
    town = shared_town(workers=2, proxied=["mail"])
    way = town.proxies["mail"]
    if trouble == "slow":
        way.latency = 0.05
    elif trouble == "cut":
        way.cut_mails = 5
    else:
        way.lost_answers = 3
    open_tickets(town, school, teacher)
    took = town.wait_until(all_sent, 90)
    assert way.cut_mails == way.lost_answers == 0, "it happened"

    ids = town.mail.ids()
    assert set(ids) == expected_ids(), "each at least once, and nothing else"
    assert len(ids) >= TICKETS * (len(technicians) + 1)
    doubled = sum(count - 1 for count in ids.values())
    print(f"{trouble}: {len(ids)} mails, {doubled} doubled, {took:.1f} s")
    assert doubled == (3 if trouble == "answers lost" else 0)
    assert list(broken()) == []

"""The job outbox: what a change asked for is carried out, once where it can be, again where it must be."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from techdesk.base.clock import now
from techdesk.base.errors import NotPossible
from techdesk.jobs.actions import drain, drain_slow, enqueue, job
from techdesk.jobs.actions.outbox import MAX_ATTEMPTS, _kinds
from techdesk.jobs.choices import JobState
from techdesk.jobs.imports.lock import AtWork
from techdesk.jobs.models import Job

pytestmark = pytest.mark.django_db

Carried = list[dict[str, Any]]


@pytest.fixture
def declared() -> Iterator[Callable[..., Carried]]:
    """declared(work) -> the payloads carried out; jobs of the kind "test" do `work` first."""
    before = dict(_kinds)

    def make(work: Callable[..., None] = lambda **_payload: None) -> Carried:
        done: Carried = []

        def run(**payload: Any) -> None:
            work(**payload)
            done.append(payload)

        job("test")(run)
        return done

    yield make
    _kinds.clear()
    _kinds.update(before)


def ask(**facts: Any) -> None:
    with transaction.atomic():
        enqueue("test", **facts)


def test_what_was_asked_for_is_carried_out_once(declared: Any) -> None:
    done = declared()
    ask(ticket_id=7)
    assert drain() == 1 and drain() == 0
    assert done == [{"ticket_id": 7}]
    row = Job.objects.get()
    assert (row.state, row.attempts, row.lease_until) == (JobState.DONE, 1, None) and row.done_at


def test_a_change_that_is_taken_back_takes_its_job_with_it(declared: Any) -> None:
    declared()
    with transaction.atomic():
        enqueue("test")
        transaction.set_rollback(True)
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_asking_belongs_into_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        enqueue("test")


def test_a_key_is_good_for_one_job_for_ever(declared: Any) -> None:
    done = declared()
    ask(key="digest:7:2026-11-22", turn=1)
    ask(key="digest:7:2026-11-22", turn=2)
    drain()
    ask(key="digest:7:2026-11-22", turn=3)
    drain()
    assert done == [{"turn": 1}]


def test_not_before_its_time(declared: Any) -> None:
    done = declared()
    ask(available_at=now() + dt.timedelta(hours=1))
    assert drain() == 0
    Job.objects.update(available_at=now())
    assert drain() == 1 and done == [{}]


def test_one_that_fails_waits_longer_each_time_and_is_given_up_at_last(declared: Any) -> None:
    def fail() -> None:
        raise RuntimeError("no room on the disk")

    done = declared(fail)
    ask()
    waits = []
    for _turn in range(MAX_ATTEMPTS):
        Job.objects.update(available_at=now())
        drain()
        waits.append((Job.objects.get().available_at - now()).total_seconds())
    assert 3 < waits[0] < 7 < waits[1] < 13
    row = Job.objects.get()
    assert row.state == JobState.DEAD and "no room on the disk" in row.last_error
    assert drain() == 0 and not done


def test_a_refusal_is_final_and_stops_no_other(declared: Any) -> None:
    def refuse(turn: int) -> None:
        if turn == 1:
            raise NotPossible("Closed already.", code="closed")

    done = declared(refuse)
    ask(turn=1)
    ask(turn=2)
    assert drain() == 2
    assert done == [{"turn": 2}]
    assert Job.objects.get(payload={"turn": 1}).last_error == "closed: Closed already."


def test_a_job_of_a_worker_that_died_is_taken_over_when_its_lease_ends(declared: Any) -> None:
    done = declared()
    ask()
    Job.objects.update(attempts=1, lease_until=now() + dt.timedelta(minutes=1))
    assert drain() == 0
    Job.objects.update(lease_until=now() - dt.timedelta(seconds=1))
    assert drain() == 1 and done == [{}]


def test_one_that_kills_its_worker_each_time_is_given_up(declared: Any) -> None:
    done = declared()
    ask()
    Job.objects.update(attempts=MAX_ATTEMPTS, lease_until=now() - dt.timedelta(seconds=1))
    drain()
    assert Job.objects.get().state == JobState.DEAD and not done


def test_who_waits_for_a_job_learns_that_it_was_given_up(declared: Any) -> None:
    told: Carried = []

    @job("test", gave_up=lambda **payload: told.append(payload))
    def run(**payload: Any) -> None:
        raise RuntimeError("broken")

    for number in (1, 2, 3):
        ask(number=number)
    Job.objects.filter(payload__number=1).update(attempts=MAX_ATTEMPTS, lease_until=now() - dt.timedelta(seconds=1))
    Job.objects.filter(payload__number=2).update(attempts=MAX_ATTEMPTS - 1)
    drain()
    assert sorted(payload["number"] for payload in told) == [1, 2], "the worker died each time; it failed each time"
    assert dict(Job.objects.values_list("payload__number", "state")) == {1: "dead", 2: "dead", 3: "waiting"}


def test_a_job_is_given_up_also_when_saying_so_fails(declared: Any) -> None:
    def gave_up() -> None:
        raise RuntimeError("broken, too")

    @job("test", gave_up=gave_up)
    def run() -> None:
        raise NotPossible("No.")

    ask()
    drain()
    assert Job.objects.get().state == JobState.DEAD


def test_a_job_that_another_worker_is_at_is_not_used_up(declared: Any) -> None:
    def busy() -> None:
        raise AtWork("somebody else")

    declared(busy)
    ask()
    for _turn in range(MAX_ATTEMPTS + 2):
        Job.objects.update(available_at=now())
        drain()
    row = Job.objects.get()
    assert (row.state, row.attempts, row.lease_until) == (JobState.WAITING, 0, None) and row.available_at > now()


def test_a_job_behind_a_long_one_is_free_for_other_workers(declared: Any) -> None:
    """Claimed together with the long one, its lease would end while it waits, and two workers would do it."""
    free: list[int] = []
    done = declared(lambda turn: free.append(Job.objects.filter(lease_until__isnull=True, state="waiting").count()))
    ask(turn=1)
    ask(turn=2)
    drain()
    assert len(done) == 2
    assert free == [1, 0]


def test_a_kind_that_nobody_declared_waits_for_the_version_that_knows_it() -> None:
    with transaction.atomic():
        enqueue("from.a.newer.version")
    drain()
    row = Job.objects.get()
    assert row.state == JobState.WAITING and row.available_at > now()


@pytest.mark.django_db(transaction=True)
def test_four_workers_carry_out_each_job_once(declared: Any) -> None:
    done = declared()
    for number in range(40):
        ask(number=number)

    def work(_worker: int) -> int:
        try:
            return drain()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        carried_out = sum(workers.map(work, range(4)))

    assert carried_out == 40
    assert sorted(payload["number"] for payload in done) == list(range(40))


@pytest.mark.django_db(transaction=True)
def test_slow_jobs_are_carried_out_one_at_a_time_and_quick_ones_beside_them(declared: Any) -> None:
    quick = declared()
    begun, go_on = threading.Event(), threading.Event()
    slow: Carried = []

    @job("slow", is_slow=True)
    def run(**payload: Any) -> None:
        begun.set()
        assert go_on.wait(10)
        slow.append(payload)

    ask()
    with transaction.atomic():
        enqueue("slow", n=1)
        enqueue("slow", n=2)

    def work() -> int:
        try:
            return drain_slow()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as worker:
        first = worker.submit(work)
        assert begun.wait(10)
        assert drain_slow() == 0, "another worker is at it"
        assert drain() == 1 and len(quick) == 1, "quick jobs do not wait for it"
        go_on.set()
        assert first.result(timeout=20) == 2
    assert slow == [{"n": 1}, {"n": 2}]
    assert drain_slow() == 0

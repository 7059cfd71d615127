"""The change feed: complete, in order per object, whatever the order in which writers commit."""

from __future__ import annotations

import random
import threading
import time

import pytest
from django.db import connection, transaction

from techdesk.audit.actions import number_changes, record
from techdesk.audit.actions.sequence import SEQUENCER_LOCK
from techdesk.audit.models import AuditEntry, ChangeEvent
from techdesk.audit.queries import changes_after
from techdesk.directory.models import School
from tests.factories import PersonFactory, SchoolFactory

WRITERS = 20
WRITES = 15


@pytest.mark.django_db
def test_history_needs_a_transaction_and_an_actor(transactional_db: None) -> None:
    school = SchoolFactory()
    with pytest.raises(RuntimeError):
        record(actor=PersonFactory(), verb="changed", thing=school)
    with transaction.atomic(), pytest.raises(TypeError):
        record(actor=None, verb="changed", thing=school)


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_rolled_back_leaves_no_history() -> None:
    school, person = SchoolFactory(), PersonFactory()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record(actor=person, verb="changed", thing=school)
        _ = 1 / 0
    assert not AuditEntry.objects.exists()
    assert changes_after(0) == []


@pytest.mark.django_db(transaction=True)
def test_twenty_writers_and_a_reader_skip_nothing_and_keep_the_order_of_each_object() -> None:
    schools = SchoolFactory.create_batch(5)
    person = PersonFactory()
    stop = threading.Event()
    read: list[ChangeEvent] = []

    def write(seed: int) -> None:
        rng = random.Random(seed)
        try:
            for _n in range(WRITES):
                with transaction.atomic():
                    school = School.objects.select_for_update().get(pk=rng.choice(schools).pk)
                    school.write()
                    record(actor=person, verb="changed", thing=school)
                    time.sleep(rng.random() * 0.01)  # commits in another order than it wrote
        finally:
            connection.close()

    def follow() -> None:
        position = 0
        try:
            while True:
                last_round = stop.is_set()
                page = changes_after(position, limit=7)
                read.extend(page)
                position = page[-1].number or 0 if page else position
                if last_round and not page:
                    return
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=(seed,)) for seed in range(WRITERS)]
    reader, rival = threading.Thread(target=follow), threading.Thread(target=number_changes)
    for thread in (*writers, reader, rival):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    reader.join(timeout=60)
    rival.join()

    assert len(read) == WRITERS * WRITES
    assert [event.number for event in read] == list(range(1, len(read) + 1))
    for school in schools:
        versions = [event.version for event in read if event.object_key == school.code]
        assert versions == list(range(2, len(versions) + 2))


@pytest.mark.django_db(transaction=True)
def test_a_reader_does_not_wait_long_for_a_sequencer_that_hangs() -> None:
    school, person = SchoolFactory(), PersonFactory()
    with transaction.atomic():
        record(actor=person, verb="changed", thing=school)
    held, done = threading.Event(), threading.Event()

    def hang() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEQUENCER_LOCK])
            held.set()
            done.wait(20)
        connection.close()

    other = threading.Thread(target=hang)
    other.start()
    assert held.wait(10)
    try:
        assert changes_after(0) == []
    finally:
        done.set()
        other.join()
    assert len(changes_after(0)) == 1

"""Fifty faults, drawn by a fixed seed, while people work: afterwards everything is there, once, and was told."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.test_postgres_restarts import Writer
from tests.faults.town import OwnPostgres, Town

FAULTS, SEED = 50, 20261122
PEOPLE = 4


def one_fault(town: Town, own: OwnPostgres, draw: random.Random) -> str:
    """Do one thing that happens on a bad day, and mend what would not mend by itself."""
    kind = draw.choice(["kill", "kill", "kill", "flush", "hang", "valkey", "cut", "swallow", "restart"])
    if kind == "kill":
        name = draw.choice(["web", *town.workers, *town.beats])
        town.kill(name)
        return f"kill {name}"
    if kind == "flush":
        town.empty_redis()
    elif kind == "hang":
        name = draw.choice(["valkey", *town.workers, *town.beats])
        with town.stopped(name):
            time.sleep(draw.uniform(0.5, 3))
        return f"hang {name}"
    elif kind == "valkey":
        with town.without_valkey():
            time.sleep(draw.uniform(0.2, 2))
    elif kind == "restart":
        own.restart(immediate=draw.random() < 0.5)
    else:
        name = draw.choice(["mail", "postgres"])
        way = town.proxies[name]
        way.swallow() if kind == "swallow" else way.cut(stay=True)
        time.sleep(draw.uniform(0.2, 2))
        way.mend()
        way.cut()
        return f"{kind} {name}"
    return kind


@pytest.mark.long
def test_fifty_faults_lose_and_double_nothing(own_postgres: OwnPostgres, build_town: Callable[..., Town]) -> None:
    town = build_town(postgres=own_postgres, workers=2, beats=2, proxied=["mail", "postgres"], is_bare=True)
    writer = Writer(town, *town.settle())
    over = threading.Event()

    def work(person: int) -> int:
        turn = 0
        while not over.is_set():
            writer.write(f"{person}-{turn}")
            turn += 1
            over.wait(0.5)
        return turn

    draw, done = random.Random(SEED), []
    with ThreadPoolExecutor(PEOPLE) as pool:
        people = [pool.submit(work, n) for n in range(PEOPLE)]
        try:
            for _ in range(FAULTS):
                done.append(one_fault(town, own_postgres, draw))
                town.revive()
                time.sleep(draw.uniform(0.2, 2))
        finally:
            over.set()
        keys = {f"{n}-{turn}" for n, one in enumerate(people) for turn in range(one.result())}

    assert set(writer.acknowledged) == keys, (done, writer.seen)
    written = own_postgres.ask("SELECT subject, number FROM tickets_ticket")
    assert sorted(written) == sorted((f"Written as {key}", number) for key, number in writer.acknowledged.items())

    def all_sent() -> bool:
        return own_postgres.ask(
            "SELECT count(*) FROM notifications_delivery WHERE state NOT IN ('sent', 'not_sent')"
        ) == [(0,)]

    took = town.wait_until(all_sent, 180)
    ids = town.mail.ids()
    keys_sent = own_postgres.ask("SELECT key FROM notifications_delivery WHERE state = 'sent' AND carrier_id IS NULL")
    assert set(ids) == {f"<{key}@127.0.0.1>" for (key,) in keys_sent}
    doubled = sum(count - 1 for count in ids.values())
    print(f"{len(keys)} tickets, {len(ids)} mails, {doubled} doubled with the same Message-ID, drained in {took:.0f} s")
    print(f"faults: {done}; answers: {dict(writer.seen)}")
    code, told = town.manage("check_invariants")
    assert (code, told["broken"]) == (0, [])

"""PostgreSQL is restarted under 50 writers: what was acknowledged is there once, and the next request is fine."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.faults.town import OwnPostgres, Town

WRITERS, EACH = 50, 4
PATIENCE = 90.0


class Writer:
    """Opens tickets by the API as docs/api.md says: one key for each, and again with the same key until it is told."""

    def __init__(self, town: Town, token: str, school: str) -> None:
        self.town, self.token, self.school = town, token, school
        self.acknowledged: dict[str, int] = {}
        self.seen: Counter[int | str] = Counter()
        self.done_at: list[float] = []

    def write(self, key: str) -> None:
        body = {"subject": f"Written as {key}", "school": self.school}
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                status, answer = self.town.request(
                    "POST", "/api/v1/tickets/", token=self.token, body=body, headers={"Idempotency-Key": key}
                )
            except (OSError, http.client.HTTPException) as error:
                self.seen[type(error).__name__] += 1
            else:
                self.seen[status] += 1
                if status == 201:
                    self.acknowledged[key] = answer["number"]
                    self.done_at.append(time.monotonic())
                    return
            time.sleep(0.2)

    def write_some(self, n: int) -> None:
        for turn in range(EACH):
            self.write(f"{n}-{turn}")


def test_fast_and_immediate_restart_under_50_writers(
    own_postgres: OwnPostgres, build_town: Callable[..., Town]
) -> None:
    town = build_town(postgres=own_postgres, is_bare=True)
    writer = Writer(town, *town.settle())

    over, restarted = threading.Event(), []

    def restart() -> None:
        for immediate in (False, True):
            over.wait(3)
            own_postgres.restart(immediate=immediate)
            restarted.append(time.monotonic())

    vandal = threading.Thread(target=restart)
    vandal.start()
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(writer.write_some, range(WRITERS)))
    over.set()
    vandal.join()

    keys = {f"{n}-{turn}" for n in range(WRITERS) for turn in range(EACH)}
    assert set(writer.acknowledged) == keys, writer.seen
    print(f"answers: {dict(writer.seen)}")
    assert [moment < max(writer.done_at) for moment in restarted] == [True, True], "both happened under the writers"

    # Every process has a connection that died; none of them may answer from it.
    for _ in range(20):
        status, body = town.request("GET", "/api/v1/tickets/?limit=1", token=writer.token)
        assert status == 200, body
    written = own_postgres.ask("SELECT subject, number FROM tickets_ticket")
    assert sorted(written) == sorted((f"Written as {key}", number) for key, number in writer.acknowledged.items())
    assert own_postgres.ask("SELECT count(*) FROM api_idempotentrequest") == [(len(keys),)]
    assert set(writer.seen) <= {201, 409, 503, "RemoteDisconnected", "ConnectionResetError"}, writer.seen

    def all_sent() -> bool:
        return own_postgres.ask("SELECT count(*) FROM notifications_delivery WHERE state <> 'sent'") == [(0,)]

    town.wait_until(all_sent, 90)
    code, told = town.manage("check_invariants")
    assert (code, told["broken"]) == (0, [])

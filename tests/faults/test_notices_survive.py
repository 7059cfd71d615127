"""No notice is lost and none is doubled, whatever dies meanwhile."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from techdesk.directory.actions import create_token
from techdesk.notifications.models import Delivery, Notification
from tests.factories import SchoolFactory, person_with
from tests.faults.town import Town
from tickets.models import Ticket

TICKETS = 100
PATIENCE = 120


def test_worker_killed_and_redis_emptied_while_100_tickets_are_created(town: Town) -> None:
    school = SchoolFactory()
    technicians = [person_with("technician", school) for _ in range(2)]
    teacher = person_with("teacher", school)
    _token, secret = create_token(actor=teacher, owner=teacher, name="form", scope="write")
    over = threading.Event()

    def trouble() -> None:
        while not over.is_set():
            town.kill("worker")
            town.empty_redis()
            over.wait(2.5)
            town.empty_redis()

    def ask(n: int) -> int:
        time.sleep(n * 0.03)
        status, _body = town.request(
            "POST", "/api/v1/tickets/", token=secret, body={"subject": f"Board {n} stays dark", "school": school.code}
        )
        return status

    vandal = threading.Thread(target=trouble)
    vandal.start()
    try:
        with ThreadPoolExecutor(8) as teachers:
            statuses = list(teachers.map(ask, range(TICKETS)))
    finally:
        over.set()
        vandal.join()
    assert statuses == [201] * TICKETS
    assert Ticket.objects.count() == TICKETS

    deadline = time.monotonic() + PATIENCE
    while Delivery.objects.exclude(state="sent").exists() and time.monotonic() < deadline:
        time.sleep(0.5)

    notices = Notification.objects.count()
    assert notices >= TICKETS * len(technicians)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    ids = town.mail.ids()
    assert len(ids) == notices, "distinct Message-IDs equal the number of notices"
    assert {f"<{key}@127.0.0.1>" for key in Delivery.objects.values_list("key", flat=True)} == set(ids)

"""Replies that come as one mail are neither lost nor doubled, whatever dies meanwhile."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from techdesk.directory.actions import create_token
from techdesk.notifications.models import Delivery, Notification
from tests.factories import SchoolFactory, person_with
from tests.faults.town import Town
from tickets.actions import open_ticket

TICKETS, REPLIES = 4, 80
PATIENCE = 120


@pytest.fixture
def short_window(monkeypatch: Any) -> None:
    """Followers are collected for seconds, not for minutes. For the processes that `town` starts after this."""
    monkeypatch.setenv("TECHDESK_GATHER_SECONDS", "4")


def test_worker_killed_and_redis_emptied_while_many_answer(short_window: None, town: Town) -> None:
    school = SchoolFactory()
    technicians = [person_with("technician", school) for _ in range(2)]
    teacher = person_with("teacher", school)
    tickets = [open_ticket(actor=teacher, school=school, subject=f"Board {n}") for n in range(TICKETS)]
    _token, secret = create_token(actor=teacher, owner=teacher, name="form", scope="write")
    over = threading.Event()

    def trouble() -> None:
        while not over.is_set():
            town.kill("worker")
            town.empty_redis()
            over.wait(2.5)

    def answer(n: int) -> int:
        time.sleep(n * 0.1)
        path = f"/api/v1/tickets/{tickets[n % TICKETS].number}/messages/"
        status, _body = town.request("POST", path, token=secret, body={"body": f"Answer number {n}."})
        return status

    vandal = threading.Thread(target=trouble)
    vandal.start()
    try:
        with ThreadPoolExecutor(6) as people:
            statuses = list(people.map(answer, range(REPLIES)))
    finally:
        over.set()
        vandal.join()
    assert statuses == [201] * REPLIES

    deadline = time.monotonic() + PATIENCE
    while Delivery.objects.exclude(state="sent").exists() and time.monotonic() < deadline:
        time.sleep(0.5)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}

    replies = Notification.objects.filter(kind="tickets.reply")
    assert replies.count() == REPLIES * len(technicians)
    texts: dict[str, set[str]] = {}
    for mail in town.mail.messages:
        part = mail.get_body(("plain",))
        assert part is not None
        texts.setdefault(str(mail["Message-ID"]), set()).add(str(part.get_content()).replace("\r\n", "\n"))
    assert all(len(said) == 1 for said in texts.values()), "copies of one mail say the same"
    for notice in replies:
        delivery = notice.deliveries.get()
        carrier = delivery.carrier or delivery
        inside = {
            key
            for key, (text,) in ((key, tuple(said)) for key, said in texts.items())
            if f"> {notice.quote}\n" in text and Delivery.objects.get(key=key[1:37]).recipient_id == notice.recipient_id
        }
        assert inside == {f"<{carrier.key}@127.0.0.1>"}, "each reply is in exactly one mail to its recipient"
    mails = Delivery.objects.filter(kind="tickets.reply", carrier__isnull=True).count()
    assert mails < replies.count() / 2, "they were collected"

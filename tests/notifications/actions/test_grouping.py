"""Several notices in one mail, and the daily mail: each notice is in exactly one sent mail, or it says why in none."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from techdesk.base.clock import now
from techdesk.directory.models import Person
from techdesk.notifications.actions import deliver_due, mark_read, notify, write_digests
from techdesk.notifications.actions.deliver import _claim
from techdesk.notifications.models import Delivery, Notification
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


def tell(person: Any, once: str, *, kind: str = "talk", thread: str = "ticket-7", **facts: Any) -> None:
    with transaction.atomic():
        notify(
            recipients=[person], kind=kind, once=once, title="T-7: Board", quote=f"Text {once}", thread=thread, **facts
        )


def all_due() -> None:
    Delivery.objects.filter(state__in=["waiting", "digest"]).update(available_at=now() - dt.timedelta(seconds=1))


def plain(mail: Any) -> str:
    return str(mail.get_body(("plain",)).get_content()).replace("\r\n", "\n")


def test_followers_come_as_one_mail_that_says_how_many(mail_server: Any) -> None:
    person = PersonFactory()
    tell(person, "one", body="Ana wrote:", path="/tickets/7/")
    assert deliver_due() == 1
    for once in ("two", "three", "four"):
        tell(person, once, body="Ana wrote:", path="/tickets/7/", button="Open the ticket")
    assert deliver_due() == 0
    all_due()
    assert deliver_due() == 1

    first, second = mail_server.taken
    assert first["Subject"] == "T-7: Board" and second["Subject"] == "3 new messages: T-7: Board"
    assert [f"> Text {n}" in plain(second) for n in ("one", "two", "three", "four")] == [False, True, True, True]
    assert plain(second).count("/tickets/7/") == 1
    html = second.get_body(("html",)).get_content()
    assert html.count("<blockquote") == 3 and html.count("Open the ticket") == 1
    assert second["References"] == second["In-Reply-To"] == first["Message-ID"]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    assert Delivery.objects.filter(carrier__isnull=False).count() == 2


def test_what_comes_at_once_takes_along_what_was_held_about_it(mail_server: Any) -> None:
    person = PersonFactory()
    tell(person, "one")
    deliver_due()
    tell(person, "two")
    tell(person, "solved", kind="test")
    tell(person, "elsewhere", kind="talk", thread="ticket-8")
    assert deliver_due() == 2
    assert {mail["Subject"] for mail in mail_server.taken} == {"T-7: Board", "2 updates: T-7: Board"}
    assert deliver_due() == 0


def test_what_is_not_held_on_purpose_is_never_joined(mail_server: Any) -> None:
    person = PersonFactory()
    tell(person, "one", kind="test")
    tell(person, "two", kind="test")
    assert deliver_due() == 2


def test_a_mail_that_was_tried_once_takes_nothing_more_along(mail_server: Any) -> None:
    """Two copies of one mail bear the same id; a mail program shows one of them. So they must say the same."""
    person = PersonFactory()
    tell(person, "one")
    deliver_due()
    tell(person, "two")
    all_due()
    assert len(_claim(10, "email")) == 1  # ... and the worker dies with it
    tell(person, "three")
    Delivery.objects.filter(lease_until__isnull=False).update(lease_until=now() - dt.timedelta(seconds=1))
    all_due()
    assert deliver_due() == 2
    assert ["Text two" in plain(mail) for mail in mail_server.taken[1:]] == [True, False]
    assert {mail["Subject"] for mail in mail_server.taken} == {"T-7: Board"}


def test_a_mail_that_is_given_up_takes_its_passengers_with_it_and_says_why(mail_server: Any) -> None:
    person = PersonFactory(email="gone@x.example")
    tell(person, "one")
    deliver_due()
    tell(person, "two")
    tell(person, "three")
    all_due()
    mail_server.answers["gone@x.example"] = "550 5.1.1 No such user"
    deliver_due()
    dead = Delivery.objects.filter(state="dead")
    assert dead.count() == 2 and all("550" in row.last_error for row in dead)


def test_a_mail_that_waits_for_another_try_keeps_its_passengers(mail_server: Any) -> None:
    person = PersonFactory()
    tell(person, "one")
    deliver_due()
    tell(person, "two")
    tell(person, "three")
    all_due()
    mail_server.stop()
    assert deliver_due() == 0
    mail_server.start()
    all_due()
    assert deliver_due() == 1
    assert mail_server.taken[-1]["Subject"].startswith("2 new messages")


# --- the daily mail --------------------------------------------------------------------------------------


def test_the_daily_mail_lists_what_is_unread_by_thing(mail_server: Any) -> None:
    person = PersonFactory()
    for once, thread in (("a", "ticket-7"), ("b", "ticket-8"), ("c", "ticket-7"), ("read", "ticket-9")):
        tell(person, once, kind="rare", thread=thread, path=f"/tickets/{thread[-1]}/")
    mark_read(actor=person, path="/tickets/9/")
    assert write_digests() == 0 and deliver_due() == 0, "not before its hour"
    all_due()
    assert write_digests() == 1
    assert write_digests() == 0
    assert deliver_due() == 1

    [mail] = mail_server.taken
    text = plain(mail)
    assert mail["Subject"].startswith("Your 3 notices for ")
    assert text.index("Text a") < text.index("Text c") < text.index("Text b") and "Text read" not in text
    assert text.count("== T-7: Board") == 2, "one heading for each thing"
    assert "/tickets/7/" in text and "/notices/" in text
    states = dict(Delivery.objects.filter(notification__isnull=False).values_list("notification__quote", "state"))
    assert states == {"Text a": "sent", "Text b": "sent", "Text c": "sent", "Text read": "not_sent"}
    assert Delivery.objects.get(state="not_sent").reason == "read"


def test_nothing_unread_no_mail(mail_server: Any) -> None:
    person = PersonFactory()
    tell(person, "a", kind="rare")
    mark_read(actor=person)
    all_due()
    assert write_digests() == 0 and deliver_due() == 0
    assert Delivery.objects.get().reason == "read"


def test_one_daily_mail_a_day_what_comes_later_is_for_the_next(mail_server: Any) -> None:
    person = PersonFactory()
    tell(person, "a", kind="rare")
    all_due()
    assert write_digests() == 1
    tell(person, "b", kind="rare")
    all_due()
    assert write_digests() == 0
    late = Delivery.objects.get(notification__quote="Text b")
    assert late.state == "digest" and late.carrier is None and late.available_at > now()


@pytest.mark.parametrize(("change", "reason"), [({"is_active": False}, "inactive"), ({"email": None}, "no_address")])
def test_who_left_or_lost_the_address_gets_none(change: dict[str, Any], reason: str) -> None:
    person = PersonFactory()
    tell(person, "a", kind="rare")
    Person.objects.filter(pk=person.pk).update(**change)
    all_due()
    assert write_digests() == 0
    assert (Delivery.objects.get().state, Delivery.objects.get().reason) == ("not_sent", reason)


# --- many workers ----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_cover_every_notice_exactly_once(mail_server: Any, settings: Any) -> None:
    """Replies and daily notices come while four workers send; some of them die with what they hold."""
    settings.LEASE_SECONDS = 1
    settings.GATHER_SECONDS = 1
    people = PersonFactory.create_batch(3)

    def work(turn: int) -> None:
        try:
            for n in range(6):
                for person in people:
                    tell(person, f"{turn}-{n}", thread=f"ticket-{n % 2}", kind="rare" if turn == 3 else "talk")
                if n == 3:
                    _claim(2, "email")  # a worker that dies here
                Delivery.objects.filter(state="digest").update(available_at=now())
                write_digests()
                deliver_due(seconds=2, batch=3)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))
    for _round in range(40):
        if not Delivery.objects.filter(state="waiting").exists():
            break
        deliver_due(seconds=2)

    assert Notification.objects.count() == 4 * 6 * 3
    covered_exactly_once(mail_server.taken)


def covered_exactly_once(mails: list[Any]) -> None:
    """Every notice is told by exactly one mail that arrived, or its delivery says why it is not."""
    arrived: dict[str, str] = {}
    for mail in mails:
        text = plain(mail)
        assert arrived.setdefault(mail["Message-ID"], text) == text, "copies of a mail are the same"
    for notice in Notification.objects.all():
        delivery = notice.deliveries.get()
        told = [key for key, text in arrived.items() if f"> {notice.quote}\n" in text and _went_to(key, notice)]
        if delivery.state == "sent":
            mail = delivery.carrier or delivery
            assert told == [f"<{mail.key}@127.0.0.1>"], (notice.quote, arrived.get(f"<{mail.key}@127.0.0.1>"))
        else:
            assert not told and (delivery.reason or delivery.state == "digest"), (notice.quote, delivery.state)


def _went_to(message_id: str, notice: Notification) -> bool:
    return Delivery.objects.filter(key=message_id[1:].partition("@")[0], recipient=notice.recipient).exists()

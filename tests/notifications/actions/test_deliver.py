"""Sending over a real SMTP server: what arrives, what waits, what is given up, and that one bad mail stops no other."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from techdesk.base.clock import now
from techdesk.directory.models import Person
from techdesk.notifications import hooks
from techdesk.notifications.actions import deliver_due, notify
from techdesk.notifications.actions.deliver import GIVE_UP_AFTER, MAX_ATTEMPTS, _settle
from techdesk.notifications.choices import DeliveryState
from techdesk.notifications.models import Delivery, Notification
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


def tell(address: str = "ana@x.example", *, kind: str = "test", **facts: Any) -> Delivery:
    person = PersonFactory(email=address)
    with transaction.atomic():
        notify(recipients=[person], kind=kind, once=address, **{"title": "Ticket 7", **facts})
    return Delivery.objects.get(notification__recipient=person)


def due_again(**more: Any) -> None:
    Delivery.objects.update(available_at=now(), lease_until=None, **more)


def test_a_mail_arrives_whole(mail_server: Any) -> None:
    delivery = tell(title="Grüße · Ticket 7", body="Läuft <b>wieder</b>.", path="/tickets/7/", thread="ticket-7")

    assert deliver_due() == 1

    [mail] = mail_server.taken
    assert mail["Subject"] == "Grüße · Ticket 7"
    assert mail["To"] == "ana@x.example"
    assert mail["Message-ID"] == f"<{delivery.key}@127.0.0.1>"
    assert mail["References"] is None, "the first mail of a conversation answers none"
    assert mail["Auto-Submitted"] == "auto-generated"
    plain = mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()
    assert "Läuft <b>wieder</b>." in plain and "http://127.0.0.1:8000/tickets/7/" in plain
    assert "Läuft &lt;b&gt;wieder&lt;/b&gt;." in html and 'href="http://127.0.0.1:8000/tickets/7/"' in html
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.lease_until) == (DeliveryState.SENT, 1, None)
    assert deliver_due() == 0


def test_a_server_that_is_away_loses_nothing(mail_server: Any) -> None:
    mail_server.stop()
    delivery = tell()
    assert deliver_due() == 0
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.WAITING and delivery.available_at > now() and delivery.last_error
    assert deliver_due() == 0  # not before its time

    mail_server.start()
    due_again()
    assert deliver_due() == 1
    assert len(mail_server.taken) == 1


def test_a_long_weekend_without_a_server_loses_nothing_either(mail_server: Any) -> None:
    mail_server.stop()
    delivery = tell()
    due_again(attempts=MAX_ATTEMPTS + 50)
    deliver_due()
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.WAITING

    Delivery.objects.update(created_at=now() - GIVE_UP_AFTER - dt.timedelta(hours=1))
    due_again()
    deliver_due()
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.DEAD


@pytest.mark.parametrize(
    ("answer", "state"),
    [("550 5.1.1 No such user", DeliveryState.DEAD), ("451 4.7.1 Try later", DeliveryState.WAITING)],
)
def test_an_address_that_is_refused(mail_server: Any, answer: str, state: str) -> None:
    mail_server.answers["gone@x.example"] = answer
    refused, fine = tell("gone@x.example"), tell("fine@x.example")

    assert deliver_due() == 1

    refused.refresh_from_db()
    fine.refresh_from_db()
    assert refused.state == state and answer[:3] in refused.last_error
    assert fine.state == DeliveryState.SENT


def test_a_refused_sender_is_our_own_mistake_and_loses_no_mail(mail_server: Any) -> None:
    mail_server.sender_answer = "553 5.7.1 Sender not allowed"
    delivery = tell()
    assert deliver_due() == 0
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.WAITING and "553" in delivery.last_error

    mail_server.sender_answer = ""
    due_again()
    assert deliver_due() == 1


def test_a_slow_server_gets_no_mail_twice(mail_server: Any, settings: Any) -> None:
    """What cannot be sent well within the lease is given back, not sent late beside another worker."""
    settings.LEASE_SECONDS = 2
    mail_server.pause = 0.6
    waiting = [tell(f"person{number}@x.example") for number in range(4)]

    assert deliver_due(seconds=1) == 2

    left = Delivery.objects.filter(state=DeliveryState.WAITING)
    assert [delivery.pk for delivery in left.order_by("pk")] == [delivery.pk for delivery in waiting[2:]]
    assert not left.filter(lease_until__isnull=False).exists()
    assert not left.filter(attempts__gt=0).exists()


def test_a_server_that_goes_away_leaves_the_rest_free_for_the_next_round(mail_server: Any) -> None:
    gone, rest = tell("gone@x.example"), tell("rest@x.example")
    mail_server.answers["gone@x.example"] = "421 4.3.0 Closing"

    deliver_due(batch=2)

    gone.refresh_from_db()
    rest.refresh_from_db()
    assert gone.state == DeliveryState.WAITING and gone.last_error
    assert rest.lease_until is None


def test_what_another_worker_sent_meanwhile_stays_sent(mail_server: Any) -> None:
    delivery = tell()
    Delivery.objects.update(state=DeliveryState.SENT)
    _settle(delivery, error="too late", final=True)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.last_error) == (DeliveryState.SENT, "")


def test_one_that_cannot_be_composed_stops_no_other(mail_server: Any, monkeypatch: Any) -> None:
    def fail(_notification: Notification) -> str:
        raise RuntimeError("broken link")

    monkeypatch.setitem(hooks._links, "broken", fail)
    bad, good = tell("bad@x.example", kind="broken"), tell("good@x.example")

    assert deliver_due() == 1

    bad.refresh_from_db()
    good.refresh_from_db()
    assert bad.state == DeliveryState.WAITING and "broken link" in bad.last_error and bad.lease_until is None
    assert good.state == DeliveryState.SENT


def test_a_link_of_a_hook_is_in_the_mail_only(mail_server: Any, monkeypatch: Any) -> None:
    monkeypatch.setitem(hooks._links, "secret", lambda notification: f"/open/{notification.recipient_id}/")
    delivery = tell(kind="secret")
    deliver_due()
    link = f"/open/{delivery.notification.recipient_id}/"
    assert link in mail_server.taken[0].get_body(("plain",)).get_content()
    assert Notification.objects.get().path == ""


def test_a_link_of_a_hook_never_goes_to_an_address_the_person_had_before(mail_server: Any, monkeypatch: Any) -> None:
    monkeypatch.setitem(hooks._links, "secret", lambda notification: "/open/")
    secret, plain = tell("old@x.example", kind="secret"), tell("other@x.example")
    Person.objects.filter(email="old@x.example").update(email="new@x.example")
    Person.objects.filter(email="other@x.example").update(email="newer@x.example")

    assert deliver_due() == 1

    secret.refresh_from_db()
    plain.refresh_from_db()
    assert secret.state == DeliveryState.DEAD and "changed" in secret.last_error
    assert plain.state == DeliveryState.SENT
    assert [mail["To"] for mail in mail_server.taken] == ["other@x.example"]


def test_a_worker_that_died_is_replaced_and_the_copy_bears_the_same_id(mail_server: Any) -> None:
    delivery = tell()
    deliver_due()
    # As if it had died between the server's answer and the record.
    Delivery.objects.update(state=DeliveryState.WAITING, lease_until=now() + dt.timedelta(minutes=1))
    assert deliver_due() == 0
    Delivery.objects.update(lease_until=now() - dt.timedelta(seconds=1))
    assert deliver_due() == 1
    assert {mail["Message-ID"] for mail in mail_server.taken} == {f"<{delivery.key}@127.0.0.1>"}


@pytest.mark.django_db(transaction=True)
def test_four_workers_send_each_mail_once(mail_server: Any) -> None:
    for number in range(40):
        tell(f"person{number}@x.example", title=str(number))

    def work(_turn: int) -> int:
        try:
            return deliver_due(batch=5)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        sent = sum(threads.map(work, range(4)))

    assert sent == 40
    assert len({mail["Message-ID"] for mail in mail_server.taken}) == len(mail_server.taken) == 40

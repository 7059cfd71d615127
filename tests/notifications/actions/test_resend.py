"""Sending a mail again: only what is over, to the address of now, once however often it is clicked, with history."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import transaction

from techdesk.audit.models import AuditEntry
from techdesk.base.clock import now
from techdesk.base.errors import NotPossible
from techdesk.directory.models import Person
from techdesk.notifications.actions import deliver_due, notify, resend, write_digests
from techdesk.notifications.models import Delivery, Notification
from tests.factories import PersonFactory
from tests.threads import at_once

pytestmark = pytest.mark.django_db


def tell(person: Any, once: str = "1", **facts: Any) -> Delivery:
    with transaction.atomic():
        notify(recipients=[person], once=once, **{"kind": "test", "title": "Ticket 7", "quote": once, **facts})
    return Delivery.objects.get(notification__once=f"{once}:{person.pk}")


def dead(person: Any) -> Delivery:
    delivery = tell(person)
    Delivery.objects.filter(pk=delivery.pk).update(state="dead", last_error="550 No such user")
    return delivery


def test_a_dead_one_goes_to_the_address_of_now(mail_server: Any) -> None:
    actor, person = PersonFactory(), PersonFactory(email="gone@x.example")
    first = dead(person)
    Person.objects.filter(pk=person.pk).update(email="here@x.example")

    again = resend(actor=actor, delivery=first)
    assert deliver_due() == 1

    first.refresh_from_db()
    again.refresh_from_db()
    assert (first.state, again.state, again.resend_of, again.turn) == ("dead", "sent", first, 1)
    assert mail_server.taken[0]["To"] == "here@x.example"
    [entry] = AuditEntry.objects.about(person)
    assert (entry.verb, entry.actor, entry.facts["delivery"]) == ("resend_mail", actor, first.public_key)


def test_one_that_was_sent_long_enough_ago_is_another_mail_of_the_same_words(mail_server: Any) -> None:
    person = PersonFactory()
    first = tell(person, thread="ticket-7")
    deliver_due()
    with pytest.raises(NotPossible) as refusal:
        resend(actor=person, delivery=first)
    assert refusal.value.code == "just_sent"
    Delivery.objects.update(sent_at=now() - dt.timedelta(minutes=11))
    resend(actor=person, delivery=first)
    deliver_due()
    one, two = mail_server.taken
    assert one["Message-ID"] != two["Message-ID"] == f"<{Delivery.objects.latest('id').key}@127.0.0.1>"
    assert two["References"] == one["Message-ID"] and one.get_body().get_content() == two.get_body().get_content()


def test_what_cannot_be_sent_again() -> None:
    person, off, without = PersonFactory(), PersonFactory(), PersonFactory()
    waiting, passenger, of_off, of_without = tell(person), tell(person, "2"), dead(off), dead(without)
    Delivery.objects.filter(pk=passenger.pk).update(carrier=waiting, state="sent", sent_at=now() - dt.timedelta(days=1))
    Person.objects.filter(pk=off.pk).update(is_active=False)
    Person.objects.filter(pk=without.pk).update(email=None)
    for delivery, code in (
        (waiting, "not_sent_yet"),
        (passenger, "not_a_mail"),
        (of_off, "person_inactive"),
        (of_without, "no_address"),
    ):
        with pytest.raises(NotPossible) as refusal:
            resend(actor=person, delivery=delivery)
        assert refusal.value.code == code
    assert not Delivery.objects.filter(turn=1).exists() and not AuditEntry.objects.exists()


def test_what_is_no_longer_kept_is_not_sent_empty() -> None:
    person = PersonFactory()
    delivery = dead(person)
    Delivery.objects.update(notification=None)
    Notification.objects.all().delete()
    with pytest.raises(NotPossible) as refusal:
        resend(actor=person, delivery=delivery)
    assert refusal.value.code == "forgotten"


def test_a_repetition_that_died_may_be_repeated(mail_server: Any) -> None:
    person = PersonFactory()
    first = dead(person)
    again = resend(actor=person, delivery=first)
    with pytest.raises(NotPossible) as refusal:
        resend(actor=person, delivery=first)
    assert refusal.value.code == "already_resent"
    Delivery.objects.filter(pk=again.pk).update(state="dead")
    assert resend(actor=person, delivery=again).turn == 2


def test_a_daily_mail_again_says_what_it_said(mail_server: Any) -> None:
    person = PersonFactory()
    for once in ("a", "b"):
        tell(person, once, kind="rare")
    Delivery.objects.update(available_at=now())
    write_digests()
    deliver_due()
    Delivery.objects.update(sent_at=now() - dt.timedelta(hours=1))
    resend(actor=person, delivery=Delivery.objects.get(digest_on__isnull=False))
    deliver_due()
    one, two = mail_server.taken
    assert one.get_body().get_content() == two.get_body().get_content() and one["Message-ID"] != two["Message-ID"]


@pytest.mark.django_db(transaction=True)
def test_two_clicks_send_one(mail_server: Any) -> None:
    actor, person = PersonFactory(), PersonFactory()
    first = dead(person)
    answers = at_once(4, lambda _n: resend(actor=actor, delivery=first))
    assert sum(isinstance(answer, Delivery) for answer in answers) == 1, answers
    assert {answer.code for answer in answers if isinstance(answer, NotPossible)} == {"already_resent"}
    assert deliver_due() == 1

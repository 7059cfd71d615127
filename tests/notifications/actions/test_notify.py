"""Telling people: in the transaction of the change, once, in their language, by mail where they have an address."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from techdesk.notifications.actions import mark_read, notify
from techdesk.notifications.models import Delivery, Notification
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


def tell(*people: Any, once: str = "ticket:7:new", **facts: Any) -> None:
    with transaction.atomic():
        notify(recipients=people, kind="test", once=once, **{"title": "Ticket 7", **facts})


def test_it_works() -> None:
    with_address, without = PersonFactory(email="ana@x.example"), PersonFactory(email=None)

    tell(with_address, without, body="Look", path="/tickets/7/", thread="ticket-7")

    rows = Notification.objects.order_by("recipient_id")
    assert [(n.recipient_id, n.title, n.body, n.path, n.thread) for n in rows] == [
        (person.pk, "Ticket 7", "Look", "/tickets/7/", "ticket-7") for person in (with_address, without)
    ]
    assert [(d.address, d.state, d.reason) for d in Delivery.objects.order_by("recipient_id")] == [
        ("ana@x.example", "waiting", ""),
        ("", "not_sent", "no_address"),
    ]


def test_the_same_is_said_once() -> None:
    ana, ben = PersonFactory(), PersonFactory()
    tell(ana)
    tell(ana, ben, title="Other words")
    assert Notification.objects.filter(recipient=ana).get().title == "Ticket 7"
    assert Notification.objects.filter(recipient=ben).count() == 1
    assert Delivery.objects.count() == 2


def test_the_same_person_named_twice_is_told_once() -> None:
    ana = PersonFactory()
    tell(ana, ana, None)
    assert Notification.objects.count() == 1


def test_neither_the_deactivated_nor_service_people_are_told() -> None:
    tell(PersonFactory(is_active=False), PersonFactory(kind="service"))
    tell()
    assert not Notification.objects.exists()


def test_each_in_their_language() -> None:
    ana, luz = PersonFactory(language="en"), PersonFactory(language="es")
    # Django's own catalogue has this one in every language.
    tell(ana, luz, title=_("Yes"))
    assert {n.recipient_id: n.title for n in Notification.objects.all()} == {ana.pk: "Yes", luz.pk: "Sí"}


def test_a_title_is_one_line_and_fits_a_subject() -> None:
    tell(PersonFactory(), title="Ticket\r\nBcc: all@x.example\x00 " + "x" * 300)
    title = Notification.objects.get().title
    assert "\n" not in title and "\r" not in title and "\x00" not in title
    assert len(title) == 200


def test_what_is_rolled_back_was_never_said() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        notify(recipients=[PersonFactory()], kind="test", once="x", title="x")
        raise ZeroDivisionError
    assert not Notification.objects.exists() and not Delivery.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_outside_of_a_change_it_is_refused() -> None:
    with pytest.raises(RuntimeError):
        notify(recipients=[], kind="test", once="x", title="x")


@pytest.mark.parametrize("many", [1, 3])
def test_queries_do_not_grow(many: int, django_assert_num_queries: Any) -> None:
    people = PersonFactory.create_batch(many)
    # savepoint; notices; which were written; choices; mail times; schools; the district's settings; deliveries; release
    with django_assert_num_queries(9):
        tell(*people)


def test_marking_read() -> None:
    ana, ben = PersonFactory(), PersonFactory()
    tell(ana, ben, once="1", path="/tickets/7/")
    tell(ana, once="2", path="/tickets/8/")

    assert mark_read(actor=ana, path="/tickets/7/") == 1
    assert mark_read(actor=ana, path="/tickets/7/") == 0
    assert mark_read(actor=ana, notice=Notification.objects.get(recipient=ben)) == 0
    assert mark_read(actor=ana, kinds=["another"]) == 0
    assert mark_read(actor=ana) == 1
    assert Notification.objects.for_person(ben).unread().count() == 1

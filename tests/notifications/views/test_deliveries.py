"""The list of deliveries: whom, what kind, what became of it; never what it said. And sending again from it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse

from techdesk.audit.models import Disclosure
from techdesk.base.clock import now
from techdesk.notifications.actions import notify
from techdesk.notifications.models import Delivery
from tests.factories import PersonFactory, SchoolFactory, person_with

pytestmark = pytest.mark.django_db
LIST = reverse("notifications:deliveries")


@pytest.fixture
def school() -> Any:
    return SchoolFactory()


@pytest.fixture
def technician(school: Any) -> Any:
    return person_with("technician", school)


def tell(person: Any, *, kind: str = "test", **changes: Any) -> Delivery:
    with transaction.atomic():
        notify(
            recipients=[person], kind=kind, once=str(now()), title="Secret title", body="Secret body", quote="Secret"
        )
    delivery = Delivery.objects.latest("id")
    if changes:
        Delivery.objects.filter(pk=delivery.pk).update(**changes)
    return delivery


def resend_url(delivery: Delivery) -> str:
    return reverse("notifications:delivery-resend", args=[delivery.key])


def test_what_became_of_each_and_nothing_of_what_it_said(school: Any, technician: Any, signed_in: Any) -> None:
    ana = person_with("teacher", school, given_name="Ana", email="ana@x.example")
    later = now() + dt.timedelta(hours=3)
    tell(ana)
    tell(ana, state="sent", sent_at=now())
    tell(ana, state="dead", last_error="SMTPRecipientsRefused: {'ana@x.example': (550, b'No such user')}")
    tell(ana, reason="quiet", available_at=later)
    tell(ana, kind="rare")
    tell(person_with("teacher", school, email=None))
    tell(person_with("teacher", SchoolFactory(), given_name="Zoe"))

    page = signed_in(technician).get(LIST).content.decode()

    for words in (
        "Ana", "ana@x.example", "Waiting", "Sent", "Could not be sent", "Held for quiet hours", "For the daily mail",
        "Only in Techdesk", "The mail server does not know this address.", "No such user", "has no email address",
    ):  # fmt: skip
        assert words in page, words
    assert "Zoe" not in page and "Platypus" not in page


def test_filters(school: Any, technician: Any, signed_in: Any) -> None:
    ana, ben = (person_with("teacher", school, given_name=name) for name in ("Ana", "Ben"))
    tell(ana, state="sent")
    tell(ana, reason="gathered", available_at=now() + dt.timedelta(hours=1))
    tell(ben, kind="rare")
    client = signed_in(technician)

    def found(**asked: Any) -> int:
        return len(client.get(LIST, asked).context["page"].rows)

    assert found() == 3
    assert (found(state="sent"), found(state="gathered"), found(state="waiting"), found(state="digest")) == (1, 1, 0, 1)
    assert (found(kind="rare"), found(kind="none of ours")) == (1, 3)
    assert (found(person=str(ana.key)), found(search="ben"), found(search=ana.email), found(search="zoe")) == (
        2,
        1,
        2,
        0,
    )
    assert found(person="x") == 3


def test_students_are_disclosed(school: Any, technician: Any, signed_in: Any) -> None:
    student = person_with("student", school)
    tell(student)
    tell(person_with("teacher", school))
    signed_in(technician).get(LIST)
    [row] = Disclosure.objects.all()
    assert (row.viewer, row.purpose, row.students) == (technician, "mail list", [student.pk])


def test_sending_again(school: Any, technician: Any, signed_in: Any) -> None:
    ana = person_with("teacher", school, given_name="Ana")
    delivery = tell(ana, state="dead")
    client = signed_in(technician)
    assert resend_url(delivery) in client.get(LIST).content.decode()
    answer = client.post(resend_url(delivery))
    assert answer["Location"] == f"{LIST}?person={ana.key}"
    page = client.get(answer["Location"]).content.decode()
    assert "It is on its way again to Ana" in page and "Sent again by hand" in page
    assert client.post(resend_url(delivery)).status_code == 409
    assert client.get(resend_url(delivery)).status_code == 405
    assert Delivery.objects.count() == 2


def test_who_may_not(school: Any, signed_in: Any) -> None:
    delivery = tell(person_with("teacher", school), state="dead")
    for role in ("teacher", "student", "school_admin", "auditor"):
        client = signed_in(person_with(role, school))
        assert client.get(LIST).status_code == client.post(resend_url(delivery)).status_code == 403
    elsewhere = signed_in(person_with("technician", SchoolFactory()))
    assert elsewhere.post(resend_url(delivery)).status_code == 404
    assert elsewhere.get(LIST).context["page"].rows == []
    assert len(signed_in(person_with("district_admin")).get(LIST).context["page"].rows) == 1
    assert Delivery.objects.count() == 1


def test_pages(school: Any, technician: Any, signed_in: Any) -> None:
    ana = person_with("teacher", school)
    for _number in range(53):
        tell(ana)
    client = signed_in(technician)
    first = client.get(LIST).context["page"]
    second = client.get(LIST, {"cursor": first.next_cursor}).context["page"]
    assert (len(first.rows), len(second.rows)) == (50, 3)


@pytest.mark.parametrize("many", [1, 3])
def test_queries_do_not_grow(
    school: Any, technician: Any, signed_in: Any, many: int, django_assert_num_queries: Any
) -> None:
    for _number in range(many):
        tell(PersonFactory() if _number > 5 else person_with("student", school), state="dead")
    client = signed_in(technician)
    with django_assert_num_queries(6):  # session, person, roles; page; disclosure; unread in the head
        client.get(LIST)

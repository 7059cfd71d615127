"""A person's notices: their own, newest first, marked read by posting."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse

from techdesk.notifications.actions import notify
from techdesk.notifications.models import Notification
from techdesk.notifications.queries import unread_count
from tests.factories import PersonFactory

LIST = reverse("notifications:list")


@pytest.fixture
def person(db: Any) -> Any:
    return PersonFactory()


def tell(person: Any, title: str = "Ticket 7: answer", *, path: str = "/settings/", body: str = "") -> Notification:
    with transaction.atomic():
        notify(recipients=[person], kind="test", once=f"{title}{path}", title=title, body=body, path=path)
    return Notification.objects.latest("id")


def test_newest_first_and_only_ones_own(person: Any, signed_in: Any) -> None:
    tell(person, "First")
    tell(person, "Second", body="<b>bold</b>")
    tell(PersonFactory(), "Not mine")

    page = signed_in(person).get(LIST).content.decode()

    assert page.index("Second") < page.index("First")
    assert "Not mine" not in page
    assert "&lt;b&gt;bold" in page


def test_nothing_yet(person: Any, signed_in: Any) -> None:
    page = signed_in(person).get(LIST).content.decode()
    assert "No notices yet" in page and "Mark all as read" not in page


def test_opening_marks_read_and_goes_there(person: Any, signed_in: Any) -> None:
    notice = tell(person)
    client = signed_in(person)

    answer = client.post(reverse("notifications:open", args=[notice.key]))

    assert answer["Location"] == "/settings/"
    notice.refresh_from_db()
    first = notice.read_at
    assert first is not None
    client.post(reverse("notifications:open", args=[notice.key]))
    notice.refresh_from_db()
    assert notice.read_at == first


@pytest.mark.parametrize("path", ["", "//evil.example/", "https://evil.example/", "\\\\evil.example"])
def test_it_never_leads_out_of_the_house(person: Any, signed_in: Any, path: str) -> None:
    notice = tell(person, path=path)
    answer = signed_in(person).post(reverse("notifications:open", args=[notice.key]))
    assert answer["Location"] == LIST


def test_marking_one_and_all(person: Any, signed_in: Any) -> None:
    one, two, three = tell(person, "1"), tell(person, "2"), tell(person, "3")
    theirs = tell(PersonFactory(), "theirs")
    client = signed_in(person)

    assert client.post(reverse("notifications:read", args=[two.key]))["Location"] == LIST
    assert unread_count(person) == 2
    client.post(reverse("notifications:read-all"))

    assert unread_count(person) == 0
    assert not Notification.objects.filter(pk__in=[one.pk, two.pk, three.pk], read_at__isnull=True).exists()
    theirs.refresh_from_db()
    assert theirs.read_at is None


def test_somebody_elses_is_404(person: Any, signed_in: Any) -> None:
    theirs = tell(PersonFactory())
    client = signed_in(person)
    for name in ("open", "read"):
        assert client.post(reverse(f"notifications:{name}", args=[theirs.key])).status_code == 404
    theirs.refresh_from_db()
    assert theirs.read_at is None


def test_looking_never_marks(person: Any, signed_in: Any) -> None:
    notice = tell(person)
    client = signed_in(person)
    client.get(LIST)
    for name in ("open", "read"):
        assert client.get(reverse(f"notifications:{name}", args=[notice.key])).status_code == 405
    assert client.get(reverse("notifications:read-all")).status_code == 405
    assert unread_count(person) == 1


def test_strangers(client: Any, db: Any) -> None:
    assert client.get(LIST).status_code == 302
    assert client.post(reverse("notifications:read-all")).status_code == 302


def test_pages(person: Any, signed_in: Any) -> None:
    for number in range(35):
        tell(person, f"Notice {number:02}")
    client = signed_in(person)
    first = client.get(LIST).context["page"]
    second = client.get(LIST, {"cursor": first.next_cursor}).context["page"]
    assert [n.title for n in first.rows] == [f"Notice {n:02}" for n in range(34, 4, -1)]
    assert [n.title for n in second.rows] == [f"Notice {n:02}" for n in range(4, -1, -1)]
    assert client.get(LIST, {"cursor": "x"}).status_code == 400


@pytest.mark.parametrize("many", [1, 3])
def test_queries_do_not_grow(person: Any, signed_in: Any, many: int, django_assert_num_queries: Any) -> None:
    for number in range(many):
        tell(person, str(number))
    client = signed_in(person)
    with django_assert_num_queries(5):  # session, person, roles; page; unread in the head
        client.get(LIST)


def test_the_count_is_capped_and_one_query(person: Any, django_assert_num_queries: Any) -> None:
    for number in range(7):
        tell(person, str(number))
    with django_assert_num_queries(1):
        assert unread_count(person, cap=5) == 5
    assert unread_count(person) == 7

"""Keyset pages: every row once, over ties and nulls, both ways, and no cursor from outside breaks anything."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.db.models.functions import Lower
from django.test.utils import CaptureQueriesContext

from techdesk.base.paging import BadCursor, keyset_page
from techdesk.directory.models import Person
from tests.factories.directory import PersonFactory, RoomFactory

ORDERS = [
    ("pk",),
    ("-pk",),
    ("grade", "pk"),
    ("-grade", "-pk"),
    ("-grade", "pk"),
    ("deactivated_at", "pk"),
    ("-deactivated_at", "-pk"),
    ("-deactivated_at", "grade", "pk"),
    ("created_at", "pk"),
    ("default_room", "-pk"),
    ("default_room__code", "pk"),
    ("key", "pk"),
]


@pytest.fixture
def people(db: Any) -> Any:
    """23 people with few grades, few moments (microseconds apart) and few rooms, so that all orderings have ties."""
    start = datetime(2026, 3, 3, 9, 10, 11, 123_456, tzinfo=UTC)
    rooms = [RoomFactory(code="101"), RoomFactory(code="101"), None]
    for n in range(23):
        PersonFactory(
            grade=str(n % 3),
            created_at=start + timedelta(microseconds=n // 4),
            deactivated_at=None if n % 2 else start + timedelta(microseconds=n % 5),
            default_room=rooms[n % 3],
        )
    return Person.objects.all()


def walk(rows: Any, order: tuple[str, ...], limit: int) -> list[Any]:
    """All rows forward, checking that walking back gives the same pages."""
    pages, cursor = [], None
    while True:
        page = keyset_page(rows, order=order, cursor=cursor, limit=limit)
        pages.append(page)
        cursor = page.next_cursor
        if cursor is None:
            break
        assert len(pages) < 50
    for earlier, later in zip(pages, pages[1:], strict=False):
        back = keyset_page(rows, order=order, cursor=later.previous_cursor, limit=limit)
        assert back.rows == earlier.rows
        assert (back.previous_cursor is None) == (earlier is pages[0])
        assert back.next_cursor is not None
    assert pages[0].previous_cursor is None
    return [row for page in pages for row in page.rows]


@pytest.mark.parametrize("limit", [1, 4, 23, 100])
@pytest.mark.parametrize("order", ORDERS, ids=",".join)
def test_every_row_once_and_in_order(people: Any, order: tuple[str, ...], limit: int) -> None:
    assert walk(people, order, limit) == list(people.order_by(*order))


def test_annotations_and_plain_values(people: Any) -> None:
    rows = people.annotate(low=Lower("family_name")).values("pk", "low", "grade")
    assert walk(rows, ("grade", "-low", "pk"), 5) == list(rows.order_by("grade", "-low", "pk"))
    renamed = people.annotate(room_code=F("default_room__code")).values("id", "room_code")
    assert walk(renamed, ("room_code", "pk"), 5) == list(renamed.order_by("room_code", "pk"))


def test_a_row_that_arrives_or_goes_moves_no_other(people: Any) -> None:
    first = keyset_page(people, order=("-pk",), cursor=None, limit=5)
    PersonFactory()
    people.filter(pk=first.rows[-1].pk).update(is_active=False)
    second = keyset_page(people.filter(is_active=True), order=("-pk",), cursor=first.next_cursor, limit=5)
    assert second.rows[0].pk < first.rows[-1].pk
    assert not {row.pk for row in first.rows} & {row.pk for row in second.rows}


def test_no_offset_no_count_one_query(people: Any) -> None:
    page = keyset_page(people, order=("grade", "pk"), cursor=None, limit=5)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        keyset_page(people, order=("grade", "pk"), cursor=page.next_cursor, limit=5)
    assert len(queries) == 1
    sql = queries[0]["sql"].upper()
    assert "OFFSET" not in sql
    assert "COUNT(" not in sql
    assert '("DIRECTORY_PERSON"."GRADE", "DIRECTORY_PERSON"."ID") > (' in sql


def test_an_empty_list_has_no_cursors(db: Any) -> None:
    page = keyset_page(Person.objects.none(), order=("pk",), cursor=None, limit=5)
    assert (page.rows, page.next_cursor, page.previous_cursor) == ([], None, None)


def test_an_ordering_must_end_in_the_key(db: Any) -> None:
    for order in ((), ("grade",), ("pk", "grade")):
        with pytest.raises(TypeError):
            keyset_page(Person.objects.all(), order=order, cursor=None, limit=5)


def forged(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


ORDER = ("grade", "-created_at", "pk")
SIGNATURE = "grade,-created_at,pk"
MOMENT = "2026-03-03T09:10:11.123456+00:00"


@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense",
        "%%%",
        "ümlaut",
        "A" * 5000,
        forged([]),
        forged("x"),
        forged(None),
        forged({}),
        forged({"o": SIGNATURE, "d": "n", "v": []}),
        forged({"o": SIGNATURE, "d": "n", "v": ["1", MOMENT]}),
        forged({"o": SIGNATURE, "d": "x", "v": ["1", MOMENT, 1]}),
        forged({"o": "pk", "d": "n", "v": ["1", MOMENT, 1]}),
        forged({"o": SIGNATURE, "d": "n", "v": {"a": 1}}),
        forged({"o": SIGNATURE, "d": "n", "v": ["1", "yesterday", 1]}),
        forged({"o": SIGNATURE, "d": "n", "v": ["1", MOMENT, "x"]}),
        forged({"o": SIGNATURE, "d": "n", "v": ["1", MOMENT, None]}),
        forged({"o": SIGNATURE, "d": "n", "v": ["1", MOMENT, 10**30]}),
        forged({"o": SIGNATURE, "d": "n", "v": ["1", MOMENT, 1e400]}),
        forged({"o": SIGNATURE, "d": "n", "v": ["\x00", MOMENT, 1]}),
        forged({"o": SIGNATURE, "d": "n", "v": [["1"], MOMENT, 1]}),
        forged({"o": SIGNATURE, "d": ["n"], "v": ["1", MOMENT, 1]}),
    ],
)
def test_a_broken_cursor_is_refused(people: Any, cursor: str) -> None:
    with pytest.raises(BadCursor) as refusal:
        keyset_page(people, order=ORDER, cursor=cursor, limit=5)
    assert refusal.value.code == "bad_cursor"
    assert refusal.value.status == 400
    assert isinstance(refusal.value, ValueError)


def test_a_cursor_of_another_ordering_is_refused(people: Any) -> None:
    page = keyset_page(people, order=("grade", "pk"), cursor=None, limit=5)
    with pytest.raises(BadCursor):
        keyset_page(people, order=("-grade", "pk"), cursor=page.next_cursor, limit=5)

"""A made-up district of any size: complete, the same every time, and keeping every promise of the database."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from devices.models import Device
from techdesk.audit.models import AuditEntry
from techdesk.base.errors import BadInput, NotPossible
from techdesk.base.text import fold
from techdesk.directory.models import Person, School
from techdesk.site.seed.load import check, seed_district
from techdesk.site.seed.plan import Sizes, shares
from tests.factories import SchoolFactory
from tickets.models import Ticket

SMALL = Sizes(schools=2, students=300, devices=200, tickets=100)
MOMENT = dt.datetime(2026, 10, 7, 15, tzinfo=dt.UTC)
CONTENT = {
    "people": "SELECT kind, sort_name, email, identifier, grade FROM directory_person WHERE kind <> 'service'"
    " ORDER BY id",
    "rooms": "SELECT code, name, kind FROM directory_room ORDER BY id",
    "devices": "SELECT asset_tag, serial, status, condition, home_slot, purchased_on, updated_at FROM devices_device"
    " ORDER BY id",
    "custodies": "SELECT holder_type, out_at, in_at, due_on FROM devices_custody ORDER BY id",
    "tickets": "SELECT subject, status, priority, created_at, updated_at FROM tickets_ticket ORDER BY id",
    "messages": "SELECT body, is_internal, created_at FROM tickets_message ORDER BY id",
}
#: Each finds rows that break a promise.
BROKEN = {
    "a student without a homeroom": """
        SELECT p.id FROM directory_person p WHERE p.kind = 'student' AND NOT EXISTS (
            SELECT FROM directory_enrolment e JOIN directory_section s ON s.id = e.section_id
            WHERE e.person_id = p.id AND s.kind = 'homeroom')""",
    "a student with roles at no school or several": """
        SELECT p.id FROM directory_person p WHERE p.kind = 'student' AND 1 <> (
            SELECT count(*) FROM directory_roleassignment r WHERE r.person_id = p.id AND r.school_id IS NOT NULL)""",
    "a section whose students belong to another school": """
        SELECT e.id FROM directory_enrolment e JOIN directory_section s ON s.id = e.section_id
        JOIN directory_roleassignment r ON r.person_id = e.person_id WHERE r.school_id <> s.school_id""",
    "out and not in use": """
        SELECT d.id FROM devices_device d JOIN devices_custody c ON c.device_id = d.id AND c.in_at IS NULL
        WHERE d.status NOT IN ('in_use', 'missing', 'lost')""",
    "in use and not out": """
        SELECT d.id FROM devices_device d WHERE d.status = 'in_use' AND NOT EXISTS (
            SELECT FROM devices_custody c WHERE c.device_id = d.id AND c.in_at IS NULL)""",
    "two custodies at the same time": """
        SELECT a.id FROM devices_custody a JOIN devices_custody b ON a.device_id = b.device_id AND a.id < b.id
        WHERE tstzrange(a.out_at, a.in_at) && tstzrange(b.out_at, b.in_at)""",
    "custodies that did not open in the order of their ids": """
        SELECT a.id FROM devices_custody a JOIN devices_custody b ON b.id = a.id + 1 WHERE b.out_at < a.out_at""",
    "a device in a slot that its cart does not have, or in the cart of another school": """
        SELECT d.id FROM devices_device d JOIN devices_device k ON k.id = d.home_cart_id
        WHERE d.home_slot NOT BETWEEN 1 AND k.slot_count OR d.school_id <> k.school_id""",
    "a device gone that has a home": """
        SELECT id FROM devices_device WHERE status IN ('retired', 'disposed')
        AND (home_room_id IS NOT NULL OR home_cart_id IS NOT NULL)""",
    "a holder of another school": """
        SELECT c.id FROM devices_custody c JOIN directory_roleassignment r ON r.person_id = c.person_id
        WHERE r.school_id <> c.school_id""",
    "something that happens tomorrow": """
        SELECT id FROM devices_custody WHERE greatest(out_at, in_at) > %(moment)s
        UNION ALL SELECT id FROM tickets_ticket
            WHERE greatest(created_at, updated_at, resolved_at, closed_at) > %(moment)s
        UNION ALL SELECT id FROM tickets_message WHERE created_at > %(moment)s""",
    "a ticket with things or people of another school": """
        SELECT t.id FROM tickets_ticket t JOIN directory_room r ON r.id = t.room_id WHERE r.school_id <> t.school_id
        UNION ALL SELECT t.id FROM tickets_ticket t JOIN tickets_ticketdevice x ON x.ticket_id = t.id
            JOIN devices_device d ON d.id = x.device_id WHERE d.school_id <> t.school_id""",
    "a closed ticket without its moments": """
        SELECT id FROM tickets_ticket WHERE status = 'closed' AND (resolved_at IS NULL OR closed_at IS NULL)
        OR status = 'new' AND assignee_id IS NOT NULL""",
}


def _rows(sql: str, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return cursor.fetchall()


def _content() -> dict[str, list[tuple[Any, ...]]]:
    return {name: _rows(sql) for name, sql in CONTENT.items()}


@pytest.fixture
def emptied() -> Callable[[], None]:
    """Empties what a load has filled, in the transaction of the test."""

    def empty() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "TRUNCATE directory_district, directory_school, directory_schoolyear, directory_person CASCADE;"
                "TRUNCATE directory_closedday, directory_externalid"
            )

    return empty


@pytest.mark.django_db
def test_it_has_what_was_asked_for_and_breaks_no_promise() -> None:
    counts = seed_district(SMALL, moment=MOMENT)
    assert School.objects.count() == 2
    assert Person.objects.students().count() == 300
    assert Device.objects.count() == 200
    assert Ticket.objects.count() == 100
    for table, count in counts.items():
        assert _rows(f'SELECT count(*) FROM "{table}"')[0][0] - (table == "directory_person") == count, table
    for promise, sql in BROKEN.items():
        found = _rows(sql, moment=MOMENT) if "%(moment)s" in sql else _rows(sql)
        assert found == [], promise
    out = _rows(
        "SELECT count(*) FROM devices_custody c JOIN directory_person p ON p.id = c.person_id"
        " WHERE c.in_at IS NULL AND p.kind = 'student'"
    )[0][0]
    assert 0.55 <= out / 200 <= 0.65
    assert Device.objects.carts().exists()
    assert {"closed", "open"} <= set(Ticket.objects.values_list("status", flat=True))
    for person in Person.objects.humans():
        assert person.sort_name == fold(f"{person.family_name} {person.given_name}")
        folded = person.search_text
        person.fill_search()
        assert person.search_text == folded
        assert not person.has_password
    for device in Device.objects.select_related("model", "manufacturer"):
        folded = device.search_text
        device.fill_search()
        assert device.search_text == folded


@pytest.mark.django_db
def test_what_comes_after_gets_new_keys_and_numbers_and_a_history() -> None:
    seed_district(SMALL, moment=MOMENT)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    last = Ticket.objects.order_by("-number")[0].number
    school = School.objects.order_by("pk")[0]
    added = SchoolFactory(code="NEW")
    assert added.pk > school.pk
    person = Person.objects.with_email("teacher@seed.techdesk.example").get()
    assert (
        Ticket.objects.create(subject="x", search_text="x", school=school, requester=person, entered_by=person).number
        == last + 1
    )
    assert _rows("SELECT count(*) FROM directory_schoolevent")[0][0] == 1  # the new one; none of the load
    entry = AuditEntry.objects.get(verb="seed")
    assert entry.facts["devices_device"] == 200


@pytest.mark.django_db
def test_the_same_seed_gives_the_same_district(emptied: Callable[[], None]) -> None:
    seed_district(SMALL, moment=MOMENT)
    first = _content()
    emptied()
    seed_district(SMALL, moment=MOMENT)
    assert _content() == first
    emptied()
    seed_district(SMALL, moment=MOMENT, seed=1)
    assert _content() != first


@pytest.mark.django_db
def test_refusals(settings: Any) -> None:
    with pytest.raises(BadInput, match="library"):
        check(SMALL, titles=1)
    with pytest.raises(BadInput):
        check(Sizes(schools=0, students=1, devices=0, tickets=0))
    settings.LOCAL = settings.TESTING = False
    with pytest.raises(NotPossible) as refusal:
        check(SMALL)
    assert refusal.value.code == "seed_not_allowed"
    settings.LOCAL = True
    check(SMALL)
    seed_district(Sizes(schools=1, students=0, devices=0, tickets=0))
    with pytest.raises(NotPossible) as refusal:
        check(SMALL)
    assert refusal.value.code == "not_empty"


@pytest.mark.django_db
def test_the_command(capsys: Any) -> None:
    output = io.StringIO()
    call_command("seed_district", "--schools", "1", "--dry-run", "--json", stdout=output)
    assert json.loads(output.getvalue())["created"] == 0
    assert not School.objects.exists()
    output = io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("seed_district", "--titles", "5", "--json", stdout=output)
    assert end.value.code == 2
    assert json.loads(output.getvalue())["errors"][0]["code"] == "no_library"


@pytest.mark.parametrize(
    ("total", "weights", "expected"), [(10, [1, 1, 1], [4, 3, 3]), (0, [2, 1], [0, 0]), (7, [5, 2], [5, 2])]
)
def test_shares(total: int, weights: list[float], expected: list[int]) -> None:
    assert shares(total, weights) == expected

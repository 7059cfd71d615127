"""The feed of changes stays quick: its questions are answered by indexes, for a district and for one small school."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection

import techdesk.site.api  # noqa: F401 - every resource of the feed is declared then
from techdesk.api.resources import followed
from techdesk.audit.models import ChangeEvent
from techdesk.audit.queries import newest_change
from tests.factories import SchoolFactory, person_with

EVENTS = 100_000
PAGE = 51


@pytest.fixture
def long_feed(db: Any) -> dict[str, Any]:
    """100,000 events: nine in ten at a large school, one in a thousand at a small one."""
    large, small, middle = SchoolFactory(code="LARGE"), SchoolFactory(code="SMALL"), SchoolFactory(code="MIDDLE")
    ChangeEvent.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO audit_changeevent
                (object_type, object_key, version, verb, school_before_id, school_after_id, schools, at, number)
            SELECT 'devices', 'C-' || (n %% 5000), 1, 'change', school, school, ARRAY[school], now(), n
            FROM generate_series(1, %s) AS n, LATERAL (
                SELECT CASE WHEN n %% 1000 = 0 THEN %s WHEN n %% 10 = 0 THEN %s ELSE %s END::bigint AS school
            ) AS place
            """,
            [EVENTS, small.pk, middle.pk, large.pk],
        )
        cursor.execute("ANALYZE audit_changeevent")
    return {"large": large, "small": small}


def buffers(viewer: Any, since: int) -> tuple[int, str]:
    """How many blocks of the table and its indexes a page reads, and by which plan."""
    rows = ChangeEvent.objects.known_to(viewer, followed().values()).after(since).up_to(EVENTS)[:PAGE]
    plan = json.loads(rows.explain(format="json", analyze=True, buffers=True))[0]["Plan"]
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"], json.dumps(plan)


def test_a_page_reads_few_blocks_wherever_it_starts(long_feed: dict[str, Any]) -> None:
    assert newest_change() == EVENTS
    for viewer in (person_with("district_admin"), person_with("technician", long_feed["large"])):
        for since in (0, EVENTS // 2, EVENTS - 60):
            read, plan = buffers(viewer, since)
            assert "Seq Scan" not in plan and read < 120, (since, read)


def test_the_feed_of_a_small_school_does_not_read_that_of_the_district(long_feed: dict[str, Any]) -> None:
    viewer = person_with("technician", long_feed["small"])
    for since in (0, EVENTS - 2_000):
        read, plan = buffers(viewer, since)
        assert "Seq Scan" not in plan and read < 400, (since, read, plan)

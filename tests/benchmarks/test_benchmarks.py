"""The benchmarks run, on a district so small that their times mean nothing, and say what they promise to say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from benchmarks import report
from benchmarks.__main__ import sizes
from benchmarks.measuring import compare
from techdesk.site.seed.load import seed_district
from techdesk.site.seed.plan import Sizes
from tests.faults.town import database_url


@pytest.fixture
def measured(transactional_db: Any, tmp_path: Path) -> dict[str, Any]:
    """What one size says of itself, from the real processes on the test's database."""
    seed_district(Sizes(schools=2, students=300, devices=400, tickets=50))
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
        "TECHDESK_VAR": str(tmp_path),
        "TECHDESK_DEBUG": "0",
        "TECHDESK_DEMO": "0",
        "TECHDESK_LOG_LEVEL": "WARNING",
    }
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.one", "--pairs", "4", "--seconds", "0"],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_every_figure_has_its_floor(measured: dict[str, Any]) -> None:
    assert measured["devices"] == 400
    for figure, (floor, _direction, _bound) in report.PROMISES.items():
        assert measured["ratios"][figure][floor]["ratio"] > 0, figure
    pages = {name for name in measured["ratios"] if name.startswith("page: ")}
    assert pages == {"page: devices", "page: one device", "page: ticket queue"}
    for page, cost in measured["costs"].items():
        assert 0 < cost["statements"] < 30, page
        assert cost["buffers"] > 0 or page == "check-out"
    assert measured["costs"]["list of 50"]["statements"] == measured["costs"]["list of 1,000"]["statements"]
    result = measured | {"seed": {"created": 1, "seconds": 1.0}, "devices": report.FULL_PAGES}
    larger = result | {"costs": {name: one | {"buffers": 10**6} for name, one in measured["costs"].items()}}
    text = "\n".join(report.table([result, larger]))
    assert "list of 50" in text
    assert report.verdicts([result, larger])["buffers of list of 50 do not grow"] is False
    assert report.verdicts([result, result])["buffers of list of 50 do not grow"] is True


def test_pairs_are_taken_by_turns() -> None:
    calls: list[str] = []
    found = compare(lambda n: calls.append("subject"), lambda n: calls.append("floor"), pairs=3)
    assert calls == ["subject", "floor", "subject", "floor", "floor", "subject", "subject", "floor"]
    assert found.pairs == 3
    assert found.spread[0] <= found.ratio <= found.spread[1]


def test_sizes_are_read_smallest_first() -> None:
    assert sizes("200000,20000") == [20000, 200000]

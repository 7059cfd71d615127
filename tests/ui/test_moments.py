"""Dates as people say them, in the time zone of the reader."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone, translation

from techdesk.ui.moments import exact, short, spoken, worded

NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)  # Wednesday, 9:00 in Chicago


@pytest.fixture(autouse=True)
def _chicago_on_wednesday() -> object:
    with timezone.override(ZoneInfo("America/Chicago")), time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (NOW, "just now"),
        (datetime(2026, 3, 4, 14, 59, tzinfo=UTC), "1 minute ago"),
        (datetime(2026, 3, 4, 14, 1, tzinfo=UTC), "59 minutes ago"),
        (datetime(2026, 3, 4, 13, 30, tzinfo=UTC), "today 7:30 AM"),
        (datetime(2026, 3, 4, 15, 30, tzinfo=UTC), "today 9:30 AM"),
        # Still the day before in Chicago, although it is the same day in UTC.
        (datetime(2026, 3, 4, 5, 59, tzinfo=UTC), "yesterday 11:59 PM"),
        (datetime(2026, 3, 6, 5, 30, tzinfo=UTC), "tomorrow 11:30 PM"),
        (datetime(2026, 3, 1, 18, 0, tzinfo=UTC), "last Sunday"),
        (datetime(2026, 2, 20, 18, 0, tzinfo=UTC), "Feb 20"),
        (datetime(2025, 12, 20, 18, 0, tzinfo=UTC), "Dec 20, 2025"),
        (date(2026, 3, 4), "today"),
        (date(2026, 3, 9), "Monday"),
        (date(2026, 3, 11), "Mar 11"),
    ],
)
def test_spoken(moment: date, words: str) -> None:
    assert spoken(moment) == words


def test_exact_and_printed() -> None:
    assert exact(NOW) == "Wednesday, March 4, 2026, 9:00 AM"
    assert short(NOW) == "Mar 4, 2026, 9:00 AM"
    assert exact(date(2026, 3, 4)) == "Wednesday, March 4, 2026"


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (NOW, "ahora mismo"),
        (datetime(2026, 3, 4, 14, 59, tzinfo=UTC), "hace 1 minuto"),
        (datetime(2026, 3, 4, 14, 55, tzinfo=UTC), "hace 5 minutos"),
        (datetime(2026, 3, 4, 13, 30, tzinfo=UTC), "hoy 7:30 AM"),
        (datetime(2026, 3, 1, 18, 0, tzinfo=UTC), "el domingo pasado"),
        (datetime(2025, 12, 20, 18, 0, tzinfo=UTC), "20 dic 2025"),
        (date(2026, 3, 9), "lunes"),
        (date(2026, 3, 11), "11 mar"),
    ],
)
def test_spoken_in_spanish(moment: date, words: str) -> None:
    with translation.override("es"):
        assert spoken(moment) == words


def test_exact_and_short_in_spanish() -> None:
    with translation.override("es"):
        assert exact(NOW) == "miércoles 4 de marzo de 2026, 9:00 AM"
        assert short(NOW) == "4 mar 2026, 9:00 AM"
        assert worded(date(2026, 11, 22), "F j") == "22 de noviembre"

"""The one source of the present moment, so that tests can travel in time."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


def now() -> dt.datetime:
    """The present moment, in UTC."""
    return timezone.now()


def district_today() -> dt.date:
    """Today where the district is."""
    return now().astimezone(ZoneInfo(settings.DISTRICT_TIME_ZONE)).date()

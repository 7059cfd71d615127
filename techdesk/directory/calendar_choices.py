"""What a day of a calendar can be, with tone and icon: the legend below the months."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from techdesk.ui.choices import StateChoices, Tone

if TYPE_CHECKING:
    from techdesk.directory.queries import SchoolPlan


class DayKind(StateChoices):
    CLOSED = "closed", _("Closed"), Tone.INFO, "outline/calendar-off"
    SNOW = "snow", _("Closed at short notice"), Tone.BAD, "outline/snowflake"
    SHORT = "short", _("Short day"), Tone.WARN, "outline/clock"
    CHOSEN = "chosen", _("Something else that day"), Tone.GOOD, "outline/calendar-event"

    @classmethod
    def shown(cls, plan: SchoolPlan, first: dt.date, last: dt.date) -> list[DayKind]:
        """Those that occur between two days."""
        closings = [one for on, one in plan.closings.items() if first <= on <= last]
        there = {
            cls.CLOSED: any(not one.at_short_notice for one in closings),
            cls.SNOW: any(one.at_short_notice for one in closings),
            cls.SHORT: any(first <= on <= last for on in plan.short_names),
            cls.CHOSEN: any(first <= on <= last for on in plan.instead),
        }
        return [kind for kind in cls if there[kind]]

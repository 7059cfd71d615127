"""Dates as people say them: "4 minutes ago", "today 9:10", "tomorrow", "Mon, Mar 3"."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def _clock(moment: datetime) -> str:
    return date_format(moment, "g:i A")


def spoken(moment: datetime | date) -> str:
    """The moment in words, seen from now, in the current time zone. A date without a time is spoken as a
    day.
    """
    if not isinstance(moment, datetime):
        return _day(moment, timezone.localdate())
    now = timezone.now()
    seconds = (now - moment).total_seconds()
    if 0 <= seconds < 60:
        return _("just now")
    if 0 <= seconds < 3600:
        minutes = int(seconds // 60)
        return ngettext("%(n)d minute ago", "%(n)d minutes ago", minutes) % {"n": minutes}
    local = timezone.localtime(moment)
    today = timezone.localdate()
    if abs((local.date() - today).days) <= 1:
        return _("%(day)s %(clock)s") % {"day": _day(local.date(), today), "clock": _clock(local)}
    return _day(local.date(), today)


def exact(moment: datetime | date) -> str:
    """The same moment in full: "Monday, March 3, 2026, 9:10 AM"."""
    if not isinstance(moment, datetime):
        return date_format(moment, "l, F j, Y")
    return date_format(timezone.localtime(moment), "l, F j, Y, g:i A")


def short(moment: datetime | date) -> str:
    """The same moment as it is printed: "Mar 3, 2026, 9:10 AM"."""
    if not isinstance(moment, datetime):
        return date_format(moment, "M j, Y")
    return date_format(timezone.localtime(moment), "M j, Y, g:i A")


def _day(day: date, today: date) -> str:
    distance = (day - today).days
    if distance == 0:
        return _("today")
    if distance == 1:
        return _("tomorrow")
    if distance == -1:
        return _("yesterday")
    if -7 < distance < 7:
        return date_format(day, "l") if distance > 0 else _("last %(weekday)s") % {"weekday": date_format(day, "l")}
    return date_format(day, "M j") if day.year == today.year else date_format(day, "M j, Y")

"""Dates as people say them: "4 minutes ago", "today 9:10", "tomorrow", "Mon, Mar 3"."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

#: The forms our texts use, in the order in which another language says them. Names of days and months come from Django.
ORDER = {
    "es": {
        "M j": "j b",
        "M j, Y": "j b Y",
        "F j": r"j \d\e F",
        "F j, Y": r"j \d\e F \d\e Y",
        "D, M j": "D j b",
        "D, M j, Y": "D j b Y",
        "l, F j": r"l j \d\e F",
        "l, F j, Y": r"l j \d\e F \d\e Y",
        "l, F j, Y, g:i A": r"l j \d\e F \d\e Y, g:i A",
        "M j, Y, g:i A": "j b Y, g:i A",
    }
}


def worded(day: date | datetime, form: str) -> str:
    """The day as the language in force writes it: worded(day, "F j") is "March 3" or "3 de marzo".

    `form` is one of Django's date formats in American order; in a language it is not listed for it stays so.
    """
    return date_format(day, ORDER.get(get_language() or "en", {}).get(form, form))


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
        return worded(moment, "l, F j, Y")
    return worded(timezone.localtime(moment), "l, F j, Y, g:i A")


def short(moment: datetime | date) -> str:
    """The same moment as it is printed: "Mar 3, 2026, 9:10 AM"."""
    if not isinstance(moment, datetime):
        return worded(moment, "M j, Y")
    return worded(timezone.localtime(moment), "M j, Y, g:i A")


def _day(day: date, today: date) -> str:
    distance = (day - today).days
    if distance == 0:
        return _("today")
    if distance == 1:
        return _("tomorrow")
    if distance == -1:
        return _("yesterday")
    if -7 < distance < 7:
        return worded(day, "l") if distance > 0 else _("last %(weekday)s") % {"weekday": worded(day, "l")}
    return worded(day, "M j") if day.year == today.year else worded(day, "M j, Y")

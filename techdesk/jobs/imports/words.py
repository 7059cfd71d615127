"""What an import does with a row, in words for the preview page."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from techdesk.jobs.choices import Verdict
from techdesk.jobs.imports.kinds import Part
from techdesk.jobs.imports.verdicts import changed_facts
from techdesk.jobs.models import ImportRow

_DATES = ("_on", "_at", "_through")


def differences(part: Part, row: ImportRow) -> list[str]:
    """One line per fact that changes ("Grade: 04 → 05"); for something new its telling facts in one line."""
    if row.verdict == Verdict.CREATE:
        told = [name for name in part.telling if row.data.get(name) not in (None, "", [], False)]
        line = " · ".join(f"{part.fields[name]}: {spoken(part, name, row.data[name])}" for name in told)
        return [line] if line else []
    if row.verdict not in (Verdict.UPDATE, Verdict.DEACTIVATE):
        return []
    changed = set(changed_facts(row))
    return [_line(part, row, name) for name in part.fields if name in changed]


def _line(part: Part, row: ImportRow, name: str) -> str:
    if name == "listed":
        return _("Is listed from now on") if row.data["listed"] else _("Is no longer listed")
    old, new = spoken(part, name, row.before[name]), spoken(part, name, row.data[name])
    return f"{part.fields[name]}: {old} → {new}"


def spoken(part: Part, name: str, value: Any) -> str:
    """A value as people say it."""
    if value in (None, "", []):
        return _("empty")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(part.word(name, str(one)) for one in value)
    if name.endswith(_DATES):
        return _date(str(value))
    return part.word(name, str(value))


def _date(value: str) -> str:
    try:
        if len(value) <= 10:
            return str(formats.date_format(dt.date.fromisoformat(value), "DATE_FORMAT"))
        moment = timezone.localtime(dt.datetime.fromisoformat(value))
        return str(formats.date_format(moment, "SHORT_DATETIME_FORMAT"))
    except ValueError:
        return value

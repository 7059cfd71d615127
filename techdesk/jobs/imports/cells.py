"""Values of cells: read strictly, refused with a code and with words that say how to write them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?")
_TRUE = frozenset({"true", "1", "yes", "y"})
_FALSE = frozenset({"false", "0", "no", "n"})


class RowProblem(Exception):
    """One row cannot be used. `code` is stable, `message` is for the person; neither names a person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def snake(heading: str) -> str:
    """A heading as part of a code: "orgSourcedIds" becomes "org_sourced_ids"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", heading).lower()


def words(cells: Mapping[str, str], name: str, longest: int) -> str:
    """The text of a cell that may be empty or missing. Raises RowProblem too_long."""
    value = cells.get(name, "")
    if len(value) > longest:
        message = _("“%(column)s” is longer than %(longest)d characters. Shorten it in the source.")
        raise RowProblem("too_long", message % {"column": name, "longest": longest})
    return value


def needed(cells: Mapping[str, str], name: str, longest: int) -> str:
    """The text of a cell that must be filled. Raises RowProblem missing_<column>, too_long."""
    value = words(cells, name, longest)
    if not value:
        message = _("“%(column)s” is empty. Fill it in at the source, then export again.") % {"column": name}
        raise RowProblem(f"missing_{snake(name)}", message)
    return value


def day(cells: Mapping[str, str], name: str) -> dt.date | None:
    """A date written year-month-day (a time behind it is left aside); None for an empty cell.

    Nothing else is guessed: 03/04/2025 is one day in Texas and another in Mexico. Raises RowProblem bad_date.
    """
    value = cells.get(name, "")
    if not value:
        return None
    match = _DAY.fullmatch(value)
    try:
        if match is None:
            raise ValueError
        return dt.date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise RowProblem("bad_date", bad_date(name, value)) from None


def bad_date(column: str, value: str) -> str:
    message = _("“%(column)s” says “%(value)s”. Write dates as year-month-day, for example 2025-08-13.")
    return message % {"column": column, "value": value[:40]}


def needed_day(cells: Mapping[str, str], name: str) -> dt.date:
    needed(cells, name, 40)
    found = day(cells, name)
    assert found is not None  # noqa: S101 - an empty cell was refused above
    return found


def yes_no(cells: Mapping[str, str], name: str, *, empty: bool) -> bool:
    """true or false in any case (some systems write TRUE, some 1). Raises RowProblem bad_true_false."""
    value = cells.get(name, "").lower()
    if not value:
        return empty
    if value in _TRUE or value in _FALSE:
        return value in _TRUE
    message = _("“%(column)s” says “%(value)s”. It must be true or false.") % {"column": name, "value": value[:40]}
    raise RowProblem("bad_true_false", message)


def listed(cells: Mapping[str, str], name: str) -> list[str]:
    """The values of a cell that holds several, separated by commas; without repeats, in their order."""
    return list(dict.fromkeys(part.strip() for part in cells.get(name, "").split(",") if part.strip()))


def plain(value: Any) -> Any:
    """A value as JSON holds it, so that what a file says and what the database says can be compared."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    return value.isoformat() if isinstance(value, dt.date) else value

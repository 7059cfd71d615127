"""roles.csv of version 1.2, brought to the form that users.csv of 1.1 has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from techdesk.base.clock import district_today
from techdesk.directory.choices import PersonKind
from techdesk.directory.imports.oneroster.columns import ROLE_OF
from techdesk.directory.imports.oneroster.orgs_tree import OrgsTree
from techdesk.jobs.hooks import RowProblem, day, needed

Held = tuple[str, str]


def role_of(said: str) -> str:
    """Our role for a OneRoster role. Raises RowProblem unknown_role."""
    found = ROLE_OF.get(said.lower())
    if found is None:
        message = _("“role” says “%(value)s”, which is no role of OneRoster.") % {"value": said[:40]}
        raise RowProblem("unknown_role", message)
    return found


def kind_of(roles: Iterable[str]) -> str:
    """What somebody is: staff before student before guardian."""
    held = set(roles)
    if held & {"teacher", "staff"}:
        return PersonKind.STAFF
    return PersonKind.STUDENT if "student" in held else PersonKind.GUARDIAN


class RoleBook:
    """Roles by user: (our role, place), as they are in force today."""

    def __init__(self, orgs: OrgsTree) -> None:
        self.orgs = orgs
        self.held: dict[str, list[Held]] = {}
        self.today: dt.date = district_today()
        self._one: dict[Held, Held] = {}

    def add(self, cells: Mapping[str, str], _delivery: Any) -> dict[str, Any]:
        """Take in one row of roles.csv. Raises RowProblem."""
        user = needed(cells, "userSourcedId", 200)
        role = role_of(needed(cells, "role", 100))
        place = self.orgs.place_of(needed(cells, "orgSourcedId", 200))
        begins, ends = day(cells, "beginDate"), day(cells, "endDate")
        if (begins is None or begins <= self.today) and (ends is None or ends >= self.today):
            # 100,000 students of ten schools share ten tuples.
            held = self._one.setdefault((role, place), (role, place))
            self.held.setdefault(user, []).append(held)
        return {}

    def of(self, user: str) -> list[Held]:
        return self.held.get(user, [])

"""The columns of the queue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from techdesk.base.clock import now
from techdesk.ui.lists import Column
from techdesk.ui.moments import exact
from tickets.models import Ticket
from tickets.queries import homerooms_of

QUEUE = (
    Column("ticket", _("Ticket"), phone="key"),
    Column("ticket.subject", _("What"), phone="main", template="tickets/cells/what.html"),
    Column("room", _("Where"), template="tickets/cells/where.html", css="col-where"),
    Column("tags", _("Device"), css="col-tags"),
    Column("with_whom", _("With"), css="col-short"),
    Column("ticket.shown_state", _("State"), phone="state"),
    Column("age", _("Age"), template="tickets/cells/age.html", css="col-short"),
)


@dataclass(frozen=True)
class QueueRow:
    """One row. A student is never named in a list: it says "a student in 5B"."""

    ticket: Ticket
    who: Any
    for_whom: Any
    room: str
    school: str
    tags: str

    @property
    def number(self) -> int:
        return self.ticket.number

    @property
    def with_whom(self) -> str:
        return self.ticket.assignee.short_name if self.ticket.assignee else ""

    @property
    def age(self) -> str:
        return short_age(now() - self.ticket.created_at)

    @property
    def asked_at(self) -> str:
        return exact(self.ticket.created_at)

    def get_absolute_url(self) -> str:
        return self.ticket.get_absolute_url()


def queue_rows(tickets: Sequence[Ticket], *, several_schools: bool) -> list[QueueRow]:
    """The rows of one page; one query more where students are concerned."""
    students = {
        person.pk
        for ticket in tickets
        for person in (ticket.requester, ticket.affected)
        if person is not None and person.is_student
    }
    homerooms = homerooms_of(students)
    return [_row(ticket, homerooms, several_schools) for ticket in tickets]


def short_age(age: dt.timedelta) -> str:
    """ "12 min", "3 h", "2 d", "5 wk": for a narrow column; the exact moment is on hover."""
    minutes = max(0, int(age.total_seconds() // 60))
    if minutes < 60:
        return _("%(n)d min") % {"n": minutes}
    if minutes < 48 * 60:
        return _("%(n)d h") % {"n": minutes // 60}
    if minutes < 21 * 24 * 60:
        return _("%(n)d d") % {"n": minutes // (24 * 60)}
    return _("%(n)d wk") % {"n": minutes // (7 * 24 * 60)}


def _row(ticket: Ticket, homerooms: dict[int, str], several_schools: bool) -> QueueRow:
    requester, affected = ticket.requester, ticket.affected
    who: Any = requester.name
    if requester.is_student:
        who = _student(_("A student in %(section)s"), _("A student"), homerooms.get(requester.pk))
    for_whom: Any = ""
    if affected is not None and affected.pk != requester.pk:
        for_whom = _("for %(name)s") % {"name": affected.name}
        if affected.is_student:
            for_whom = _student(_("for a student in %(section)s"), _("for a student"), homerooms.get(affected.pk))
    return QueueRow(
        ticket=ticket,
        who=who,
        for_whom=for_whom,
        room=str(ticket.room) if ticket.room else "",
        school=ticket.school.name if several_schools else "",
        tags=", ".join(device.asset_tag for device in ticket.devices.all()),
    )


def _student(within: Any, alone: Any, section: str | None) -> Any:
    return within % {"section": section} if section else alone

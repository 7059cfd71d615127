"""Who may ask, see, answer and move tickets."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from techdesk.base.policy import ANYONE, Reach, Scope, declare
from techdesk.jobs.hooks import register_file_rule
from tickets.models import Attachment, Message, Ticket

OWN, SCHOOL = Scope.OWN, Scope.SCHOOL

_WORKERS = {"technician": SCHOOL, "district_technician": SCHOOL, "district_admin": SCHOOL}
_READERS = {**_WORKERS, "school_admin": SCHOOL, "auditor": SCHOOL}

MATRIX: dict[str, dict[str, Scope]] = {
    "tickets.view": {ANYONE: OWN, **_READERS},
    "tickets.view_message": {ANYONE: OWN, **_READERS},
    "tickets.view_attachment": {ANYONE: OWN, **_READERS},
    # Internal notes: for those who work on tickets, and those who answer for the school.
    "tickets.view_internal": _READERS,
    "tickets.open": {ANYONE: OWN, **_WORKERS},
    "tickets.open_for_others": _WORKERS,
    "tickets.queue": _READERS,
    "tickets.reply": {ANYONE: OWN, **_WORKERS},
    "tickets.note": _WORKERS,
    "tickets.assign": _WORKERS,
    "tickets.acknowledge": {**_WORKERS, "school_admin": SCHOOL},
    "tickets.wait": _WORKERS,
    "tickets.resolve": _WORKERS,
    "tickets.reopen": {ANYONE: OWN, **_WORKERS},
    "tickets.close": {ANYONE: OWN, **_WORKERS},
    "tickets.cancel": {ANYONE: OWN, **_WORKERS},
}


def _mine(person: Any, prefix: str = "") -> Q:
    return (
        Q(**{f"{prefix}requester": person}) | Q(**{f"{prefix}entered_by": person}) | Q(**{f"{prefix}assignee": person})
    )


def _in_schools(path: str) -> Any:
    return lambda ids: Q(**{f"{path}school_id__in": list(ids)})


declare(
    MATRIX,
    {
        Ticket: Reach(own=_mine),
        # Own messages: the public ones of own tickets. Internal ones are reached by school only.
        Message: Reach(
            school=_in_schools("ticket__"), own=lambda person: _mine(person, "ticket__") & Q(is_internal=False)
        ),
        Attachment: Reach(
            school=_in_schools("ticket__"),
            own=lambda person: _mine(person, "ticket__") & (Q(message__isnull=True) | Q(message__is_internal=False)),
        ),
    },
)


def _pictures_of_tickets(person: Any) -> Q:
    """Stored files that are pictures of tickets, or of messages, which `person` may see."""
    return Q(pk__in=Attachment.objects.visible_to(person).values("file_id"))


register_file_rule(_pictures_of_tickets)

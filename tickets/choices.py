"""States and priorities of tickets; legality of transitions is data."""

import datetime as dt

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from techdesk.ui.choices import StateChoices, Tone, Transition


class TicketStatus(StateChoices):
    NEW = "new", pgettext_lazy("ticket", "New"), Tone.INFO, "outline/circle"
    OPEN = "open", _("In work"), Tone.INFO, "outline/progress"
    WAITING = "waiting", _("Waiting"), Tone.WARN, "outline/clock"
    RESOLVED = "resolved", _("Resolved"), Tone.GOOD, "outline/check"
    CLOSED = "closed", pgettext_lazy("ticket", "Closed"), Tone.NEUTRAL, "outline/lock"
    CANCELLED = "cancelled", _("Cancelled"), Tone.NEUTRAL, "outline/x"


class Priority(StateChoices):
    LOW = "low", _("Low"), Tone.NEUTRAL, "outline/arrow-down"
    NORMAL = "normal", _("Normal"), Tone.NEUTRAL, "outline/minus"
    HIGH = "high", _("High"), Tone.WARN, "outline/arrow-up"
    URGENT = "urgent", _("Lesson stopped"), Tone.BAD, "outline/urgent"


class WaitingFor(StateChoices):
    """What a waiting ticket waits for."""

    REQUESTER = "requester", _("Waiting: answer"), Tone.WARN, "outline/message-question"
    PARTS = "parts", _("Waiting: parts"), Tone.WARN, "outline/package"
    VENDOR = "vendor", _("Waiting: vendor"), Tone.WARN, "outline/truck"


#: A description, a reply, a note, a resolution: longer texts are a paste by mistake.
LONGEST_TEXT = 10_000
LONGEST_SUBJECT = 200
MOST_PICTURES = 5
#: After this a settled ticket stays settled: what comes back then is a new problem with its own story.
REOPEN_WITHIN = dt.timedelta(days=14)

_S = TicketStatus
ACTIVE = frozenset({_S.NEW, _S.OPEN, _S.WAITING})
TRANSITIONS: dict[str, Transition[TicketStatus]] = {
    "assign": Transition(ACTIVE, _S.OPEN),
    "wait": Transition(ACTIVE, _S.WAITING),
    "resume": Transition(frozenset({_S.WAITING}), _S.OPEN),
    "resolve": Transition(ACTIVE, _S.RESOLVED),
    "reopen": Transition(frozenset({_S.RESOLVED, _S.CLOSED, _S.CANCELLED}), _S.OPEN),
    "close": Transition(frozenset({_S.RESOLVED}), _S.CLOSED),
    "cancel": Transition(ACTIVE, _S.CANCELLED),
}

"""Tones and state choices: a state is shown by tone + icon + word, and all three live beside the state.

A state of a model is declared once, in the `choices.py` of its app, in reading order: value, label, tone,
icon::

    from django.utils.translation import gettext_lazy as _
    from techdesk.ui.choices import StateChoices, Tone, Transition

    class TicketStatus(StateChoices):
        NEW = "new", _("New"), Tone.INFO, "outline/circle"
        OPEN = "open", _("In work"), Tone.INFO, "outline/circle-half-2"
        RESOLVED = "resolved", _("Resolved"), Tone.GOOD, "outline/check"

    TRANSITIONS: dict[str, Transition[TicketStatus]] = {
        # verb: Transition(states it may start from, state it leads to)
        "resolve": Transition(frozenset({TicketStatus.NEW, TicketStatus.OPEN}), TicketStatus.RESOLVED),
    }

`TicketStatus` is an ordinary `TextChoices` otherwise: `.choices`, `.values`, `.label`, equal to its string,
safe in queries, migrations and JSON. The model keeps a plain `CharField` and gives the member by a property,
because a value read from the database is a plain string::

    class Ticket(models.Model):
        status = models.CharField(max_length=16, choices=TicketStatus, default=TicketStatus.NEW)

        @property
        def state(self) -> TicketStatus:
            return TicketStatus(self.status)

In a template the member is all a badge needs; a row of plain values names the class (app, dot, class name;
looked up in that app's `choices.py`)::

    {% badge ticket.state %}
    {% badge row.status|state:"tickets.TicketStatus" %}

An action asks the table, never an `if` of its own::

    if ticket.state not in TRANSITIONS["resolve"].sources:
        raise DomainError("not_resolvable", …)
    ticket.status = TRANSITIONS["resolve"].target

Icons are names of tablericons2 with their folder ("outline/…" or "filled/…"); an unknown one fails when it
is drawn, and `tests/architecture` draws every member of every StateChoices once.
"""

from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Self, TypeVar

from django.db.models import TextChoices
from django.db.models.enums import ChoicesType
from django.utils.functional import Promise
from django.utils.module_loading import import_string


class Tone(StrEnum):
    """What a colour means. Each has a text, a border and a fill colour in static/css/tokens.css."""

    NEUTRAL = "neutral"
    INFO = "info"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


class StateChoicesType(ChoicesType):
    """Lets members be written value, label, tone, icon; Django's own metaclass wants the label last."""

    def __new__(metacls, classname: str, bases: tuple[type, ...], classdict: Any, **kwds: Any) -> Any:
        for key in classdict._member_names:
            written = classdict[key]
            if not isinstance(written, tuple) or len(written) != 4 or not isinstance(written[1], str | Promise):
                raise TypeError(f"{classname}.{key} must be written: value, label, tone, icon")
            value, label, tone, icon = written
            # The same way Django's ChoicesType replaces values: the enum dict refuses a second assignment.
            dict.__setitem__(classdict, key, (value, Tone(tone), icon, label))
        return super().__new__(metacls, classname, bases, classdict, **kwds)


if TYPE_CHECKING:

    class StateChoices(TextChoices):
        """What type checkers see: an ordinary TextChoices with two attributes more."""

        @property
        def tone(self) -> Tone: ...

        @property
        def icon(self) -> str: ...
else:

    class StateChoices(TextChoices, metaclass=StateChoicesType):
        """TextChoices whose members carry `tone` and `icon`; see the module's docstring."""

        def __new__(cls, value: str, tone: Tone, icon: str) -> Self:
            member = str.__new__(cls, value)
            member._value_ = value
            member.tone = tone
            member.icon = icon
            return member


S = TypeVar("S", bound=StateChoices)


class Transition(NamedTuple, Generic[S]):
    """One row of a TRANSITIONS table: the states a verb may start from and the one it leads to."""

    sources: frozenset[S]
    target: S


@cache
def state_class(name: str) -> type[StateChoices]:
    """The StateChoices class called `name`, for example "tickets.TicketStatus" or "techdesk.jobs.JobState".

    Raises ImportError when there is no such class and TypeError when it is something else.
    """
    package, _, class_name = name.rpartition(".")
    found = import_string(f"{package}.choices.{class_name}")
    if not (isinstance(found, type) and issubclass(found, StateChoices)):
        raise TypeError(f"{name} is not a StateChoices class")
    return found

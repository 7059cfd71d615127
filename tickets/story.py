"""The story of a ticket as its readers see it: messages, pictures and what was done, oldest first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from techdesk.audit.models import AuditEntry
from techdesk.jobs.models import StoredFile
from techdesk.ui.choices import Tone
from tickets.choices import WaitingFor
from tickets.models import Attachment, Message, Ticket
from tickets.queries import history_since, people_by_key


@dataclass(frozen=True)
class StoryEntry:
    """One line of the timeline, with the message that came with it."""

    at: dt.datetime
    who: str
    text: str
    tone: str = Tone.NEUTRAL
    icon: str = "outline/point"
    internal: bool = False
    body: str = ""
    pictures: list[StoredFile] = field(default_factory=list)
    key: str = ""


@dataclass(frozen=True)
class Story:
    entries: list[StoryEntry]
    pictures: list[StoredFile]  # those that came with the request itself
    since: list[StoryEntry]  # what is new since the version the reader's page had
    own_replies: int  # how many of each the reader wrote
    own_notes: int


def story_of(ticket: Ticket, viewer: Any, *, internal: bool, since: int | None = None) -> Story:
    """The story as `viewer` may read it. `internal`: with notes, and with what was done behind the scenes."""
    messages = list(Message.objects.of_ticket(ticket).oldest_first().visible_to(viewer))
    shown = {message.public_key: message for message in messages if internal or not message.is_internal}
    pictures: dict[int | None, list[StoredFile]] = {}
    for attachment in Attachment.objects.of_ticket(ticket).visible_to(viewer):
        pictures.setdefault(attachment.message_id, []).append(attachment.file)
    history = list(AuditEntry.objects.about(ticket))
    people = people_by_key(
        str(key) for entry in history for key in (entry.facts.get("to"), entry.facts.get("from")) if _is_key(key)
    )
    later = {entry.pk for entry in history_since(ticket, since, history)}
    own = [message.is_internal for message in messages if message.author_id == viewer.pk]
    entries: list[StoryEntry] = []
    new: list[StoryEntry] = []
    told: set[str] = set()
    for entry in history:
        key = str(entry.facts.get("message", ""))
        message = shown.get(key)
        if (key and message is None) or (entry.verb in _BEHIND_THE_SCENES and not internal):
            continue
        line = _line(entry, message, people, pictures)
        if line is None:
            continue
        told.add(key)
        entries.append(line)
        if entry.pk in later:
            new.append(line)
    for key, message in shown.items():
        if key not in told:  # brought in from elsewhere, without history of its own
            entries.append(_message(message, pictures))
    return Story(
        entries=sorted(entries, key=lambda line: line.at),
        pictures=pictures.get(None, []),
        since=new,
        own_replies=own.count(False),
        own_notes=own.count(True),
    )


#: What the requester need not follow.
_BEHIND_THE_SCENES = {"unassign", "note", "escalate"}


def _is_key(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 36


def _message(message: Message, pictures: dict[int | None, list[StoredFile]]) -> StoryEntry:
    return StoryEntry(
        at=message.created_at,
        who=message.author.name,
        text="" if message.is_internal else _("wrote"),
        tone=Tone.WARN if message.is_internal else Tone.INFO,
        icon="outline/lock" if message.is_internal else "outline/message-circle",
        internal=message.is_internal,
        body=message.body,
        pictures=pictures.get(message.pk, []),
        key=message.public_key,
    )


def _line(
    entry: AuditEntry, message: Message | None, people: dict[str, Any], pictures: dict[int | None, list[StoredFile]]
) -> StoryEntry | None:
    if entry.verb in {"reply", "note"}:
        return _message(message, pictures) if message is not None else None
    words = _WORDS.get(entry.verb)
    if words is None:
        return None
    text, tone, icon = words(entry, people)
    return StoryEntry(
        at=entry.at,
        who=entry.actor.name,
        text=text,
        tone=tone,
        icon=icon,
        body=message.body if message is not None else "",
        pictures=pictures.get(message.pk, []) if message is not None else [],
        key=message.public_key if message is not None else "",
    )


_Words = tuple[str, str, str]


def _opened(entry: AuditEntry, people: dict[str, Any]) -> _Words:
    if "requester" in entry.facts:
        return _("asked for somebody else"), Tone.NEUTRAL, "outline/plus"
    return _("asked for help"), Tone.NEUTRAL, "outline/plus"


def _assigned(entry: AuditEntry, people: dict[str, Any]) -> _Words:
    to = people.get(str(entry.facts.get("to")))
    if to is None or to.pk == entry.actor_id:
        return _("took this on"), Tone.INFO, "outline/user-check"
    return _("gave this to %(name)s") % {"name": to.name}, Tone.INFO, "outline/user-check"


def _waits(entry: AuditEntry, people: dict[str, Any]) -> _Words:
    words = {
        WaitingFor.REQUESTER: _("waits for an answer"),
        WaitingFor.PARTS: _("waits for parts"),
        WaitingFor.VENDOR: _("waits for the vendor"),
    }
    return words.get(entry.facts.get("for"), _("lets it wait")), Tone.WARN, "outline/clock"


def _escalated(entry: AuditEntry, people: dict[str, Any]) -> _Words:
    to = people.get(str(entry.facts.get("to")))
    minutes = int(entry.facts.get("minutes", 0))
    words = ngettext(
        "Nobody answered for %(n)d minute: told %(name)s too",
        "Nobody answered for %(n)d minutes: told %(name)s too",
        minutes,
    )
    return words % {"n": minutes, "name": to.name if to is not None else "…"}, Tone.WARN, "outline/urgent"


_WORDS: dict[str, Callable[[AuditEntry, dict[str, Any]], _Words]] = {
    "open": _opened,
    "assign": _assigned,
    "unassign": lambda entry, people: (_("gave it back, nobody has it now"), Tone.NEUTRAL, "outline/user-minus"),
    "wait": _waits,
    "resume": lambda entry, people: (_("took it up again"), Tone.INFO, "outline/player-play"),
    "resolve": lambda entry, people: (_("solved it"), Tone.GOOD, "outline/check"),
    "reopen": lambda entry, people: (_("reopened it"), Tone.WARN, "outline/refresh"),
    "close": lambda entry, people: (_("confirmed that it works"), Tone.GOOD, "outline/lock"),
    "escalate": _escalated,
    "acknowledge": lambda entry, people: (_("is on it"), Tone.INFO, "outline/run"),
    "cancel": lambda entry, people: (_("withdrew it"), Tone.NEUTRAL, "outline/x"),
}

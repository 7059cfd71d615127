"""What apps above tell notifications: which kinds of notices there are, how a mail of a kind leads on, when a person's
school is quiet, and what a signed link may do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings

from techdesk.notifications.choices import Choice
from techdesk.notifications.models import Notification, SignedLink
from techdesk.notifications.quiet import QuietHours, Rhythm

__all__ = [
    "Button",
    "Kind",
    "LinkPage",
    "Purpose",
    "QuietHours",
    "Readers",
    "Rhythm",
    "all_kinds",
    "buttons_in_mail",
    "declare_kinds",
    "find_kind",
    "find_purpose",
    "opens_an_account",
    "path_in_mail",
    "readers_of",
    "register_buttons",
    "register_link",
    "register_purpose",
    "register_readers",
    "register_rhythms",
    "rhythms_of",
]

# --- kinds -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kind:
    """One kind of notice. `slug` is "<app>.<what>"; `label` and `help` are read by the person who chooses.

    default: how people are told who chose nothing. may_switch_off: False for what nobody may miss; it always goes out
    by mail at once. is_urgent: not held for quiet hours. gathers: several about one thread within a short time
    become one mail. on_paper: worth a printed slip for a student for whom nobody can be mailed. for_action: an action
    of the door; only who may do it anywhere is asked about this kind.
    """

    slug: str
    label: Any
    help: Any
    group: Any
    default: Choice = Choice.NOW
    may_switch_off: bool = True
    is_urgent: bool = False
    gathers: bool = False
    on_paper: bool = True
    for_action: str = ""


_kinds: dict[str, Kind] = {}


def declare_kinds(*kinds: Kind) -> None:
    """Add kinds. Call it from AppConfig.ready(). Raises ValueError for a slug that another one has."""
    for kind in kinds:
        if _kinds.setdefault(kind.slug, kind) != kind:
            raise ValueError(f"{kind.slug} is declared twice")


def find_kind(slug: str) -> Kind:
    """The declaration of a kind. Raises LookupError for one that nobody declared."""
    try:
        return _kinds[slug]
    except KeyError:
        raise LookupError(f"No app declares notices of kind {slug!r}") from None


def all_kinds() -> list[Kind]:
    """Every declared kind, in order of declaration."""
    return list(_kinds.values())


# --- links and buttons that stand in the mail only --------------------------------------------------------

_links: dict[str, Callable[[Notification], str]] = {}


def register_link(kind: str, path_of: Callable[[Notification], str]) -> None:
    """Notifications of `kind` carry, in their mail only, the link `path_of` gives when the mail is composed.

    For secrets such as an invitation's token: whoever reads the database must not be able to follow the link.
    `path_of` answers an address without the host, or "" for none. Such a mail goes only to the address the person has
    when it is sent. Call it from AppConfig.ready().
    """
    _links[kind] = path_of


def path_in_mail(notification: Notification) -> str:
    """Where the mail of `notification` leads, without the host; empty for nowhere."""
    path_of = _links.get(notification.kind)
    return notification.path if path_of is None else path_of(notification)


@dataclass(frozen=True)
class Button:
    """One button of a mail: its words, and where it leads, without the host."""

    label: Any
    path: str


_buttons: dict[str, Callable[[Notification], list[Button]]] = {}


def register_buttons(kind: str, buttons_of: Callable[[Notification], list[Button]]) -> None:
    """Mails of `kind` have, above the link to the thing itself, the buttons `buttons_of` gives when they are composed:
    answers by signed links. Such a mail goes only to the address the person has then. Call it from AppConfig.ready().
    """
    _buttons[kind] = buttons_of


def buttons_in_mail(notification: Notification) -> list[Button]:
    """The buttons of the mail of `notification`; often none."""
    buttons_of = _buttons.get(notification.kind)
    return [] if buttons_of is None else buttons_of(notification)


def opens_an_account(notification: Notification) -> bool:
    """Does the mail of `notification` carry a link that only its recipient may have?"""
    return notification.kind in _links or notification.kind in _buttons


# --- when mail may come -----------------------------------------------------------------------------------

_rhythms: Callable[[Iterable[Any]], Mapping[int, Rhythm]] | None = None


def register_rhythms(rhythms: Callable[[Iterable[Any]], Mapping[int, Rhythm]]) -> None:
    """Say how people (ids) get the rhythm of their school. Call it from AppConfig.ready()."""
    global _rhythms
    _rhythms = rhythms


def rhythms_of(people: Iterable[Any]) -> dict[int, Rhythm]:
    """The rhythm of each of `people`, by id; the district's zone for those of whom nothing is known."""
    known = dict(_rhythms(people)) if _rhythms is not None else {}
    plain = Rhythm(zone=ZoneInfo(settings.DISTRICT_TIME_ZONE))
    return {person.pk: known.get(person.pk, plain) for person in people}


# --- who reads mail for somebody --------------------------------------------------------------------------


@dataclass(frozen=True)
class Readers:
    """Who is mailed instead of somebody: `contacts`, often nobody. `line` says whom it is for, as lazy text."""

    line: Any
    contacts: list[Any] = field(default_factory=list)


_readers: Callable[[Iterable[Any]], Mapping[int, Readers]] | None = None


def register_readers(readers: Callable[[Iterable[Any]], Mapping[int, Readers]]) -> None:
    """Say who reads mail for those of some people who do not read their own, by id. Call it from AppConfig.ready()."""
    global _readers
    _readers = readers


def readers_of(people: Iterable[Any], kind: Kind) -> dict[int, Readers]:
    """Those of `people` who are not mailed about things of `kind` themselves, and who is instead, by id.

    A mail that lets its recipient in (an invitation) is nobody else's.
    """
    return {} if _readers is None or kind.slug in _links else dict(_readers(people))


# --- signed links -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LinkPage:
    """What the page behind a signed link shows before anything is done: `submit` are the words of its one button.

    `form` (a form class) asks for what is still needed; its cleaned data is handed to `act`. `icon` as in components.
    """

    title: Any
    text: Any
    submit: Any
    form: type[forms.Form] | None = None
    details: list[tuple[Any, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Purpose:
    """What links of one purpose show and do. `act` runs once, in the transaction that uses the link up, as
    `link.person`; it answers what to say afterwards. Both may raise DomainError: then the link stays unused."""

    show: Callable[[SignedLink], LinkPage]
    act: Callable[[SignedLink, dict[str, Any]], Any]


_purposes: dict[str, Purpose] = {}


def register_purpose(
    purpose: str,
    *,
    show: Callable[[SignedLink], LinkPage],
    act: Callable[[SignedLink, dict[str, Any]], Any],
) -> None:
    """Let signed links do something. `show` never writes. Call it from AppConfig.ready()."""
    _purposes[purpose] = Purpose(show=show, act=act)


def find_purpose(purpose: str) -> Purpose | None:
    """What was registered for `purpose`; None when nothing is (any more)."""
    return _purposes.get(purpose)

"""Settings declared as data: what a school or the district may set, of which type, and what holds without a word.

A setting is looked up by `directory.queries.settings.value_of`: the school's own value, else the district's, else the
declared default. Feature switches are yes/no settings whose name begins with "feature_"; each names something that
exists. A preset turns the answers to four questions into values (`Setting.preset`), so that a small school sees a
small product.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from techdesk.base.policy import ROLES


class Kind(StrEnum):
    """The type of a setting's value, as it is kept in JSON."""

    YES_NO = "yes_no"  # true or false
    NUMBER = "number"  # a whole number between `least` and `most`
    CHOICE = "choice"  # one of `choices`
    CHOICES = "choices"  # a list of some of `choices`, without order
    TIME = "time"  # wall-clock time, "HH:MM"
    TEXTS = "texts"  # {language: text}, see Languages in docs/architecture.md


class Level(StrEnum):
    """Where a setting is set."""

    SCHOOL = "school"  # at each school; the district's value is the default of its schools
    DISTRICT = "district"  # once for everybody


@dataclass(frozen=True)
class Answers:
    """The four questions: how many technicians (0 to 9), devices, is there a library, in which state."""

    technicians: int = 1
    devices: str = "one_to_one"  # one_to_one, carts, both
    library: bool = True
    state: str = ""  # two letters, as the postal service writes them; "" for not said


@dataclass(frozen=True)
class Setting:
    """One setting. `check` gives the value as it is kept, or raises ValueError with words for a person."""

    name: str
    group: str
    label: Any
    help: Any
    kind: Kind
    default: Any
    level: Level = Level.SCHOOL
    choices: Callable[[], Iterable[tuple[str, Any]]] = tuple
    least: int = 0
    most: int = 1_000_000
    preset: Callable[[Answers], Any] | None = None

    def check(self, value: Any) -> Any:
        known = [name for name, _label in self.choices()]
        if self.kind is Kind.YES_NO and isinstance(value, bool):
            return value
        if self.kind is Kind.NUMBER and isinstance(value, int) and not isinstance(value, bool):
            if self.least <= value <= self.most:
                return value
            raise ValueError(_("Write a number from %(least)d to %(most)d.") % {"least": self.least, "most": self.most})
        if self.kind is Kind.CHOICE and value in known:
            return value
        if self.kind is Kind.CHOICES and isinstance(value, list) and set(value) <= set(known):
            return sorted(set(value))
        if self.kind is Kind.TIME and isinstance(value, str):
            return _time(value)
        if self.kind is Kind.TEXTS and isinstance(value, dict):
            return _texts(value)
        raise ValueError(_("This value cannot be used here."))


def _time(value: str) -> str:
    try:
        return dt.time.fromisoformat(value).strftime("%H:%M")
    except ValueError:
        raise ValueError(_("Write a time such as 07:30.")) from None


def _texts(value: dict[Any, Any]) -> dict[str, str]:
    if not all(isinstance(key, str) and isinstance(text, str) for key, text in value.items()):
        raise ValueError(_("This value cannot be used here."))
    return {key: text.strip() for key, text in sorted(value.items()) if text.strip()}


_settings: dict[str, Setting] = {}


def declare_settings(*settings: Setting) -> None:
    """Add settings. Call it from AppConfig.ready(). Raises ValueError for a name that is taken by another one."""
    for one in settings:
        if _settings.setdefault(one.name, one) is not one:
            raise ValueError(f"{one.name} is declared twice")
        if one.check(one.default) != one.default:
            raise ValueError(f"{one.name} has a default that it would not keep")


def setting(name: str) -> Setting:
    """The declaration of `name`. Raises LookupError for one that nobody declared."""
    return _settings[name]


def all_settings(level: Level | None = None) -> list[Setting]:
    """All of them in the order of their declaration, or those of one level."""
    return [one for one in _settings.values() if level is None or one.level is level]


def in_language(texts: dict[str, str]) -> str:
    """The text of a {language: text} value in the language of this page, else in English; "" where there is none."""
    return texts.get(get_language() or "en") or texts.get("en") or ""


#: Groups in the order in which the page shows them.
GROUPS: dict[str, Any] = {
    "about": gettext_lazy("About the school"),
    "features": gettext_lazy("What people see"),
    "mail": gettext_lazy("Mail"),
    "security": gettext_lazy("Signing in"),
}

#: Postal codes of the states, Washington and the territories that have school districts (USPS Publication 28, B).
_STATES = """
    AL Alabama|AK Alaska|AS American Samoa|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|
    DE Delaware|DC District of Columbia|FL Florida|GA Georgia|GU Guam|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|
    IA Iowa|KS Kansas|KY Kentucky|LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|
    MS Mississippi|MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|
    NY New York|NC North Carolina|ND North Dakota|MP Northern Mariana Islands|OH Ohio|OK Oklahoma|OR Oregon|
    PA Pennsylvania|PR Puerto Rico|RI Rhode Island|SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|
    UT Utah|VT Vermont|VI U.S. Virgin Islands|VA Virginia|WA Washington|WV West Virginia|WI Wisconsin|WY Wyoming
"""
STATES = [(line.strip()[:2], line.strip()[3:]) for line in _STATES.split("|")]

#: The answers to the four questions, kept so that the page can show and ask them again.
ABOUT = (
    Setting(
        name="technicians",
        group="about",
        label=gettext_lazy("How many technicians work here?"),
        help="",
        kind=Kind.NUMBER,
        default=1,
        most=99,
        preset=lambda answers: answers.technicians,
    ),
    Setting(
        name="device_model",
        group="about",
        label=gettext_lazy("How do students get their devices?"),
        help="",
        kind=Kind.CHOICE,
        default="both",
        choices=lambda: [
            ("one_to_one", gettext_lazy("Each student has one for the year")),
            ("carts", gettext_lazy("From carts and labs")),
            ("both", gettext_lazy("Both")),
        ],
        preset=lambda answers: answers.devices,
    ),
    Setting(
        name="has_library",
        group="about",
        label=gettext_lazy("Is there a library or media center?"),
        help="",
        kind=Kind.YES_NO,
        default=True,
        preset=lambda answers: answers.library,
    ),
    Setting(
        name="state",
        group="about",
        label=gettext_lazy("In which state?"),
        help="",
        kind=Kind.CHOICE,
        default="",
        choices=lambda: [("", gettext_lazy("Not said")), *STATES],
        preset=lambda answers: answers.state,
    ),
)


def preset(answers: Answers) -> dict[str, Any]:
    """What the answers to the four questions set: name -> value, for every setting that has an opinion."""
    return {one.name: one.check(one.preset(answers)) for one in all_settings(Level.SCHOOL) if one.preset is not None}


#: Roles that may be made to use a second factor: those whose holders sign in and see other people's records.
SECOND_FACTOR_ROLES = tuple(slug for slug in ROLES if slug not in ("student", "guardian"))

SECOND_FACTOR = Setting(
    name="second_factor_roles",
    group="security",
    label=gettext_lazy("Roles that need a second step to sign in"),
    help=gettext_lazy(
        "Who holds one of these roles sets up a code app on the phone at the next sign-in, and cannot go on without it."
    ),
    kind=Kind.CHOICES,
    default=[],
    level=Level.DISTRICT,
    choices=lambda: [(slug, ROLES[slug]) for slug in SECOND_FACTOR_ROLES],
)

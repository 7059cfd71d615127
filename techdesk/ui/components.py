"""The components: each is one function whose parameters are its declared props, and one template.

A component is declared here by `@component`; `techdesk.ui.templatetags.ui` makes a template tag of the same
name from it, and `templates/ui/<name>.html` draws what the function returns. There is no second mechanism.

- Its parameters are its props. An unknown or a missing one is a TypeError the moment the template is loaded,
  also in a branch nobody has opened yet.
- A component with `body=True` is written `{% panel title=_("Loans") %} … {% endpanel %}`; what stands
  between is `body` in its template. Further places are slots, filled inside it: `{% fill actions %} … {%
  endfill %}`.
- `**attrs` takes HTML attributes with underscores for dashes (`hx_get=url`, `data_key="n"`, `aria_label=…`),
  and only the names listed in ATTRS; anything else is a TypeError.

The component templates see `request` and `csrf_token` beside their props, and nothing else of the page.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.forms import BaseForm
from django.forms.utils import flatatt
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.safestring import SafeString

from techdesk.ui.choices import Tone
from techdesk.ui.lists import Chip, Table
from techdesk.ui.moments import exact, short, spoken

Prepare = Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class Component:
    """One declared component: its tag name, the function that checks and prepares its props, its slots."""

    name: str
    prepare: Prepare
    body: bool
    slots: tuple[str, ...]

    @property
    def template_name(self) -> str:
        return f"ui/{self.name}.html"

    @property
    def signature(self) -> inspect.Signature:
        return inspect.signature(self.prepare)

    @property
    def about(self) -> str:
        return inspect.getdoc(self.prepare) or ""


REGISTRY: dict[str, Component] = {}


def component(*, body: bool = False, slots: tuple[str, ...] = ()) -> Callable[[Prepare], Prepare]:
    """Declares a component. `slots` needs `body`, because slots are filled between the two tags."""

    def declare(prepare: Prepare) -> Prepare:
        name = prepare.__name__
        if name in REGISTRY:
            raise ValueError(f"two components are called {name}")
        if slots and not body:
            raise ValueError(f"{name}: slots need body=True")
        if clash := {"body", *slots} & set(inspect.signature(prepare).parameters):
            raise ValueError(f"{name}: {clash} is a prop and a slot")
        REGISTRY[name] = Component(name, prepare, body, slots)
        return prepare

    return declare


ATTRS = re.compile(r"(hx|data|aria)_\w+|id|name|value|form|role|title|download|target|rel|autofocus")


def html_attrs(attrs: dict[str, Any]) -> SafeString:
    """HTML attributes from keyword arguments, escaped; None and False leave one out, True writes the bare
    name.
    """
    for name in attrs:
        if not ATTRS.fullmatch(name):
            raise TypeError(f"unexpected attribute or prop {name!r}")
    return flatatt({name.replace("_", "-"): value for name, value in attrs.items()})


# --- the head of a page --------------------------------------------------------------------------------


@component(body=True, slots=("subtitle", "actions"))
def heading(title: str, text: str = "") -> dict[str, Any]:
    """The h1 of a page, a line below it (`text`, or the slot `subtitle` with links and badges), the page's
    actions.
    """
    return {"title": title, "text": text}


@component()
def breadcrumbs(items: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Where this page hangs: pairs of label and address, outermost first, without the page itself."""
    return {"items": [{"label": label, "url": url} for label, url in items]}


@component()
def tabs(items: Iterable[Any], label: str = "") -> dict[str, Any]:
    """Links between the pages of one thing. Items have label, url, current and optionally count."""
    return {"items": items, "label": label}


# --- boxes ---------------------------------------------------------------------------------------------


@component(body=True, slots=("actions", "footer"))
def panel(
    title: str = "", *, level: int = 2, icon: str = "", tone: str = "", flush: bool = False, id: str = ""
) -> dict[str, Any]:
    """A box with a title. `flush` takes the padding away for a table; `level` is the heading level (2 or
    3).
    """
    return {"title": title, "level": level, "icon": icon, "tone": tone, "flush": flush, "id": id}


@component(body=True, slots=("actions",))
def notice(
    title: str = "",
    *,
    tone: str = Tone.INFO,
    icon: str = "",
    href: str = "",
    large: bool = False,
    live: bool = False,
    id: str = "",
) -> dict[str, Any]:
    """Something the reader must know here. `large` for the answer to a scan, `live` so that it is read aloud
    when it changes, `href` makes the whole box a link (then no actions)."""
    return {
        "title": title,
        "tone": tone,
        "icon": icon or TONE_ICONS[Tone(tone)],
        "href": href,
        "large": large,
        "live": live,
        "id": id,
    }


@component(body=True, slots=("actions",))
def empty_state(title: str, text: str = "", *, icon: str = "outline/inbox") -> dict[str, Any]:
    """A list with nothing in it: what this is, and what to do first (slot `actions`)."""
    return {"title": title, "text": text, "icon": icon}


@component()
def stat(
    label: str, figure: Any, href: str = "", *, tone: str = Tone.NEUTRAL, icon: str = "", note: str = ""
) -> dict[str, Any]:
    """One figure; `href` leads to the rows it counts, `note` says the trend or since when."""
    return {"label": label, "figure": figure, "href": href, "tone": tone, "icon": icon, "note": note}


@component(body=True)
def facts(*, lines: bool = False) -> dict[str, Any]:
    """A list of facts about one thing; holds `fact` tags. `lines` puts label and value on one line each."""
    return {"lines": lines}


@component(body=True)
def fact(label: str, value: Any = "") -> dict[str, Any]:
    """One fact: label, and `value` or a body. An empty one is drawn as a dash, so that nobody wonders."""
    return {"label": label, "value": value}


@component(body=True)
def rows() -> dict[str, Any]:
    """A short list of things, each a `row`; for a long one use `table`."""
    return {}


@component(body=True, slots=("actions",))
def row(title: str, href: str = "", *, sub: Any = "", tag: str = "", badge: Any = None) -> dict[str, Any]:
    """One thing in `rows`: a title that is a link, a quieter line (`sub` or body), a code before it, badge
    and actions after it."""
    return {"title": title, "href": href, "sub": sub, "tag": tag, "badge": badge}


@component()
def choice_cards(items: Iterable[Any], *, label: str = "") -> dict[str, Any]:
    """Large choices for a teacher, never more than seven. Items have label, url, icon and optionally hint
    and tone.
    """
    return {"items": items, "label": label}


# --- words, states, moments ----------------------------------------------------------------------------


@component()
def badge(
    choice: Any = None, *, label: str = "", tone: str = Tone.NEUTRAL, icon: str = "", href: str = ""
) -> dict[str, Any]:
    """A state: tone + icon + word, from a StateChoices member (or anything with label, tone, icon), or by
    hand.
    """
    if choice is not None:
        return {"label": choice.label, "tone": choice.tone, "icon": choice.icon, "href": href}
    if not label:
        raise TypeError("badge() needs a choice with label, tone and icon, or a label")
    return {"label": label, "tone": Tone(tone), "icon": icon, "href": href}


@component()
def chip(label: str, href: str = "", *, tone: str = Tone.INFO, remove: bool = False) -> dict[str, Any]:
    """A small link that is on or can be taken away, such as a filter in force."""
    return {"label": label, "href": href, "tone": Tone(tone), "remove": remove}


@component()
def tag(code: str, href: str = "") -> dict[str, Any]:
    """An asset tag, serial, barcode or number, in monospace; with `href` a link to its page."""
    return {"code": code, "href": href}


@component()
def when(moment: datetime | date | None, *, empty: str = "—") -> dict[str, Any]:
    """A date or moment as people say it, the exact one on hover and in print."""
    if moment is None or moment == "":
        return {"empty": empty}
    return {"iso": moment.isoformat(), "exact": exact(moment), "short": short(moment), "spoken": spoken(moment)}


@component()
def key(name: str) -> dict[str, Any]:
    """A key of the keyboard, as drawn beside what it does."""
    return {"name": name}


# --- doing ---------------------------------------------------------------------------------------------

VARIANTS = ("plain", "main", "danger", "quiet", "link")


@component()
def button(
    label: str,
    href: str = "",
    *,
    variant: str = "plain",
    icon: str = "",
    type: str = "button",
    key: str = "",
    small: bool = False,
    wide: bool = False,
    only_icon: bool = False,
    disabled: bool = False,
    dialog: str = "",
    **attrs: Any,
) -> dict[str, Any]:
    """A button; with `href` a link that looks like one.

    `variant` is plain, main (one a page), danger, quiet or link. `key` is a keyboard short cut, listed by
    `?`. `dialog` is the id of a `dialog` that opens instead of following `href` (which stays the way without
    JavaScript). `only_icon` hides the label from eyes, not from screen readers.
    """
    if variant not in VARIANTS:
        raise TypeError(f"button variant {variant!r} is none of {', '.join(VARIANTS)}")
    if only_icon and not icon:
        raise TypeError("only_icon needs an icon")
    attrs["data_key"] = key or None
    attrs["data_dialog"] = dialog or None
    classes = [name for name, on in (("compact", small), ("wide", wide), ("only-icon", only_icon)) if on]
    return {
        "label": label,
        "href": href,
        "icon": icon,
        "type": type,
        "key": key,
        "only_icon": only_icon,
        "disabled": disabled,
        "classes": " ".join(["button", variant, *classes]),
        "attrs": html_attrs(attrs),
    }


@component(body=True)
def menu(
    label: str, *, icon: str = "", small: bool = False, variant: str = "plain", start: bool = False
) -> dict[str, Any]:
    """A button that opens a sheet of links and buttons (a `<details>`, so it works without JavaScript).
    `start` hangs the sheet at the left edge."""
    return {"label": label, "icon": icon, "small": small, "variant": variant, "start": start}


@component(body=True)
def menu_item(
    label: str = "", href: str = "", *, icon: str = "", danger: bool = False, action: str = "", **attrs: Any
) -> dict[str, Any]:
    """A line of a `menu`: a link (`href`), or a button that posts to `action` (body: hidden fields)."""
    return {
        "label": label,
        "href": href,
        "icon": icon,
        "danger": danger,
        "action": action,
        "attrs": html_attrs(attrs),
    }


@component(body=True, slots=("actions",))
def dialog(id: str, title: str) -> dict[str, Any]:
    """A native dialog, opened by a button with `dialog="<id>"`. What it asks must also exist as a page: the
    `href` of that button."""
    return {"id": id, "title": title}


@component(body=True, slots=("actions",))
def postform(
    action: str = "",
    *,
    form: BaseForm | None = None,
    submit: str = "",
    cancel: str = "",
    draft: str = "",
    multipart: bool = False,
    danger: bool = False,
    id: str = "",
    **attrs: Any,
) -> dict[str, Any]:
    """A form that posts: csrf token, the fields of `form` (drawn as `{{ form }}`) or a body, a submit button.

    `draft` is a key under which a half-written text is kept in this browser until it is sent; `cancel` is
    the address to go back to; `danger` colours the submit button; the slot `actions` replaces both buttons.
    """
    return {
        "action": action,
        "form": form,
        "submit": submit,
        "cancel": cancel,
        "draft": draft,
        "multipart": multipart or (form is not None and form.is_multipart()),
        "danger": danger,
        "id": id,
        "attrs": html_attrs(attrs),
    }


@component(body=True)
def post_button(
    label: str,
    action: str,
    *,
    variant: str = "plain",
    icon: str = "",
    small: bool = False,
    only_icon: bool = False,
    **attrs: Any,
) -> dict[str, Any]:
    """A button that is a form of its own, for one-click verbs such as "Take it". Body: hidden fields."""
    return {
        "label": label,
        "action": action,
        "variant": variant,
        "icon": icon,
        "small": small,
        "only_icon": only_icon,
        "attrs": html_attrs(attrs),
    }


@component(body=True)
def scanbox(
    label: str,
    *,
    action: str = "",
    name: str = "code",
    value: str = "",
    placeholder: str = "",
    method: str = "post",
    inputmode: str = "text",
    **attrs: Any,
) -> dict[str, Any]:
    """The one box for people with a scanner. Focus returns to it after everything. Body: hidden fields."""
    return {
        "label": label,
        "action": action,
        "name": name,
        "value": value,
        "placeholder": placeholder,
        "method": method,
        "inputmode": inputmode,
        "attrs": html_attrs(attrs),
    }


# --- lists ---------------------------------------------------------------------------------------------


@component()
def filters(
    form: BaseForm, chips: Sequence[Chip] = (), *, search: str = "search", clear_url: str = "?"
) -> dict[str, Any]:
    """The filter bar of a list: a GET form, so that the address can be sent to a colleague. `search` names
    the field that is the search box; the other fields fold away; `chips` from
    `techdesk.ui.lists.filter_chips`."""
    if search in form.fields:
        form.fields[search].widget.attrs.setdefault("placeholder", form[search].label)
    return {
        "form": form,
        "search": form[search] if search in form.fields else None,
        "others": [field for field in form.visible_fields() if field.name != search],
        "hidden": form.hidden_fields(),
        "chips": chips,
        "clear_url": clear_url,
        "open": any(form.errors.get(field.name) for field in form if field.name != search),
    }


@component(body=True, slots=("bulk",))
def table(table: Table) -> dict[str, Any]:
    """Rows under columns, from `techdesk.ui.lists.Table`; cards on a phone. The body is drawn when there is
    no row (an `empty_state`), the slot `bulk` holds the buttons for selected rows."""
    return {"table": table, "columns": table.heads(), "lines": list(table.lines())}


@component()
def pager(page: Any, *, note: str = "") -> dict[str, Any]:
    """Links to the page before and after, from `techdesk.base.paging.Page`. Keeps every other parameter of
    the address.
    """
    return {"page": page, "note": note}


@component()
def live(url: str, *, mark: str = "", every: int = 20, href: str = "?") -> dict[str, Any]:
    """Says how old the list is and how many new rows wait, without moving any. `url` answers JSON
    `{"new": 3, "mark": "…"}`; `mark` is handed back to it as `since`; `href` loads the list anew."""
    return {"url": url, "mark": mark, "every": every, "href": href}


@component(body=True)
def timeline(entries: Iterable[Any] = ()) -> dict[str, Any]:
    """What happened, in order. `entries` have at, who, text and optionally body, tone, icon, internal; for
    more, write `event` tags in the body."""
    return {"entries": entries}


@component(body=True)
def event(
    at: datetime | None = None,
    who: Any = "",
    text: Any = "",
    *,
    tone: str = Tone.NEUTRAL,
    icon: str = "outline/point",
    internal: bool = False,
    id: str = "",
) -> dict[str, Any]:
    """One entry of a `timeline`; the body holds a message. `internal` marks what the requester does not
    see.
    """
    return {
        "at": at,
        "who": who,
        "text": text,
        "tone": Tone(tone),
        "icon": icon,
        "internal": internal,
        "id": id,
    }


@component()
def progress(
    value: int | float, max: int | float = 100, label: str = "", *, tone: str = Tone.INFO, note: str = ""
) -> dict[str, Any]:
    """How far a job is: `value` of `max`, the word for it, and a note such as "120 of 400 rows"."""
    return {"value": value, "max": max, "label": label, "tone": Tone(tone), "note": note}


@component()
def slotmap(slots: Iterable[Any], label: str) -> dict[str, Any]:
    """The slots of a cart, a lab or a room as a grid. Slots have number, word, tone and optionally url
    and detail (what is in it); `word` is read aloud and shown on hover, and the legend below names every
    tone in use.
    """
    drawn = list(slots)
    legend = {(str(slot.tone), str(slot.word)): slot for slot in drawn if len(str(slot.word)) <= 24}
    return {"slots": drawn, "label": label, "legend": [] if len(legend) > 6 else list(legend.values())}


@component()
def calendar(months: Iterable[Any], *, label: str = "", legend: Iterable[Any] = ()) -> dict[str, Any]:
    """Months as small tables, weeks from Sunday on. A month has name and weeks of seven days or None; a day has
    number, word (read aloud and on hover), mark (a letter below the number), tone, today and url. `legend`
    holds choices with label, tone and icon that say what the tones mean.
    """
    weekdays = [(WEEKDAYS_ABBR[n % 7], WEEKDAYS[n % 7]) for n in range(6, 13)]
    return {"months": months, "label": label, "legend": legend, "weekdays": weekdays}


@component()
def toasts(messages: Iterable[Any] = (), *, swap: bool = False) -> dict[str, Any]:
    """Django's messages in a polite live region; `swap` replaces the region of the page from within a
    fragment.
    """
    return {
        "entries": [
            {
                "text": message,
                "tone": MESSAGE_TONES.get(message.level_tag, Tone.INFO),
                "icon": TONE_ICONS[MESSAGE_TONES.get(message.level_tag, Tone.INFO)],
            }
            for message in messages
        ],
        "swap": swap,
    }


TONE_ICONS = {
    Tone.NEUTRAL: "outline/info-circle",
    Tone.INFO: "outline/info-circle",
    Tone.GOOD: "outline/circle-check",
    Tone.WARN: "outline/alert-triangle",
    Tone.BAD: "outline/alert-circle",
}
MESSAGE_TONES = {
    "debug": Tone.NEUTRAL,
    "info": Tone.INFO,
    "success": Tone.GOOD,
    "warning": Tone.WARN,
    "error": Tone.BAD,
}

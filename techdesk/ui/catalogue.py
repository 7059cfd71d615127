"""Sample data of the catalogue page: real-looking, from no school."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from techdesk.base.paging import Page
from techdesk.ui.choices import StateChoices, Tone
from techdesk.ui.components import REGISTRY
from techdesk.ui.forms import ChoiceCards, DateInput, PickerInput, PickerOption, PictureInput
from techdesk.ui.lists import Column, Table, filter_chips

DEVICES = (
    ("C-0412", "Lenovo 500e Chromebook", "Ana Diaz"),
    ("C-0398", "Acer Chromebook 311", "Room 14"),
    ("IB-0031", "SMART Board MX065", "Room 12"),
    ("CART-04", "Cart of 30 Chromebooks", "Room 12"),
)


class SampleState(StateChoices):
    NEW = "new", _("New"), Tone.NEUTRAL, "outline/circle"
    OPEN = "open", _("In work"), Tone.INFO, "outline/progress"
    WAITING = "waiting", _("Waiting: vendor"), Tone.WARN, "outline/clock-pause"
    RESOLVED = "resolved", _("Resolved"), Tone.GOOD, "outline/check"
    LATE = "late", _("Late"), Tone.BAD, "outline/alert-triangle"


@dataclass(frozen=True)
class Ticket:
    number: str
    subject: str
    requester: str
    room: str
    device: str
    due: datetime | None
    assignee: str
    state: SampleState
    url: str = "#"

    def get_absolute_url(self) -> str:
        return self.url


@dataclass(frozen=True)
class Link:
    label: Any
    url: str = "#"
    icon: str = ""
    hint: Any = ""
    tone: str = "info"
    current: bool = False
    badge: int = 0
    count: int | None = None


@dataclass(frozen=True)
class Entry:
    at: datetime
    who: str
    text: str
    body: str = ""
    tone: Tone = Tone.NEUTRAL
    icon: str = "outline/point"
    internal: bool = False


@dataclass(frozen=True)
class Slot:
    number: int
    tone: Tone
    word: Any
    url: str = "#"


@dataclass(frozen=True)
class Shown:
    """One of Django's messages, as the toasts want it."""

    text: str
    level_tag: str
    tags: str = field(default="")

    def __str__(self) -> str:
        return self.text


class SampleForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("What is it about?"),
        choices=[("device", _("Chromebook or tablet")), ("board", _("Board, projector, sound"))],
        widget=ChoiceCards(
            hints={"device": _("Mine, a student's or a cart"), "board": _("In my room")},
            icons={"device": "outline/device-laptop", "board": "outline/presentation"},
        ),
    )
    device = forms.CharField(
        label=_("Which device?"),
        help_text=_("The tag is on a sticker at the bottom."),
        widget=PickerInput(url=reverse_lazy("ui:catalogue-found"), placeholder=_("Tag, serial or name")),
    )
    email = forms.EmailField(label=_("Who should hear about it?"), required=False)
    text = forms.CharField(label=_("What happens?"), widget=forms.Textarea(attrs={"rows": 4}))
    day = forms.DateField(label=_("Needed by"), required=False, widget=DateInput())
    picture = forms.FileField(
        label=_("Photo"),
        required=False,
        widget=PictureInput(),
        help_text=_("Helps when the screen shows an error."),
    )
    days = forms.MultipleChoiceField(
        label=_("When may we come?"),
        required=False,
        choices=[("mon", _("Monday")), ("tue", _("Tuesday"))],
        widget=forms.CheckboxSelectMultiple,
    )
    stopped = forms.BooleanField(label=_("My lesson is stopped"), required=False)


class SampleFilters(forms.Form):
    search = forms.CharField(label=_("Search tickets"), required=False, widget=forms.TextInput({"type": "search"}))
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("Any")), *SampleState.choices])
    school = forms.ChoiceField(
        label=_("School"), required=False, choices=[("", _("Any")), ("lin", "Lincoln"), ("roo", "Roosevelt")]
    )


COLUMNS = (
    Column("number", _("Ticket"), sort="number", phone="key"),
    Column("subject", _("What"), phone="main", template="ui/catalogue_cell.html"),
    Column("room", _("Where")),
    Column("device", _("Device"), phone="hide", css="tag"),
    Column("due", _("Answer by"), sort="due"),
    Column("assignee", _("With"), phone="hide"),
    Column("state", _("State"), phone="state"),
)


def sample_tickets() -> list[Ticket]:
    now = timezone.now()
    hour = timedelta(hours=1)
    return [
        Ticket(
            "T-1042",
            "Board stays dark",
            "Ana Diaz · lesson stopped",
            "Lincoln 12",
            "IB-0031",
            now + hour,
            "Sam",
            SampleState.OPEN,
        ),
        Ticket(
            "T-1044",
            "Screen cracked, needs a loaner",
            "J. Okafor for a student in 5B",
            "Lincoln 20",
            "C-0412",
            now + 3 * hour,
            "",
            SampleState.NEW,
        ),
        Ticket(
            "T-1041",
            "Wi-Fi drops in the gym",
            "4 people said “me too”",
            "Roosevelt gym",
            "",
            now + 20 * hour,
            "Network team",
            SampleState.WAITING,
        ),
        Ticket(
            "T-1038",
            "Cart 4: three do not charge",
            "Ana Diaz",
            "Lincoln 12",
            "CART-04",
            now - 50 * hour,
            "Sam",
            SampleState.RESOLVED,
        ),
        Ticket(
            "T-1036",
            "May my class use Padlet?",
            "Grade 4 · privacy review running",
            "Lincoln",
            "",
            None,
            "District",
            SampleState.LATE,
        ),
    ]


def sample_navigation() -> list[Link]:
    return [
        Link(_("Today"), icon="outline/home"),
        Link(_("Queue"), icon="outline/inbox", current=True, badge=23),
        Link(_("Desk"), icon="outline/scan"),
        Link(_("Devices"), icon="outline/device-laptop"),
        Link(_("Testing"), icon="outline/clipboard-check"),
        Link(_("Library"), icon="outline/books"),
    ]


def sample_slots() -> list[Slot]:
    out, broken = {3, 9, 17, 18, 24, 29}, {12}
    return [
        Slot(
            n,
            *(Tone.BAD, _("Broken")) if n in broken else (Tone.NEUTRAL, _("Out")) if n in out else (Tone.GOOD, _("In")),
        )
        for n in range(1, 31)
    ]


@dataclass(frozen=True)
class Day:
    number: int
    word: str
    mark: str = ""
    tone: str = ""
    today: bool = False
    url: str = ""


@dataclass(frozen=True)
class Month:
    name: str
    weeks: list[list[Day | None]]


def sample_months() -> list[Month]:
    """June 2026 begins on a Monday."""
    tones = {6: "info", 12: "warn", 19: "bad"}
    days: list[Day | None] = [
        Day(n, _("June %(n)d") % {"n": n}, "AB"[n % 2] if n % 7 else "", tones.get(n, ""), today=n == 9)
        for n in range(1, 31)
    ]
    filled = [None, *days, *[None] * 4]
    return [Month("2026", [filled[n : n + 7] for n in range(0, 35, 7)])]


def sample_page(request: HttpRequest) -> dict[str, Any]:
    """The context of templates/ui/catalogue.html. `?empty=1` shows the empty state, `?errors=1` the error summary."""
    now = timezone.now()
    filters = SampleFilters(request.GET or {"state": "open", "school": "lin"})
    rows = [] if "empty" in request.GET else sample_tickets()
    failing = SampleForm({"device": "", "email": "ana@", "kind": ""}) if "errors" in request.GET else None
    return {
        "components": [one for _name, one in sorted(REGISTRY.items())],
        "navigation": sample_navigation(),
        "role_label": _("Technician at Lincoln"),
        "states": list(SampleState),
        "months": sample_months(),
        "tones": list(Tone),
        "tickets": sample_tickets(),
        "table": Table(COLUMNS, rows, caption=_("Open tickets"), request=request, select="number", bulk_url="#"),
        "dense_table": Table(COLUMNS, rows, caption=_("The same, dense"), dense=True),
        "page": Page(rows=rows, next_cursor="bmV4dA", previous_cursor="cHJldg"),
        "filters": filters,
        "chips": filter_chips(filters, request),
        "sample_form": failing or SampleForm(initial={"device": "C-0412"}),
        "crumbs": [(_("Devices"), "#"), (_("Carts"), "#")],
        "tab_links": [
            Link(_("Story"), current=True),
            Link(_("Tickets"), count=2),
            Link(_("Repairs"), count=0),
        ],
        "choices": [
            Link(_("Chromebook or tablet"), icon="outline/device-laptop", hint=_("Mine, a student's or a cart")),
            Link(_("Board, projector, sound"), icon="outline/presentation", hint=_("In my room")),
            Link(_("Internet, Wi-Fi"), icon="outline/wifi", hint=_("Slow or gone")),
            Link(_("Login, password"), icon="outline/key", hint=_("Mine or a student's")),
        ],
        "slots": sample_slots(),
        "now": now,
        "an_hour_ago": now - timedelta(hours=1),
        "tomorrow": (now + timedelta(days=1)).date(),
        "last_year": now - timedelta(days=400),
        "messages": [
            Shown("C-0412 is back in slot 17.", "success"),
            Shown("The photo could not be read.", "error"),
        ],
        "entries": [
            Entry(
                now - timedelta(hours=2),
                "Ana Diaz",
                "asked for help",
                "The board stays dark.\nMy lesson is stopped.",
                Tone.INFO,
                "outline/message",
            ),
            Entry(now - timedelta(hours=1, minutes=50), "Sam Lee", "took it", icon="outline/user-check"),
            Entry(
                now - timedelta(hours=1),
                "Sam Lee",
                "wrote",
                "Fuse box of the wing, ask the custodian.",
                Tone.WARN,
                "outline/lock",
                internal=True,
            ),
            Entry(
                now - timedelta(minutes=4),
                "Sam Lee",
                "resolved it",
                "New lamp. Please try it once.",
                Tone.GOOD,
                "outline/check",
            ),
        ],
    }


def picker_samples(text: str) -> list[PickerOption]:
    """The sample devices whose tag, model or holder contains `text`."""
    wanted = text.strip().casefold()
    return [
        PickerOption(tag, f"{tag} · {model}", hint=f"with {holder}")
        for tag, model, holder in DEVICES
        if wanted in f"{tag} {model} {holder}".casefold()
    ]

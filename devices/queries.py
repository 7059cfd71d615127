"""Reads across devices, custodies and people: who has what, as far as the viewer may know; what a cart holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from devices.choices import DeviceStatus, HolderType
from devices.models import Category, Custody, Device
from techdesk.base.clock import now
from techdesk.base.policy import may
from techdesk.base.text import clean_line
from techdesk.directory.models import Person, School
from techdesk.ui.choices import Tone
from techdesk.ui.moments import spoken


@dataclass(frozen=True)
class Named:
    """A person, room or cart in words; `url` is empty where the viewer may not open the page (or there is none)."""

    label: str
    url: str = ""

    @property
    def link(self) -> SafeString:
        if not self.url:
            return format_html("{}", self.label)
        return format_html('<a href="{}">{}</a>', self.url, self.label)

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True)
class Known:
    """Which people a viewer may be told the names of, and whose page they may open, among some people."""

    viewer: Any
    visible: frozenset[int]

    def name(self, person: Any) -> Named:
        """The person in words: staff by name always, students by name only when the viewer sees them."""
        if person.pk == self.viewer.pk:
            return Named(_("you"), person.get_absolute_url())
        if person.pk in self.visible:
            return Named(person.name, person.get_absolute_url())
        if person.is_student:
            return Named(_("a student"))
        return Named(person.name)

    def may_name(self, person: Any) -> bool:
        return person.pk in self.visible or not person.is_student

    def students(self, people: Iterable[Any]) -> list[int]:
        """The ids of the students among `people` whom `name` names: what a page that shows them discloses."""
        return [p.pk for p in people if p is not None and p.is_student and p.pk in self.visible]


def known_to(viewer: Any, people: Iterable[Any]) -> Known:
    """One query for all of `people` (None among them is left out)."""
    ids = {person.pk for person in people if person is not None}
    if not ids:
        return Known(viewer, frozenset())
    return Known(viewer, frozenset(Person.objects.visible_to(viewer).filter(pk__in=ids).values_list("pk", flat=True)))


@dataclass
class SeenDevice:
    """A device as a row of a list. `custody` is the open one where the viewer may see it; `is_out` says that there is
    one at all; `holder` is None when nobody has the device."""

    device: Device
    custody: Custody | None
    is_out: bool
    holder: Named | None
    assigned: Named | None = None  # for the year
    disclosed: list[int] = field(default_factory=list)  # the student whom `holder` names
    disclosed_assigned: list[int] = field(default_factory=list)  # the student whom `assigned` names

    def get_absolute_url(self) -> str:
        return self.device.get_absolute_url()

    @property
    def home(self) -> str:
        return home_words(self.device)

    @property
    def student(self) -> str:
        """The student who has the device or is assigned to it, for a list of students' devices."""
        if self.custody is not None and self.custody.person is not None and self.custody.person.is_student:
            return str(self.holder)
        return str(self.assigned or "")

    @property
    def is_late(self) -> bool:
        custody = self.custody
        return custody is not None and custody.due_on is not None and custody.due_on < today_at(self.device.school)


def today_at(school: School) -> dt.date:
    """Today where the school is."""
    return timezone.localdate(now(), school.zone)


def home_words(device: Device) -> str:
    """Where a device belongs: "CART-04, slot 17", "Room 12", or nothing."""
    home = device.home_cart.asset_tag if device.home_cart else str(device.home_room or "")
    if home and device.home_slot is not None:
        return _("%(home)s, slot %(slot)d") % {"home": home, "slot": device.home_slot}
    return home


def holder_words(custody: Custody, known: Known, *, carts: frozenset[int] = frozenset()) -> Named:
    """The holder of a custody that the viewer may see; `carts` are the carts whose page they may open."""
    if custody.person is not None:
        return known.name(custody.person)
    if custody.room is not None:
        return Named(str(custody.room))
    cart = custody.cart
    assert cart is not None  # the database insists on exactly one holder  # noqa: S101
    words = cart.asset_tag
    if custody.slot is not None:
        words = _("%(home)s, slot %(slot)d") % {"home": words, "slot": custody.slot}
    return Named(words, cart.get_absolute_url() if cart.pk in carts else "")


def seen_by(viewer: Any, devices: Sequence[Device]) -> list[SeenDevice]:
    """Devices as `viewer` may see them, in the given order: five queries, however many they are.

    What a row shows beside the device is read here, for these rows only: a search that joins it all would make the
    database join every device before it looks which ones fit.

    The caller logs `disclosed` of each row, and `disclosed_assigned` when it shows who is assigned.
    """
    found = {d.pk: d for d in Device.objects.for_list().filter(pk__in=[d.pk for d in devices])}
    devices = [found[d.pk] for d in devices if d.pk in found]
    opened = {d.pk: d.open_custodies[0] for d in devices if d.open_custodies}  # type: ignore[attr-defined]
    visible = _visible_custodies(viewer, opened.values())
    shown = {pk: custody for pk, custody in opened.items() if custody.pk in visible}
    known = known_to(viewer, [*(c.person for c in shown.values()), *(d.assigned_to for d in devices)])
    carts = _visible_carts(viewer, shown.values())
    rows = []
    for device in devices:
        custody = shown.get(device.pk)
        holder: Named | None = None
        of_holder = known.students([custody.person if custody else None])
        of_assigned = known.students([device.assigned_to])
        if custody is not None:
            holder = holder_words(custody, known, carts=carts)
        elif device.pk in opened:
            holder = Named(_("somebody"))
        assigned = known.name(device.assigned_to) if device.assigned_to else None
        rows.append(SeenDevice(device, custody, device.pk in opened, holder, assigned, of_holder, of_assigned))
    return rows


def _visible_custodies(viewer: Any, custodies: Iterable[Custody]) -> set[int]:
    ids = [custody.pk for custody in custodies]
    if not ids:
        return set()
    return set(Custody.objects.visible_to(viewer).filter(pk__in=ids).values_list("pk", flat=True))


def _visible_carts(viewer: Any, custodies: Iterable[Custody]) -> frozenset[int]:
    ids = {custody.cart_id for custody in custodies if custody.cart_id is not None}
    if not ids:
        return frozenset()
    return frozenset(Device.objects.visible_to(viewer).filter(pk__in=ids).values_list("pk", flat=True))


def open_custody(device: Device) -> Custody | None:
    """The open custody of a device with its holder, whoever asks."""
    return Custody.objects.open().of_device(device).with_holder().first()


@dataclass(frozen=True)
class Slot:
    """One slot of a cart for the slot map: in, out, empty …; `detail` names the device."""

    number: int
    word: Any
    tone: Tone
    detail: str = ""
    url: str = ""


@dataclass(frozen=True)
class CartContent:
    slots: list[Slot]
    loose: list[Device]  # at home here or checked out to here, without a number
    present: int
    away: int


#: What a slot says of the device at home in it that is not where it should be.
_ABSENT = {
    DeviceStatus.IN_REPAIR: (gettext_lazy("In repair"), Tone.WARN),
    DeviceStatus.IN_TRANSIT: (gettext_lazy("On the way"), Tone.INFO),
    DeviceStatus.MISSING: (gettext_lazy("Missing"), Tone.BAD),
    DeviceStatus.LOST: (gettext_lazy("Lost"), Tone.BAD),
}


def cart_content(cart: Device) -> CartContent:
    """What lives in a cart and what is in it now: three queries."""
    residents = list(Device.objects.homed_in(cart).not_gone())
    guests = list(Custody.objects.open().in_cart(cart).select_related("device"))
    out = set(
        Custody.objects.open().filter(device_id__in=[d.pk for d in residents]).values_list("device_id", flat=True)
    )
    visiting = {c.slot: c.device for c in guests if c.slot is not None}
    at_home = {d.home_slot: d for d in residents if d.home_slot is not None}
    here = {c.device_id for c in guests}
    slots = []
    for number in range(1, cart.slot_count + 1):
        guest, resident = visiting.get(number), at_home.get(number)
        if guest is not None:
            slots.append(Slot(number, _("In"), Tone.GOOD, guest.asset_tag, guest.get_absolute_url()))
        elif resident is None:
            slots.append(Slot(number, _("Empty"), Tone.NEUTRAL))
        else:
            word, tone = _resident_state(resident, out=resident.pk in out)
            slots.append(Slot(number, word, tone, resident.asset_tag, resident.get_absolute_url()))
    inside = {d.pk for d in residents if d.pk not in out and d.state == DeviceStatus.IN_STOCK} | here
    loose = {d.pk: d for d in residents if d.home_slot is None}
    loose |= {c.device_id: c.device for c in guests if c.slot is None}
    return CartContent(
        slots=slots,
        loose=sorted(loose.values(), key=lambda d: d.asset_tag),
        present=len(inside),
        away=len({d.pk for d in residents} - inside),
    )


def _resident_state(device: Device, *, out: bool) -> tuple[Any, Tone]:
    if device.state in _ABSENT:
        return _ABSENT[device.state]
    if out or device.state is DeviceStatus.IN_USE:
        return _("Out"), Tone.INFO
    return _("In"), Tone.GOOD


def schools_where(person: Any, action: str) -> Any:
    """The schools where `person` may do `action`, by name."""
    schools = School.objects.visible_to(person).active()
    mine = [school.pk for school in schools if may(person, action, school_id=school.pk)]
    return School.objects.filter(pk__in=mine).by_name()


def categories_in_use() -> Any:
    """Categories in their order, for filters and forms."""
    return Category.objects.order_by("position", "slug")


def device_at(device: Device, version: int) -> Any | None:
    """The device as it was at `version`, from its row versions: a row with the same fields, or None."""
    return (
        device.events.filter(version=version)  # type: ignore[attr-defined]
        .select_related("home_room__school", "home_cart", "assigned_to", "responsible", "school")
        .order_by("-pgh_id")
        .first()
    )


def students_named_by_console(device: Device) -> list[Any]:
    """Students whose address the management console put on the device: showing it discloses them."""
    addresses = {address.casefold() for address in (device.mdm_user, device.last_user) if "@" in address}
    return list(Person.objects.students().filter(email__in=addresses)) if addresses else []


def holdings(viewer: Any, person: Any) -> list[SeenDevice]:
    """What `person` has now or is assigned for the year, of what `viewer` may see."""
    rows = Device.objects.visible_to(viewer).held_by(person).not_gone().by_tag()
    return seen_by(viewer, list(rows[:200]))


PICKED = 20


def found_by(viewer: Any, text: str, among: Any) -> list[tuple[Device, bool]]:
    """What a picker offers for `text`, with whether it is the viewer's own: the very tag first, own devices next,
    then the rest of what they may see. Without a text: own devices only."""
    rows = among.visible_to(viewer).select_related("model__manufacturer", "category", "home_room", "home_cart")
    wanted = clean_line(text)
    own = list(rows.concerning(viewer).search(wanted).by_tag()[:PICKED])
    if not wanted:
        return [(device, True) for device in own]
    mine = {device.pk for device in own}
    exact = list(rows.with_tag(wanted))
    others = list(rows.search(wanted).by_tag()[: PICKED + len(own)])
    found = {device.pk: device for device in [*exact, *own, *others]}
    return [(device, device.pk in mine) for device in list(found.values())[:PICKED]]


@dataclass(frozen=True)
class Place:
    """Where a device is now, in a sentence. `tone` and `icon` say how good that is."""

    sentence: SafeString
    tone: Tone
    icon: str


def present(viewer: Any, device: Device, custody: Custody | None, known: Known) -> Place:
    """The sentence a person would say: "Chromebook C-0412 is with Ana Diaz since Monday, due Friday"."""
    what = {"kind": str(device.category), "tag": format_html('<span class="nowrap">{}</span>', device.asset_tag)}
    if custody is None:
        return _without_holder(device, what)
    visible = _visible_custodies(viewer, [custody])
    holder = holder_words(custody, known, carts=_visible_carts(viewer, [custody])) if visible else Named(_("somebody"))
    since = spoken(timezone.localdate(custody.out_at, device.school.zone))
    words = {**what, "holder": holder.link, "since": since}
    if device.state in (DeviceStatus.MISSING, DeviceStatus.LOST):
        text = _("{kind} {tag} is {state}. It was last with {holder}, since {since}.")
        sentence = format_html(text, **words, state=str(device.state.label).lower())
        return Place(sentence, device.state.tone, device.state.icon)
    if custody.due_on is None or not visible:
        text = _("{kind} {tag} is with {holder} since {since}.")
        if custody.holder_type != HolderType.PERSON:
            text = _("{kind} {tag} is in {holder} since {since}.")
        return Place(format_html(text, **words), Tone.INFO, "outline/user")
    late = custody.due_on < today_at(device.school)
    text = _("{kind} {tag} is with {holder} since {since}, due {due}.")
    if late:
        text = _("{kind} {tag} is with {holder} since {since}. It was due {due}.")
    sentence = format_html(text, **words, due=spoken(custody.due_on))
    return Place(sentence, Tone.WARN if late else Tone.INFO, "outline/clock-exclamation" if late else "outline/user")


def _without_holder(device: Device, what: dict[str, str]) -> Place:
    state = device.state
    if state is DeviceStatus.IN_STOCK:
        home = home_words(device)
        if home:
            return Place(
                format_html(_("{kind} {tag} is at home: {home}."), **what, home=home), Tone.GOOD, "outline/home"
            )
        return Place(format_html(_("{kind} {tag} is in stock."), **what), Tone.GOOD, state.icon)
    text = {
        DeviceStatus.IN_USE: _("{kind} {tag} is in use, but nobody is written down for it."),
        DeviceStatus.IN_REPAIR: _("{kind} {tag} is being repaired."),
        DeviceStatus.IN_TRANSIT: _("{kind} {tag} is on the way."),
        DeviceStatus.MISSING: _("{kind} {tag} is missing."),
        DeviceStatus.LOST: _("{kind} {tag} is lost."),
        DeviceStatus.RETIRED: _("{kind} {tag} is retired. It is kept here for its history."),
        DeviceStatus.DISPOSED: _("{kind} {tag} was disposed of. It is kept here for its history."),
    }[state]
    return Place(format_html(text, **what), state.tone, state.icon)


@dataclass(frozen=True)
class HistoryRow:
    """One custody as a row of the history."""

    custody: Custody
    holder: Named

    @property
    def words(self) -> str:
        """What follows the holder's name: "has it since Monday, due Friday", "had it from Oct 15 to Oct 17"."""
        custody = self.custody
        first = timezone.localdate(custody.out_at)
        if custody.in_at is None:
            if custody.due_on is None:
                return _("has it since %(day)s") % {"day": spoken(first)}
            return _("has it since %(day)s, due %(due)s") % {"day": spoken(first), "due": spoken(custody.due_on)}
        last = timezone.localdate(custody.in_at)
        if first == last:
            return _("had it: %(day)s") % {"day": spoken(first)}
        return _("had it from %(first)s to %(last)s") % {"first": spoken(first), "last": spoken(last)}


def history_rows(viewer: Any, custodies: Sequence[Custody], known: Known) -> list[HistoryRow]:
    """Custodies (which the viewer may see) with their holder in words."""
    carts = _visible_carts(viewer, custodies)
    return [HistoryRow(custody, holder_words(custody, known, carts=carts)) for custody in custodies]

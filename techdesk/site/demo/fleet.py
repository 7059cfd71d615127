"""The devices of the demo district: carts with their slots, 1:1 Chromebooks, boards and projectors, loaners."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from devices.choices import Condition, DeviceStatus, HolderType
from devices.models import Category, Custody, Device, DeviceModel, Manufacturer
from techdesk.base.clock import now
from techdesk.site.demo.people import SchoolWorld, World

#: slug -> maker, model
MODELS = {
    "chromebook": [("Lenovo", "300e Chromebook 2nd Gen"), ("Dell", "Chromebook 3110"), ("HP", "Chromebook 11 G9 EE")],
    "laptop": [("Dell", "Latitude 3340")],
    "cart": [("Anywhere Cart", "AC-PLUS 30")],
    "board": [("Promethean", 'ActivPanel 9 75"')],
    "projector": [("Epson", "PowerLite L210W")],
    "document_camera": [("IPEVO", "V4K")],
    "printer": [("Brother", "HL-L6210DW")],
}
SLOTS = 30
IN_CART = 16
LOANERS = 8


@dataclass
class Fleet:
    """What tickets refer to."""

    by_school: dict[int, list[Device]]
    boards: dict[int, Device]  # by room
    carts: list[Device]


class _Fleet:
    def __init__(self, world: World, rng: random.Random) -> None:
        self.world, self.rng = world, rng
        self.categories = {category.slug: category for category in Category.objects.all()}
        self.models: dict[str, list[DeviceModel]] = {}
        for slug, entries in MODELS.items():
            self.models[slug] = [
                DeviceModel.objects.get_or_create(
                    manufacturer=Manufacturer.objects.get_or_create(name=maker)[0],
                    name=name,
                    defaults={"category": self.categories[slug]},
                )[0]
                for maker, name in entries
            ]
        self.devices: list[Device] = []
        self.custodies: list[Custody] = []
        self.numbers: dict[str, int] = {}

    def add(
        self, slug: str, prefix: str, here: SchoolWorld, *, model: DeviceModel | None = None, **facts: Any
    ) -> Device:
        number = self.numbers[prefix] = self.numbers.get(prefix, 0) + 1
        model = model or self.models[slug][0]
        age = self.rng.randint(0, 5)
        device = Device(
            asset_tag=f"{prefix}-{number:04}",
            serial="" if slug == "cart" else f"{prefix}{self.rng.randrange(16**7):07X}",
            model=model,
            manufacturer=model.manufacturer,
            category=model.category,
            school=here.school,
            purchased_on=dt.date(self.world.today.year - age, 7, 15) - dt.timedelta(days=self.rng.randint(0, 40)),
            **facts,
        )
        if slug == "chromebook":
            self._console(device, age)
        device.fill_search()
        self.devices.append(device)
        return device

    def _console(self, device: Device, age: int) -> None:
        """What the management console says of a Chromebook."""
        rng = self.rng
        major = rng.choices([144, 143, 142, 138], [70, 18, 8, 4])[0]
        device.mdm_source, device.mdm_status = "google", "ACTIVE"
        device.os_name, device.os_version = "ChromeOS", f"{major}.0.{7000 + major}.{rng.randint(10, 120)}"
        device.last_seen_at = now() - dt.timedelta(
            days=rng.choices([0, 1, 4, 12, 40], [55, 25, 10, 6, 4])[0], minutes=rng.randint(5, 600)
        )
        device.auto_update_through = dt.date(self.world.today.year + 8 - age, 6, 30)
        device.org_unit = f"/Devices/{device.school.code}"
        device.mac_address = ":".join(f"{rng.randrange(256):02x}" for _ in range(6))

    def out(self, device: Device, since: dt.datetime, **holder: Any) -> None:
        device.status = DeviceStatus.IN_USE
        kind = HolderType.PERSON if "person" in holder else HolderType.ROOM
        self.custodies.append(
            Custody(
                device=device,
                school=device.school,
                holder_type=kind,
                out_at=since,
                condition_out=Condition.GOOD,
                out_by=self._technician(device),
                **holder,
            )
        )

    def past(self, device: Device, since: dt.datetime, until: dt.datetime, **holder: Any) -> None:
        """A custody that ended, for the history."""
        self.custodies.append(
            Custody(
                device=device,
                school=device.school,
                holder_type=HolderType.PERSON,
                out_at=since,
                in_at=until,
                condition_out=Condition.GOOD,
                condition_in=Condition.GOOD,
                out_by=self._technician(device),
                in_by=self._technician(device),
                **holder,
            )
        )

    def _technician(self, device: Device) -> Any:
        for here in self.world.schools:
            if here.school.pk == device.school_id:
                return here.technicians[0]
        return self.world.actor


def build(world: World, rng: random.Random) -> Fleet:
    """Write 620 devices and their custodies."""
    fleet = _Fleet(world, rng)
    cart_devices = [fleet.add("cart", "CART", here, **cart) for here in world.schools for cart in _carts(here)]
    Device.objects.bulk_create(cart_devices)
    fleet.devices.clear()
    for here in world.schools:
        _cart_chromebooks(fleet, here, [c for c in cart_devices if c.school_id == here.school.pk])
        if here.plan.one_to_one:
            _assigned_chromebooks(fleet, here)
        _rooms(fleet, here)
        _loaners(fleet, here)
    for n in range(2):
        laptop = fleet.add("laptop", "DL", world.schools[0])
        fleet.out(laptop, _days_ago(200), person=world.schools[0].technicians[0] if n else world.accounts["principal"])
    _odd_ones(fleet)
    Device.objects.bulk_create(fleet.devices, batch_size=500)
    Custody.objects.bulk_create(fleet.custodies, batch_size=500)
    everything = [*cart_devices, *fleet.devices]
    by_school: dict[int, list[Device]] = {}
    for device in everything:
        by_school.setdefault(device.school_id, []).append(device)
    boards = {d.home_room_id: d for d in fleet.devices if d.category.slug == "board" and d.home_room_id}
    return Fleet(by_school=by_school, boards=boards, carts=cart_devices)


def _days_ago(days: float) -> dt.datetime:
    return now() - dt.timedelta(days=days)


def _carts(here: SchoolWorld) -> Iterator[dict[str, Any]]:
    for n in range(here.plan.carts):
        # Ana Diaz, last of Lincoln's homerooms, has a cart of her own.
        place = len(here.teachers) - 1 - n * max(1, len(here.teachers) // here.plan.carts)
        yield {"slot_count": SLOTS, "home_room": here.rooms[place], "responsible": here.teachers[place]}


def _cart_chromebooks(fleet: _Fleet, here: SchoolWorld, carts: list[Device]) -> None:
    for n, cart in enumerate(carts):
        model = fleet.models["chromebook"][n % 3]
        for slot in range(1, IN_CART + 1):
            device = fleet.add("chromebook", "C", here, model=model, home_cart=cart, home_slot=slot)
            if fleet.rng.random() < 0.06:
                students = fleet.rng.choice(here.students)
                fleet.out(device, _days_ago(fleet.rng.uniform(0.1, 3)), person=fleet.rng.choice(students))


def _assigned_chromebooks(fleet: _Fleet, here: SchoolWorld) -> None:
    for n, student in enumerate(s for homeroom in here.students for s in homeroom):
        device = fleet.add("chromebook", "C", here, model=fleet.models["chromebook"][n % 3], assigned_to=student)
        fleet.out(device, _days_ago(95 - n / 40), person=student)


def _rooms(fleet: _Fleet, here: SchoolWorld) -> None:
    for room in here.rooms[: len(here.teachers)]:
        for slug, prefix in (("board", "IB"), ("projector", "PJ")):
            device = fleet.add(slug, prefix, here, home_room=room)
            fleet.out(device, _days_ago(400), room=room)
    library = here.rooms[len(here.teachers)]
    for _n in range(3):
        fleet.add("document_camera", "DC", here, home_room=library)
    for _n in range(2):
        printer = fleet.add("printer", "PR", here, home_room=library)
        fleet.out(printer, _days_ago(600), room=library)


def _loaners(fleet: _Fleet, here: SchoolWorld) -> None:
    closet = here.rooms[-1]
    for n in range(LOANERS):
        device = fleet.add("chromebook", "LN", here, is_loaner=True, home_room=closet)
        borrower = fleet.rng.choice(fleet.rng.choice(here.students))
        fleet.past(device, _days_ago(40 - n), _days_ago(38 - n), person=borrower)
        if n < 3:
            due = fleet.world.today + dt.timedelta(days=n - 1)
            fleet.out(device, _days_ago(2 + n), person=borrower, due_on=due)


def _odd_ones(fleet: _Fleet) -> None:
    """Some in repair, missing, lost, retired: every state is somewhere."""
    idle = [d for d in fleet.devices if d.status == DeviceStatus.IN_STOCK and d.category.slug == "chromebook"]
    states = [DeviceStatus.IN_REPAIR] * 9 + [DeviceStatus.MISSING] * 3 + [DeviceStatus.LOST] * 2
    states += [DeviceStatus.RETIRED] * 4 + [DeviceStatus.IN_TRANSIT, DeviceStatus.DISPOSED]
    for device, state in zip(fleet.rng.sample(idle, len(states)), states, strict=True):
        device.status = state
        if state == DeviceStatus.IN_REPAIR:
            device.condition = Condition.BROKEN
        if state in {DeviceStatus.RETIRED, DeviceStatus.DISPOSED}:
            device.home_cart, device.home_slot = None, None

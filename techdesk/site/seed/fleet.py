"""Devices by category, model and year; carts with their slots; who has what, and who had it before."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from typing import Any

from devices.choices import Condition, DeviceStatus, HolderType
from devices.models import Category, Custody, Device, DeviceModel, Manufacturer
from techdesk.base.text import fold
from techdesk.site.seed.copying import Tables
from techdesk.site.seed.people import Place

#: slug -> (maker, model, letters of its tags)
MODELS = {
    "chromebook": (
        ("Lenovo", "300e Chromebook 2nd Gen", "C"),
        ("Dell", "Chromebook 3110", "C"),
        ("HP", "Chromebook 11 G9 EE", "C"),
        ("Acer", "Chromebook Spin 512", "C"),
    ),
    "laptop": (("Dell", "Latitude 3340", "L"), ("HP", "ProBook 445 G10", "L")),
    "cart": (("Anywhere Cart", "AC-PLUS 30", "K"),),
    "board": (("Promethean", 'ActivPanel 9 75"', "B"), ("SMART", "Board MX275", "B")),
    "projector": (("Epson", "PowerLite L210W", "P"),),
    "document_camera": (("IPEVO", "V4K", "D"),),
    "printer": (("Brother", "HL-L6210DW", "R"),),
}
SLOTS = 30
#: Of all devices, so many are out to students.
OUT_TO_STUDENTS = 0.6
#: Of what nobody has.
ODD_STATES = (
    [DeviceStatus.IN_STOCK] * 82
    + [DeviceStatus.IN_REPAIR] * 9
    + [DeviceStatus.RETIRED] * 5
    + [DeviceStatus.MISSING, DeviceStatus.LOST, DeviceStatus.IN_TRANSIT, DeviceStatus.DISPOSED]
)
DAY = dt.timedelta(days=1)


class Fleet:
    def __init__(self, tables: Tables, *, seed: int, moment: dt.datetime) -> None:
        self.seed, self.moment, self.today = seed, moment, moment.date()
        self.tables = tables
        self.devices = tables.of(Device)
        self.custodies = tables.sorted(Custody, order="out_at, device_id")
        categories = {category.slug: category.pk for category in Category.objects.all()}
        self.models: dict[str, list[dict[str, Any]]] = {}
        for slug, entries in MODELS.items():
            self.models[slug] = []
            for maker, name, letter in entries:
                manufacturer, _made = Manufacturer.objects.get_or_create(name=maker)
                model, _made = DeviceModel.objects.get_or_create(
                    manufacturer=manufacturer, name=name, defaults={"category_id": categories[slug]}
                )
                self.models[slug].append(
                    {
                        "model_id": model.pk,
                        "manufacturer_id": manufacturer.pk,
                        "category_id": model.category_id,
                        "letter": letter,
                        "folded": fold(f"{name} {maker}"),
                    }
                )
        self.rng = random.Random(f"{seed}/fleet")  # noqa: S311 - the same district every time

    def school(self, here: Place) -> None:
        """All devices of one school, exactly as many as its plan says."""
        self.rng = random.Random(f"{self.seed}/fleet/{here.plan.code}")  # noqa: S311
        total = left = here.plan.devices
        wanted = {
            "cart": round(total * (0.005 if here.plan.one_to_one else 0.022)),
            "board": min(len(here.classrooms), round(total * 0.05)),
            "projector": min(len(here.classrooms), round(total * 0.03)),
            "laptop": round(total * 0.06),
            "document_camera": round(total * 0.01),
            "printer": round(total * 0.005),
        }
        left -= sum(wanted.values())
        loaners = round(left * 0.02)
        carts = list(self._carts(here, wanted["cart"]))
        self._chromebooks(here, left - loaners, loaners, carts, round(total * OUT_TO_STUDENTS))
        for slug in ("board", "projector"):
            for n in range(wanted[slug]):
                room = here.classrooms[n]
                device = self._add(here, slug, home_room_id=room, status=DeviceStatus.IN_USE)
                self._out(here, device, self._ago(300, 700), holder_type=HolderType.ROOM, room_id=room)
                if slug == "board":
                    here.boards.append(device)
        for n in range(wanted["laptop"]):
            if n >= len(here.teachers):
                self._add(here, "laptop", home_room_id=here.other_rooms[-1])
                continue
            device = self._add(here, "laptop", status=DeviceStatus.IN_USE)
            self._out(here, device, self._ago(100, 600), holder_type=HolderType.PERSON, person_id=here.teachers[n])
        for slug in ("document_camera", "printer"):
            for _n in range(wanted[slug]):
                self._add(here, slug, home_room_id=here.other_rooms[0])
        self.tables.breathe()

    def _carts(self, here: Place, count: int) -> Iterator[int]:
        for n in range(count):
            place = n % len(here.classrooms)
            yield self._add(
                here,
                "cart",
                slot_count=SLOTS,
                serial="",
                home_room_id=here.classrooms[place],
                responsible_id=here.teachers[place],
            )

    def _chromebooks(self, here: Place, count: int, loaners: int, carts: list[int], out: int) -> None:
        first = self.devices.last_id + 1
        students = here.students
        closet = here.other_rooms[-1]
        out = min(out, count) if students else 0
        for n in range(count):
            facts: dict[str, Any] = {}
            student = students[n % len(students)] if students else None
            # Spread evenly: of any hundred of them as many are out as of all.
            is_out = (n + 1) * out // count > n * out // count
            if is_out:
                facts["status"] = DeviceStatus.IN_USE
            else:
                facts |= self._idle_state()
            gone = facts["status"] in {DeviceStatus.RETIRED, DeviceStatus.DISPOSED}
            if here.plan.one_to_one and n < len(students) and not gone:
                facts["assigned_to_id"] = student
            elif n < len(carts) * SLOTS and not gone:
                facts |= {"home_cart_id": carts[n // SLOTS], "home_slot": n % SLOTS + 1}
            elif not gone:
                facts["home_room_id"] = closet
            device = self._add(here, "chromebook", **facts)
            since = self._ago(1, 95)
            if student is not None:
                self._past_years(here, device, students)
            if is_out:
                self._out(here, device, since, holder_type=HolderType.PERSON, person_id=student)
            if n % 1000 == 0:
                self.tables.breathe()
        for n in range(loaners):
            self._loaner(here, n, closet)
        here.chromebooks = range(first, self.devices.last_id + 1)

    def _loaner(self, here: Place, n: int, closet: int) -> None:
        is_out = bool(here.students) and n % 5 < 2
        status = DeviceStatus.IN_USE if is_out else DeviceStatus.IN_STOCK
        device = self._add(here, "chromebook", is_loaner=True, home_room_id=closet, status=status)
        if not here.students:
            return
        for k in range(6):
            lent = self._ago(20 + 60 * k, 60 + 60 * k)
            self._out(
                here,
                device,
                lent,
                lent + DAY * self.rng.uniform(0.3, 9),
                holder_type=HolderType.PERSON,
                person_id=self.rng.choice(here.students),
                due_on=lent.date() + DAY * 5,
            )
        if is_out:
            lent = self._ago(0.1, 9)
            self._out(
                here,
                device,
                lent,
                holder_type=HolderType.PERSON,
                person_id=self.rng.choice(here.students),
                due_on=lent.date() + DAY * 5,
            )

    def _past_years(self, here: Place, device: int, students: range) -> None:
        """Who had it in the last two school years, one after the other."""
        for back in (2, 1):
            if self.rng.random() < 0.7:
                lent = self.moment - DAY * (365 * back + self.rng.uniform(10, 90))
                self._out(
                    here,
                    device,
                    lent,
                    lent + DAY * self.rng.uniform(150, 260),
                    holder_type=HolderType.PERSON,
                    person_id=self.rng.choice(students),
                )

    def _idle_state(self) -> dict[str, Any]:
        status = self.rng.choice(ODD_STATES)
        return {"status": status, "condition": Condition.BROKEN if status == DeviceStatus.IN_REPAIR else Condition.GOOD}

    def _add(self, here: Place, slug: str, **facts: Any) -> int:
        rng = self.rng
        models = self.models[slug]
        number = self.devices.total + 1
        model = models[number % len(models)]
        age = int(rng.random() * 6)
        tag = f"{model['letter']}{number:07}"
        serial = facts.pop("serial", f"{here.plan.code}{number:08X}")
        bought = dt.date(self.today.year - age, 7, 1) - DAY * int(rng.random() * 60)
        seen = self.moment - DAY * rng.random() * 300
        if slug == "chromebook":
            facts |= self._console(here, number, age)
        return self.devices.add(
            asset_tag=tag,
            serial=serial,
            model_id=model["model_id"],
            manufacturer_id=model["manufacturer_id"],
            category_id=model["category_id"],
            school_id=here.school_id,
            purchased_on=bought,
            warranty_until=bought + DAY * 1095,
            search_text=" ".join(f"{tag} {serial} {model['folded']}".lower().split()),
            created_at=self.moment - DAY * (300 + 365 * age),
            updated_at=seen,
            **facts,
        )

    def _console(self, here: Place, number: int, age: int) -> dict[str, Any]:
        """What the management console says of a Chromebook."""
        rng = self.rng
        major = 144 - int(rng.random() ** 3 * 7)
        mac = f"{number:012x}"
        return {
            "mdm_source": "google",
            "mdm_status": "ACTIVE",
            "os_name": "ChromeOS",
            "os_version": f"{major}.0.{7000 + major}.{10 + int(rng.random() * 100)}",
            "last_seen_at": self.moment - DAY * rng.random() ** 4 * 60,
            "auto_update_through": dt.date(self.today.year + 8 - age, 6, 30),
            "org_unit": f"/Devices/{here.plan.code}",
            "mac_address": ":".join(mac[n : n + 2] for n in range(0, 12, 2)),
        }

    def _out(
        self, here: Place, device: int, since: dt.datetime, until: dt.datetime | None = None, **holder: Any
    ) -> None:
        by = here.technicians[0]
        self.custodies.add(
            device_id=device,
            school_id=here.school_id,
            out_at=since,
            in_at=until,
            condition_out=Condition.GOOD,
            condition_in=Condition.GOOD if until else "",
            out_by_id=by,
            in_by_id=by if until else None,
            **holder,
        )

    def _ago(self, least: float, most: float) -> dt.datetime:
        return self.moment - DAY * self.rng.uniform(least, most)

"""Named reads of devices and custodies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Prefetch, Q, Value
from django.db.models.functions import Lower
from django.db.models.lookups import Exact

from techdesk.base.policy import VisibleQuerySet
from techdesk.base.text import clean_line, fold

if TYPE_CHECKING:
    from devices.models import Custody, Device  # noqa: F401


class DeviceQuerySet(VisibleQuerySet["Device"]):
    view_action = "devices.view"

    def for_list(self) -> DeviceQuerySet:
        """With everything a row shows: model, school, home and the open custody (as `open_custodies`)."""
        from devices.models import Custody

        held = Custody.objects.open().with_holder()
        return self.select_related(
            "model__manufacturer", "category", "school", "home_room", "home_cart", "assigned_to"
        ).prefetch_related(Prefetch("custodies", queryset=held, to_attr="open_custodies"))

    def with_tag(self, tag: str) -> DeviceQuerySet:
        """The device with this asset tag, without regard to case; by the index that keeps tags unique."""
        return self.filter(Exact(Lower("asset_tag"), Lower(Value(tag.replace("\x00", "")))))

    def meant_by(self, text: str) -> DeviceQuerySet:
        """The device that `text` names exactly: what a picker sends, or a person types."""
        return self.with_tag(text.strip())

    def with_tags(self, tags: Iterable[str]) -> DeviceQuerySet:
        return self.alias(folded_tag=Lower("asset_tag")).filter(folded_tag__in=[tag.lower() for tag in tags])

    def with_model(self) -> DeviceQuerySet:
        """With model, its maker and its category, as a change of a part of them needs."""
        return self.select_related("model__manufacturer", "model__category")

    def with_serials(self, serials: Iterable[str]) -> DeviceQuerySet:
        wanted = [serial.lower() for serial in serials if serial]
        return self.exclude(serial="").alias(folded_serial=Lower("serial")).filter(folded_serial__in=wanted)

    def by_tag(self) -> DeviceQuerySet:
        return self.order_by("asset_tag", "id")

    def carts(self) -> DeviceQuerySet:
        return self.filter(slot_count__gt=0)

    def standing_at_home(self) -> DeviceQuerySet:
        """What is in stock and with nobody: the slot of its home is full."""
        from devices.models import Custody

        out = Custody.objects.open().filter(device=OuterRef("pk"))
        return self.filter(~Exists(out), status="in_stock")

    def not_gone(self) -> DeviceQuerySet:
        """Without what was retired or disposed of."""
        return self.exclude(status__in=["retired", "disposed"])

    def not_gone_unless_called(self, text: str) -> DeviceQuerySet:
        """Without what was retired or disposed of, except the device whose whole tag or serial `text` is."""
        from devices.models import Device

        text = clean_line(text).replace("\x00", "")
        serial = Device.objects.exclude(serial="").filter(Exact(Lower("serial"), Lower(Value(text))))
        called = Device.objects.with_tag(text).values("pk").union(serial.values("pk"), all=True)
        return self.filter(~Q(status__in=["retired", "disposed"]) | Q(pk__in=called))

    def search(self, text: str, seen_by: Any = None) -> DeviceQuerySet:
        """By part of tag, serial or model, or by the name of the person who has it now: every word of `text` counts.

        `seen_by` limits the names to custodies and people that this person may see; without it nobody's name is
        searched, so that a search can not be used to guess.
        """
        from devices.models import Custody, Device
        from techdesk.directory.models import Person

        words = fold(clean_line(text)).split()[:6]
        if not words:
            return self
        by_text = Device.objects.all()
        for word in words:
            by_text = by_text.filter(search_text__contains=word)
        if seen_by is not None:
            people = Person.objects.visible_to(seen_by)
            for word in words:
                people = people.filter(sort_name__contains=word)
            held = Custody.objects.open().visible_to(seen_by).filter(person__in=people.values("pk"))
            return self.among(by_text.values("pk"), held.values("device_id"))
        return self.filter(pk__in=by_text.values("pk"))

    def among(self, *ids: Any) -> DeviceQuerySet:
        """Those whose id is in any of these subqueries. A union, because with OR none of them could use its index."""
        first, *others = ids
        return self.filter(pk__in=first.union(*others))

    def at_school(self, school: Any) -> DeviceQuerySet:
        return self.filter(school=school)

    def of_category(self, category: Any) -> DeviceQuerySet:
        return self.filter(category=category)

    def in_status(self, status: str) -> DeviceQuerySet:
        return self.filter(status=status)

    def with_somebody(self, out: bool = True) -> DeviceQuerySet:
        """What is checked out, or with `out=False` what is not."""
        from devices.models import Custody

        held = Exists(Custody.objects.open().filter(device=OuterRef("pk")))
        return self.filter(held if out else ~held)

    def held_by(self, person: Any) -> DeviceQuerySet:
        """What `person` has now or is assigned for the year."""
        from devices.models import Custody

        held = Custody.objects.open().filter(person=person).values("device_id")
        return self.among(held, self.model.objects.filter(assigned_to=person).values("pk"))

    def held_by_students_of(self, teacher: Any) -> DeviceQuerySet:
        """What the students of `teacher` have now or are assigned for the year.

        Asks who they are at once: nested into the search, a database that was never analyzed goes through all
        enrolments for every device.
        """
        from devices.models import Custody
        from devices.rules import my_students

        students = set(my_students(teacher).values_list("person_id", flat=True))
        held = Custody.objects.open().filter(person_id__in=students).values("device_id")
        return self.among(held, self.model.objects.filter(assigned_to_id__in=students).values("pk"))

    def in_room(self, room: Any) -> DeviceQuerySet:
        """What is at home in `room` or checked out to it."""
        from devices.models import Custody

        held = Custody.objects.open().filter(room=room).values("device_id")
        return self.among(held, self.model.objects.filter(home_room=room).values("pk"))

    def assigned_among(self, people: Iterable[int]) -> DeviceQuerySet:
        """Assigned for the year to one of the people with these ids."""
        return self.filter(assigned_to_id__in=list(people))

    def at_home_in(self, rooms: Iterable[int]) -> DeviceQuerySet:
        """At home in one of the rooms with these ids."""
        return self.filter(home_room_id__in=list(rooms))

    def answered_for_by(self, person: Any) -> DeviceQuerySet:
        """The carts (and whatever else) that `person` is responsible for."""
        return self.filter(responsible=person)

    def homed_in(self, cart: Any) -> DeviceQuerySet:
        return self.filter(home_cart=cart).order_by("home_slot", "asset_tag", "id")

    def concerning(self, person: Any) -> DeviceQuerySet:
        """What `person` has now, is assigned for the year, or answers for (a cart)."""
        from devices.models import Custody

        held = Custody.objects.open().filter(person=person).values("device_id")
        return self.among(held, self.model.objects.filter(Q(assigned_to=person) | Q(responsible=person)).values("pk"))

    def for_page(self) -> DeviceQuerySet:
        """With everything the page of one device names."""
        return self.select_related(
            "model__manufacturer", "category", "school", "home_room__school", "home_cart", "assigned_to", "responsible"
        )


class CustodyQuerySet(VisibleQuerySet["Custody"]):
    view_action = "devices.view_custody"

    def open(self) -> CustodyQuerySet:
        return self.filter(in_at__isnull=True)

    def with_holder(self) -> CustodyQuerySet:
        return self.select_related("person", "room__school", "cart")

    def with_device(self) -> CustodyQuerySet:
        return self.select_related("device__model__manufacturer", "device__school")

    def to_people(self, people: Iterable[int]) -> CustodyQuerySet:
        """Of the people with these ids."""
        return self.filter(person_id__in=list(people))

    def for_devices(self, devices: Any) -> CustodyQuerySet:
        """Of the devices in this queryset."""
        return self.filter(device__in=devices.values("pk"))

    def with_hands(self) -> CustodyQuerySet:
        """With who handed it out and who took it back."""
        return self.select_related("out_by", "in_by")

    def of_device(self, device: Any) -> CustodyQuerySet:
        return self.filter(device=device)

    def of_person(self, person: Any) -> CustodyQuerySet:
        return self.filter(person=person)

    def of_people(self, people: Any) -> CustodyQuerySet:
        return self.filter(person__in=people.values("pk"))

    def with_key(self, key: Any) -> CustodyQuerySet:
        return self.filter(key=key)

    def due(self, lookup: str, day: Any) -> CustodyQuerySet:
        """Due on a day ("exact"), or before or after it ("lt", "lte", "gt", "gte")."""
        return self.filter(**{f"due_on__{lookup}": day})

    def in_cart(self, cart: Any) -> CustodyQuerySet:
        return self.filter(cart=cart)

    def newest_first(self) -> CustodyQuerySet:
        return self.order_by("-id")

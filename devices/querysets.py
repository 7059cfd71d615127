"""Named reads of devices and custodies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Prefetch, Q, Value
from django.db.models.functions import Lower
from django.db.models.lookups import Exact

from techdesk.base.policy import VisibleQuerySet
from techdesk.base.text import fold

if TYPE_CHECKING:
    from devices.models import Custody, Device  # noqa: F401


class DeviceQuerySet(VisibleQuerySet["Device"]):
    view_action = "devices.view"

    def for_list(self) -> DeviceQuerySet:
        """With everything a row shows: model, school, home and the open custody (as `open_custodies`)."""
        from devices.models import Custody

        held = Custody.objects.open().with_holder()
        return self.select_related(
            "model__manufacturer", "category", "school", "home_room", "home_cart"
        ).prefetch_related(Prefetch("custodies", queryset=held, to_attr="open_custodies"))

    def with_tag(self, tag: str) -> DeviceQuerySet:
        """The device with this asset tag, without regard to case; by the index that keeps tags unique."""
        return self.filter(Exact(Lower("asset_tag"), Lower(Value(tag.replace("\x00", "")))))

    def with_tags(self, tags: Iterable[str]) -> DeviceQuerySet:
        return self.alias(folded_tag=Lower("asset_tag")).filter(folded_tag__in=[tag.lower() for tag in tags])

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

    def search(self, text: str) -> DeviceQuerySet:
        """By part of tag, serial or model; or by the name of the person who has it now."""
        from devices.models import Custody

        folded = fold(text)
        holders = Custody.objects.open().filter(person__search_text__contains=folded)
        return self.filter(Q(search_text__contains=folded) | Q(pk__in=holders.values("device_id")))

    def concerning(self, person: Any) -> DeviceQuerySet:
        """What `person` has now, is assigned for the year, or answers for (a cart)."""
        from devices.models import Custody

        held = Custody.objects.open().filter(person=person).values("device_id")
        return self.filter(Q(pk__in=held) | Q(assigned_to=person) | Q(responsible=person))


class CustodyQuerySet(VisibleQuerySet["Custody"]):
    view_action = "devices.view_custody"

    def open(self) -> CustodyQuerySet:
        return self.filter(in_at__isnull=True)

    def with_holder(self) -> CustodyQuerySet:
        return self.select_related("person", "room__school", "cart")

    def newest_first(self) -> CustodyQuerySet:
        return self.order_by("-id")

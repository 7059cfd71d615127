"""Who has a device, from when until when. Kept for ever."""

from __future__ import annotations

from typing import ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from devices.choices import Condition, HolderType
from devices.models.device import Device
from devices.querysets import CustodyQuerySet
from techdesk.base.clock import now
from techdesk.base.models import Keyed
from techdesk.directory.models import Room, School


@pghistory.track()
class Custody(Keyed):
    """One holder at a time: the database refuses a second open custody of a device.

    `school` is the device's school when it went out: whose people may read this custody.
    """

    resource: ClassVar[str] = "custodies"

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="custodies")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+")
    holder_type = models.CharField(max_length=8, choices=HolderType)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="custodies")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, related_name="+")
    cart = models.ForeignKey(Device, on_delete=models.PROTECT, null=True, related_name="+")
    slot = models.PositiveSmallIntegerField(null=True)
    out_at = models.DateTimeField(default=now)
    due_on = models.DateField(null=True)
    in_at = models.DateTimeField(null=True)
    condition_out = models.CharField(max_length=10, choices=Condition, blank=True)
    condition_in = models.CharField(max_length=10, choices=Condition, blank=True)
    note_out = models.TextField(blank=True)
    note_in = models.TextField(blank=True)
    out_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    in_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects = CustodyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["device"], condition=Q(in_at__isnull=True), name="devices_custody_one_open"
            ),
            models.UniqueConstraint(
                fields=["cart", "slot"],
                condition=Q(in_at__isnull=True, cart__isnull=False, slot__isnull=False),
                name="devices_custody_one_per_slot",
            ),
            models.CheckConstraint(
                condition=(
                    Q(holder_type="person", person__isnull=False, room__isnull=True, cart__isnull=True)
                    | Q(holder_type="room", person__isnull=True, room__isnull=False, cart__isnull=True)
                    | Q(holder_type="cart", person__isnull=True, room__isnull=True, cart__isnull=False)
                ),
                name="devices_custody_one_holder",
            ),
            models.CheckConstraint(
                condition=Q(slot__isnull=True) | Q(holder_type="cart"), name="devices_custody_slot_of_cart"
            ),
            models.CheckConstraint(
                condition=Q(in_at__isnull=True) | Q(in_at__gte=F("out_at")), name="devices_custody_order"
            ),
            models.CheckConstraint(condition=~Q(cart=F("device")), name="devices_custody_not_in_itself"),
        ]
        indexes = [
            models.Index(F("device"), F("id").desc(), name="devices_custody_history"),
            models.Index(F("person"), F("id").desc(), name="devices_custody_person"),
            models.Index("room", name="devices_custody_room", condition=Q(in_at__isnull=True)),
            models.Index("due_on", name="devices_custody_due", condition=Q(in_at__isnull=True, due_on__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"custody of {self.device_id}"

    @property
    def is_open(self) -> bool:
        return self.in_at is None

    @property
    def holder_icon(self) -> str:
        return HolderType(self.holder_type).icon

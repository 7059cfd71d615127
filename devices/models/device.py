"""A device and its facts. Home, assigned person and present custody are three facts; none erases another."""

from __future__ import annotations

from typing import ClassVar

import pghistory
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse

from devices.choices import Condition, DeviceStatus
from devices.models.catalogue import Category, DeviceModel, Manufacturer
from devices.querysets import DeviceQuerySet
from techdesk.base.models import Aggregate
from techdesk.base.text import fold
from techdesk.directory.models import Room, School
from techdesk.jobs.hooks import undoable


@pghistory.track()
@undoable(called="device")
class Device(Aggregate):
    """One thing with an asset tag. A cart is a device too, with `slot_count` numbered slots.

    `manufacturer` repeats the model's, so that a serial is unique per manufacturer by constraint. Fields that
    begin with mdm_ are what the management console last said; a person never edits them.
    """

    resource: ClassVar[str] = "devices"

    asset_tag = models.CharField(max_length=60)
    tag_is_provisional = models.BooleanField(default=False)  # the source had none: the serial stands in
    serial = models.CharField(max_length=100, blank=True)
    manufacturer = models.ForeignKey(Manufacturer, on_delete=models.PROTECT, related_name="+")
    model = models.ForeignKey(DeviceModel, on_delete=models.PROTECT, related_name="devices")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=12, choices=DeviceStatus, default=DeviceStatus.IN_STOCK)
    condition = models.CharField(max_length=10, choices=Condition, default=Condition.GOOD)
    is_loaner = models.BooleanField(default=False)
    notes = models.TextField(blank=True)

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+")
    # Home: a room or a cart, with a numbered slot or station where there is one.
    home_room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    home_cart = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="homed_devices")
    home_slot = models.PositiveSmallIntegerField(null=True, blank=True)
    # 1:1 for the year.
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Carts only.
    slot_count = models.PositiveSmallIntegerField(default=0)
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    purchased_on = models.DateField(null=True, blank=True)
    warranty_until = models.DateField(null=True, blank=True)

    mdm_source = models.CharField(max_length=20, blank=True)
    mdm_status = models.CharField(max_length=40, blank=True)
    os_name = models.CharField(max_length=40, blank=True)
    os_version = models.CharField(max_length=60, blank=True)
    org_unit = models.CharField(max_length=300, blank=True)
    mdm_location = models.CharField(max_length=200, blank=True)
    mdm_user = models.CharField(max_length=254, blank=True)
    last_user = models.CharField(max_length=254, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    auto_update_through = models.DateField(null=True, blank=True)
    mac_address = models.CharField(max_length=17, blank=True)

    search_text = models.TextField(editable=False)

    objects = DeviceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("asset_tag"), name="devices_device_asset_tag"),
            models.UniqueConstraint(
                "manufacturer", Lower("serial"), condition=~Q(serial=""), name="devices_device_serial"
            ),
            models.UniqueConstraint(
                fields=["home_cart", "home_slot"],
                condition=Q(home_cart__isnull=False, home_slot__isnull=False),
                name="devices_device_cart_slot",
            ),
            models.UniqueConstraint(
                fields=["home_room", "home_slot"],
                condition=Q(home_room__isnull=False, home_slot__isnull=False),
                name="devices_device_room_station",
            ),
            models.CheckConstraint(
                condition=Q(home_room__isnull=True) | Q(home_cart__isnull=True), name="devices_device_one_home"
            ),
            models.CheckConstraint(condition=~Q(asset_tag=""), name="devices_device_has_tag"),
            models.CheckConstraint(
                condition=Q(home_slot__isnull=True) | Q(home_slot__gte=1), name="devices_device_slot_from_one"
            ),
        ]
        indexes = [
            models.Index(Lower("serial"), name="devices_device_serial_ci", condition=~Q(serial="")),
            models.Index("school", "asset_tag", "id", name="devices_device_list"),
            models.Index("asset_tag", "id", name="devices_device_by_tag"),
            models.Index("updated_at", "id", name="devices_device_updated"),
            models.Index("last_seen_at", "id", name="devices_device_last_seen"),
            models.Index("category", "school", name="devices_device_category"),
            GinIndex(OpClass(F("search_text"), name="gin_trgm_ops"), name="devices_device_search"),
        ]

    def __str__(self) -> str:
        return self.asset_tag

    def get_absolute_url(self) -> str:
        return reverse("devices:device", args=[self.asset_tag])

    @property
    def public_key(self) -> str:
        return self.asset_tag

    @property
    def state(self) -> DeviceStatus:
        return DeviceStatus(self.status)

    @property
    def condition_state(self) -> Condition:
        return Condition(self.condition)

    @property
    def is_cart(self) -> bool:
        return self.slot_count > 0

    def fill_search(self) -> None:
        """Derive `search_text`. Every action that writes a tag, serial or model calls this first."""
        self.search_text = fold(f"{self.asset_tag} {self.serial} {self.model.name} {self.manufacturer.name}")

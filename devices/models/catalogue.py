"""What kinds of devices there are."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from techdesk.base.models import Aggregate, Keyed
from techdesk.jobs.hooks import undoable

#: How names begin that stand in where a source gives none (`devices.actions.catalogue`, `devices.imports.makers`).
UNKNOWN = "Unknown"


@undoable()
class Category(models.Model):
    """Chromebook, projector, cart … `slug` is stable; `holds_devices` marks carts."""

    slug = models.SlugField(max_length=40, unique=True)
    name = models.JSONField()  # {language: text}
    icon = models.CharField(max_length=60, default="outline/device-laptop")
    position = models.PositiveSmallIntegerField(default=0)
    holds_devices = models.BooleanField(default=False)
    is_room_equipment = models.BooleanField(default=False)  # boards, projectors: asked for by room

    def __str__(self) -> str:
        from django.utils.translation import get_language

        return self.name.get(get_language() or "en") or self.name.get("en") or self.slug


@undoable()
class Manufacturer(models.Model):
    name = models.CharField(max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(Lower("name"), name="devices_manufacturer_name")]

    def __str__(self) -> str:
        return self.name


@undoable()
class DeviceModel(Keyed, Aggregate):
    resource: ClassVar[str] = "device-models"

    manufacturer = models.ForeignKey(Manufacturer, on_delete=models.PROTECT, related_name="models")
    name = models.CharField(max_length=150)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="models")

    class Meta:
        constraints = [models.UniqueConstraint("manufacturer", Lower("name"), name="devices_model_name")]

    def __str__(self) -> str:
        """Maker and name; what nobody knows is not said twice."""
        if self.manufacturer.name != UNKNOWN:
            return f"{self.manufacturer} {self.name}"
        return _("Unknown model") if self.name.startswith(UNKNOWN) else self.name

"""The categories every installation starts with, and models found or made by the names a source gives them.

A district may rename a category; its slug is stable.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from devices.models import Category, DeviceModel, Manufacturer
from techdesk.audit.actions import Deed, record_many
from techdesk.base.keys import short_code
from techdesk.base.text import clean_line

#: slug, English, Spanish, icon, what it is (holds devices / stands in a room)
CATEGORIES: tuple[tuple[str, str, str, str, dict[str, bool]], ...] = (
    ("chromebook", "Chromebook", "Chromebook", "outline/device-laptop", {}),
    ("laptop", "Laptop", "Portátil", "outline/device-laptop", {}),
    ("tablet", "Tablet", "Tableta", "outline/device-tablet", {}),
    ("desktop", "Desktop computer", "Computadora de escritorio", "outline/device-desktop", {}),
    ("board", "Interactive board", "Pizarra interactiva", "outline/presentation", {"is_room_equipment": True}),
    ("projector", "Projector", "Proyector", "outline/device-projector", {"is_room_equipment": True}),
    ("document_camera", "Document camera", "Cámara de documentos", "outline/camera", {"is_room_equipment": True}),
    ("sound", "Sound", "Sonido", "outline/volume", {"is_room_equipment": True}),
    ("printer", "Printer", "Impresora", "outline/printer", {"is_room_equipment": True}),
    ("network", "Network device", "Equipo de red", "outline/router", {"is_room_equipment": True}),
    ("accessory", "Accessory", "Accesorio", "outline/plug", {}),
    ("cart", "Cart", "Carrito", "outline/shopping-cart", {"holds_devices": True}),
)


@transaction.atomic
def ensure_categories(**_signal: Any) -> None:
    """Add the categories that are not there yet; leave what a district changed. Runs after every migrate."""
    Category.objects.bulk_create(
        [
            Category(slug=slug, name={"en": english, "es": spanish}, icon=icon, position=place, **facts)
            for place, (slug, english, spanish, icon, facts) in enumerate(CATEGORIES)
        ],
        ignore_conflicts=True,
    )


#: What a model is called whose maker or name nobody wrote down.
UNKNOWN_MANUFACTURER = "Unknown"
UNKNOWN_MODEL = "Unknown model"


@dataclass(frozen=True)
class ModelName:
    """How a source calls a model: maker, name, and the slug or name of a category for a model that is new."""

    manufacturer: str
    name: str
    category: str

    @classmethod
    def of(cls, manufacturer: str, name: str, category: str) -> ModelName:
        return cls(
            clean_line(manufacturer)[:100] or UNKNOWN_MANUFACTURER,
            clean_line(name)[:150] or UNKNOWN_MODEL,
            clean_line(category)[:100],
        )

    @property
    def key(self) -> tuple[str, str]:
        return self.manufacturer.lower(), self.name.lower()


@transaction.atomic
def find_or_make_models(*, actor: Any, names: Iterable[ModelName]) -> dict[ModelName, DeviceModel]:
    """The device model of each name, without regard to case; what is not there is made, and so are its
    manufacturer and its category. Two callers at once get the same rows.
    """
    wanted = list(dict.fromkeys(names))
    makers = _manufacturers([n.manufacturer for n in wanted])
    known = _models(makers.values())
    missing: dict[tuple[int, str], ModelName] = {}
    for name in wanted:
        place = (makers[name.manufacturer.lower()].pk, name.name.lower())
        if place not in known:
            missing.setdefault(place, name)
    if missing:
        categories = _categories({n.category for n in missing.values()})
        rows = [
            DeviceModel(manufacturer_id=maker, name=name.name, category=categories[name.category])
            for (maker, _lower), name in missing.items()
        ]
        DeviceModel.objects.bulk_create(rows, ignore_conflicts=True)
        written = list(DeviceModel.objects.filter(key__in=[row.key for row in rows]))
        record_many(actor=actor, deeds=[Deed(verb="register", thing=row) for row in written])
        known = _models(makers.values())
    return {name: known[makers[name.manufacturer.lower()].pk, name.name.lower()] for name in wanted}


def _manufacturers(names: Sequence[str]) -> dict[str, Manufacturer]:
    """Manufacturers by lower-case name; a new one is spelt as where it first stands in `names`."""

    def read() -> dict[str, Manufacturer]:
        # All of them (a district has dozens): what lower case means is then decided in one place.
        return {row.name.lower(): row for row in Manufacturer.objects.all()}

    found = read()
    missing = {n.lower(): n for n in reversed(names) if n.lower() not in found}
    if missing:
        Manufacturer.objects.bulk_create([Manufacturer(name=n) for n in missing.values()], ignore_conflicts=True)
        found = read()
    return found


def _models(makers: Iterable[Manufacturer]) -> dict[tuple[int, str], DeviceModel]:
    rows = DeviceModel.objects.select_related("category", "manufacturer").filter(manufacturer__in=list(makers))
    return {(row.manufacturer_id, row.name.lower()): row for row in rows}


def _categories(wanted: set[str]) -> dict[str, Category]:
    """The category for each slug or name; an unknown name makes a new one, an empty one is "other"."""
    rows = list(Category.objects.all())
    by_word = {word.casefold(): row for row in rows for word in [*row.name.values(), row.slug]}
    found: dict[str, Category] = {}
    for word in sorted(wanted):
        if (known := by_word.get((word or "other").casefold())) is None:
            slug = slugify(word or "other")[:40] or f"category-{short_code().lower()}"
            Category.objects.bulk_create(
                [Category(slug=slug, name={"en": word or "Other"}, icon="outline/device-unknown", position=90)],
                ignore_conflicts=True,
            )
            known = Category.objects.get(slug=slug)
            by_word[(word or "other").casefold()] = known
        found[word] = known
    return found

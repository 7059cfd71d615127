"""The categories every installation starts with. A district may rename them; their slugs are stable."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from devices.models import Category

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

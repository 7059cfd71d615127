"""The seven choices every installation starts with. A district may reword them; their slugs are stable."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from tickets.models import IssueType

#: slug, icon, name and hint in English and Spanish, what the form asks beside "what happens"
ISSUE_TYPES: tuple[tuple[str, str, dict[str, str], dict[str, str], list[str]], ...] = (
    (
        "device",
        "outline/device-laptop",
        {"en": "Chromebook or tablet", "es": "Chromebook o tableta"},
        {"en": "Mine, a student's or a cart", "es": "El mío, el de un estudiante o un carrito"},
        ["device", "person", "room"],
    ),
    (
        "board",
        "outline/device-projector",
        {"en": "Board, projector, sound", "es": "Pizarra, proyector, sonido"},
        {"en": "In my room", "es": "En mi salón"},
        ["room", "room_device"],
    ),
    (
        "internet",
        "outline/wifi",
        {"en": "Internet, Wi-Fi", "es": "Internet, Wi-Fi"},
        {"en": "Slow or gone", "es": "Lento o caído"},
        ["reach", "room"],
    ),
    (
        "printing",
        "outline/printer",
        {"en": "Printing", "es": "Impresión"},
        {"en": "Paper, toner, queue", "es": "Papel, tóner, cola"},
        ["room", "tag"],
    ),
    (
        "login",
        "outline/key",
        {"en": "Login, password", "es": "Acceso, contraseña"},
        {"en": "Mine or a student's", "es": "El mío o el de un estudiante"},
        ["person", "account"],
    ),
    (
        "app",
        "outline/apps",
        {"en": "App or blocked website", "es": "Aplicación o sitio bloqueado"},
        {"en": "Open it, allow it, explain it", "es": "Abrirlo, permitirlo, explicarlo"},
        ["address"],
    ),
    (
        "other",
        "outline/package",
        {"en": "Borrow, book or something else", "es": "Pedir prestado, reservar u otra cosa"},
        {"en": "Carts, cameras, a visit to my class", "es": "Carritos, cámaras, una visita a mi clase"},
        ["count", "needed_by", "room"],
    ),
)


@transaction.atomic
def ensure_issue_types(**_signal: Any) -> None:
    """Add the choices that are not there yet; leave what a district changed. Runs after every migrate."""
    IssueType.objects.bulk_create(
        [
            IssueType(slug=slug, icon=icon, name=name, hint=hint, asks=asks, position=place)
            for place, (slug, icon, name, hint, asks) in enumerate(ISSUE_TYPES)
        ],
        ignore_conflicts=True,
    )

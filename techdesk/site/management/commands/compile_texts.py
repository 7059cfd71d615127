"""manage.py compile_texts: make the translated texts readable for Django. After each upgrade, like migrate."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from techdesk.base.catalogues import compile_catalogues


class Command(BaseCommand):
    help = "Compile the catalogues of translated texts that changed."

    def handle(self, *args: Any, **options: Any) -> None:
        for path in compile_catalogues():
            self.stdout.write(f"{path.parent.parent.name}: compiled")

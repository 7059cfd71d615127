"""Says what the demo's loader says."""

from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--hint", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["hint"]:
            self.stdout.write("Demo accounts: teacher@demo.techdesk.example")

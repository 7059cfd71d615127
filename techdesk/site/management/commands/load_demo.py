"""Loads the demo district into an empty database and prints its accounts."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from techdesk.base.errors import DomainError
from techdesk.directory.models import District
from techdesk.site.demo.load import accounts_text, load_demo


class Command(BaseCommand):
    help = "Load the demo district Maple Valley (TECHDESK_DEMO=1, own machine, empty database only)."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            load_demo()
        except DomainError as refusal:
            if refusal.code == "not_empty":  # a district of one's own: nothing to load, nothing to print
                return
            raise CommandError(str(refusal)) from refusal
        district = District.objects.first()
        if district is not None and district.is_demo:
            self.stdout.write(accounts_text())

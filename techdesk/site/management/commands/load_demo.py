"""Loads the demo district into an empty database and prints its accounts."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from techdesk.base.errors import DomainError
from techdesk.directory.models import District
from techdesk.site.demo.load import accounts_text, load_demo

ELSEWHERE = """This data folder holds the demo district. For a district of your own use another folder:
  TECHDESK_VAR=var-district TECHDESK_DEMO=0 make run"""


class Command(BaseCommand):
    help = "Load the demo district Maple Valley (TECHDESK_DEMO=1, own machine, empty database only)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--hint", action="store_true", help="load nothing; say so when the demo is here already")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["hint"]:
            if District.objects.filter(is_demo=True).exists():
                self.stdout.write(ELSEWHERE)
            return
        try:
            load_demo()
        except DomainError as refusal:
            if refusal.code == "not_empty":  # a district of one's own: nothing to load, nothing to print
                return
            raise CommandError(str(refusal)) from refusal
        district = District.objects.first()
        if district is not None and district.is_demo:
            self.stdout.write(accounts_text())

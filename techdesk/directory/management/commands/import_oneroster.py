"""manage.py import_oneroster PATH…: OneRoster CSV, as a zip, a folder or single files."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from techdesk.directory.actions import service_person
from techdesk.directory.imports.oneroster import ONEROSTER
from techdesk.directory.models import Person
from techdesk.jobs.imports.command import ImportCommand
from techdesk.jobs.imports.files import InputPath


class Command(ImportCommand):
    help = "Import schools, people, classes and enrollments from a OneRoster CSV export (bulk, or a 1.1 delta)."
    kind = ONEROSTER.slug

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--source", default="", help="whose roster this is, when the manifest does not say")
        parser.add_argument(
            "--max-removals",
            type=float,
            default=10.0,
            metavar="PERCENT",
            help="refuse the file when more than this part of a source's people, classes … would vanish (10)",
        )
        parser.add_argument("--invite", action="store_true", help="mail new staff a link to choose a password")
        parser.add_argument("--force", action="store_true", help="apply it all the same")

    def default_actor(self) -> Person:
        return service_person(ONEROSTER.service)

    def import_options(self, options: dict[str, Any]) -> dict[str, Any]:
        return {name: options[name] for name in ("source", "max_removals", "invite")}

    def deliveries(self, inputs: Sequence[InputPath]) -> list[list[InputPath]]:
        """Each folder and each zip is a delivery of its own (a bulk, then its delta); loose CSV files are one."""
        loose = [one for one in inputs if one.path.suffix.lower() == ".csv"]
        return ([loose] if loose else []) + [[one] for one in inputs if one not in loose]

"""manage.py import_devices PATH… --school CODE: device lists of a management console."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from devices.imports import GOOGLE_DEVICES
from techdesk.base.errors import BadInput
from techdesk.directory.actions import service_person
from techdesk.directory.models import Person, School
from techdesk.jobs.imports.command import ImportCommand


class Command(ImportCommand):
    help = "Import devices from Google: chromeosdevices.list JSON pages, Admin console CSV or GAM CSV, in one call."
    kind = GOOGLE_DEVICES.slug

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--school", required=True, metavar="CODE", help="the school new devices belong to")
        parser.add_argument("--source", choices=["google"], help="what the files are, instead of recognizing it")

    def default_actor(self) -> Person:
        return service_person(GOOGLE_DEVICES.service)

    def school(self, options: dict[str, Any]) -> School:
        found = School.objects.active().with_code(options["school"]).first()
        if found is None:
            message = _("There is no school with the code %(code)s.") % {"code": options["school"]}
            raise BadInput(message, code="unknown_school")
        return found

    def import_options(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"format": options["source"]} if options["source"] else {}

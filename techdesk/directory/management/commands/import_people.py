"""manage.py import_people PATH… --school CODE: lists of people and rooms, CSV or Excel."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from techdesk.base.errors import BadInput
from techdesk.directory.actions import service_person
from techdesk.directory.imports.plain import PLAIN_PEOPLE
from techdesk.directory.models import Person, School
from techdesk.jobs.imports.command import ImportCommand


class Command(ImportCommand):
    help = "Import people, guardians, homerooms and rooms of one school from plain CSV or Excel files."
    kind = PLAIN_PEOPLE.slug

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--school", required=True, metavar="CODE", help="the school these people belong to")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="HEADING=FIELD",
            help='what a column is, for example --map "Stu No=identifier"; may be given several times',
        )
        parser.add_argument(
            "--who", choices=["student", "teacher", "staff"], help="who they are, when no column says it"
        )
        parser.add_argument("--sheet", default="", help="the sheet of a workbook (the first)")
        parser.add_argument(
            "--everybody", action="store_true", help="the files have everybody of the school: who is missing left"
        )
        parser.add_argument("--max-removals", type=float, default=10.0, metavar="PERCENT", help="with --everybody (10)")
        parser.add_argument("--force", action="store_true", help="apply it all the same")

    def default_actor(self) -> Person:
        return service_person(PLAIN_PEOPLE.service)

    def school(self, options: dict[str, Any]) -> School:
        found = School.objects.active().with_code(options["school"]).first()
        if found is None:
            message = _("There is no school with the code %(code)s.") % {"code": options["school"]}
            raise BadInput(message, code="unknown_school")
        return found

    def import_options(self, options: dict[str, Any]) -> dict[str, Any]:
        said: dict[str, str] = {}
        for pair in options["map"]:
            heading, sign, field = pair.rpartition("=")
            if not sign or not heading.strip():
                message = _("“%(pair)s” must be written as HEADING=FIELD.") % {"pair": pair}
                raise BadInput(message, code="bad_map")
            said[heading.strip()] = field.strip()
        return {
            "map": said,
            "who": options["who"] or "",
            "sheet": options["sheet"],
            "everybody": options["everybody"],
            "max_removals": options["max_removals"],
        }

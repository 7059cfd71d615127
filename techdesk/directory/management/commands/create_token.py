"""manage.py create_token EMAIL --scope read|write [--school CODE] [--domain NAME]…: a token for the API, shown once."""

from __future__ import annotations

import datetime as dt
from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from techdesk.base.clock import now
from techdesk.base.errors import BadInput
from techdesk.directory import actions
from techdesk.directory.commands import PeopleCommand, known_person, known_school
from techdesk.directory.models import Person


class Command(PeopleCommand):
    help = "Make an API token that may do what its owner may, at most. The token stands alone on a line, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--scope", required=True, metavar="read|write")
        parser.add_argument(
            "--domain",
            action="append",
            default=[],
            metavar="NAME",
            help="only this part of the API, such as devices; may be given several times",
        )
        parser.add_argument("--name", default="", help="what it is for, shown on lists")
        parser.add_argument("--days", type=int, metavar="N", help="ends by itself after so many days")

    def carry_out(self, actor: Person, options: dict[str, Any], summary: dict[str, Any]) -> None:
        owner = known_person(options["email"])
        school = known_school(options["school"])
        token, secret = actions.create_token(
            actor=actor,
            owner=owner,
            name=options["name"] or _("Made on the command line"),
            scope=options["scope"],
            domains=options["domain"],
            school=school,
            expires_at=self._end(options["days"]),
        )
        summary["created"] += 1
        summary |= {
            "id": token.public_key,
            "owner": owner.public_key,
            "scope": token.scope,
            "domains": token.domains,
            "school": school.code if school else None,
            "expires_at": token.expires_at.isoformat() if token.expires_at else None,
            "token": None if options["dry_run"] else secret,
        }

    def _end(self, days: int | None) -> dt.datetime | None:
        if days is None:
            return None
        try:
            return now() + dt.timedelta(days=days)
        except OverflowError as error:
            raise BadInput(_("That many days do not fit into a calendar."), code="bad_date") from error

    def tell(self, summary: dict[str, Any], dry_run: bool) -> None:
        if dry_run:
            self.stderr.write(_("Dry run: the token would be made. Nothing was changed."))
            return
        # The words go to standard error, so that a script gets the token and nothing else.
        self.stderr.write(_("Keep this token in a safe place. It is shown only now."))
        self.stdout.write(summary["token"])

"""manage.py seed_district --schools N --students N --devices N --tickets N: a made-up district of that size."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from techdesk.base.errors import DomainError
from techdesk.directory.commands import COUNTS
from techdesk.site.seed.load import DEFAULT_SEED, check, seed_district, settle
from techdesk.site.seed.people import KNOWN
from techdesk.site.seed.plan import DOMAIN, Sizes


class Command(BaseCommand):
    help = "Load a made-up district of any size into an empty database; the same --seed gives the same district."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--schools", type=int, default=10, metavar="N")
        parser.add_argument("--students", type=int, default=5_000, metavar="N")
        parser.add_argument("--devices", type=int, default=6_000, metavar="N")
        parser.add_argument("--tickets", type=int, default=2_000, metavar="N")
        parser.add_argument("--titles", type=int, default=0, metavar="N", help="refused until there is a library")
        parser.add_argument("--seed", type=int, default=DEFAULT_SEED, metavar="N")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output, nothing else")
        parser.add_argument("--dry-run", action="store_true", help="only say whether it could be loaded")

    def handle(self, *args: Any, **options: Any) -> None:
        sizes = Sizes(options["schools"], options["students"], options["devices"], options["tickets"])
        started = time.monotonic()
        rows: dict[str, int] = {}
        try:
            if options["dry_run"]:
                check(sizes, titles=options["titles"])
            else:
                rows = seed_district(sizes, titles=options["titles"], seed=options["seed"])
                settle()
        except DomainError as refusal:
            self._refuse(refusal, options["json"])
        seconds = round(time.monotonic() - started, 1)
        if options["json"]:
            summary = {**dict.fromkeys(COUNTS, 0), "created": sum(rows.values()), "errors": []}
            summary |= {"dry_run": options["dry_run"], "rows": rows, "seconds": seconds}
            self.stdout.write(json.dumps(summary))
        elif options["dry_run"]:
            self.stdout.write(_("Dry run: this district could be loaded. Nothing was changed."))
        else:
            for table, count in rows.items():
                self.stdout.write(f"{count:>10,}  {table}")
            self.stdout.write(_("Loaded in %(seconds)s seconds. Nobody has a password.") % {"seconds": seconds})
            self.stdout.write(_("For a token: manage.py create_token %(email)s --scope read") % {"email": _known()})

    def _refuse(self, refusal: DomainError, as_json: bool) -> None:
        if as_json:
            error = {"file": None, "row": None, "code": refusal.code, "message": str(refusal)}
            self.stdout.write(json.dumps({**dict.fromkeys(COUNTS, 0), "errors": [error]}))
        else:
            self.stderr.write(f"{refusal.code}: {refusal}")
        sys.exit(2)


def _known() -> str:
    return f"{KNOWN['district_admin']}@{DOMAIN}"

"""manage.py check_invariants: asks whether every promise that the data must keep is kept. Changes nothing."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from techdesk.base.invariants import Broken, all_invariants, broken


class Command(BaseCommand):
    help = "Check every promise the data must keep; exit code 1 and a list when one is broken. Changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output, nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        found = list(broken())
        seconds = round(time.monotonic() - started, 1)
        if options["json"]:
            summary = {"checked": len(all_invariants()), "broken": [_told(one) for one in found], "seconds": seconds}
            self.stdout.write(json.dumps(summary))
        else:
            for one in found:
                self.stdout.write(f"{one.invariant.name}: {one.invariant.why}")
                self.stdout.write(f"    {', '.join(one.keys)}{' and more' if one.more else ''}")
            self.stdout.write(f"{len(all_invariants())} promises checked, {len(found)} broken, in {seconds} seconds.")
        if found:
            sys.exit(1)


def _told(one: Broken) -> dict[str, Any]:
    return {"name": one.invariant.name, "why": one.invariant.why, "keys": list(one.keys), "more": one.more}

"""manage.py break_glass --reason TEXT [--hours 8] | --end: the emergency account, for when no administrator gets in."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from techdesk.directory import actions
from techdesk.directory.actions.emergency import ADDRESS, MOST_HOURS
from techdesk.directory.commands import PeopleCommand
from techdesk.directory.models import Person


class Command(PeopleCommand):
    help = (
        "Open the emergency account: an administrator without a second factor, for some hours. Prints its password "
        "once; every administrator is told by mail. --end closes it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--reason", metavar="TEXT", help="why; every administrator reads it")
        what.add_argument("--end", action="store_true", help="close the account now")
        parser.add_argument("--hours", type=int, default=8, help=f"how long it works, up to {MOST_HOURS}")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output, nothing else")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen; change nothing")

    def carry_out(self, actor: Person, options: dict[str, Any], summary: dict[str, Any]) -> None:
        summary |= {"email": ADDRESS, "password": None, "expires_at": None, "ended": False}
        if options["end"]:
            summary["ended"] = actions.end_emergency_access(actor=actor)
            summary["deactivated" if summary["ended"] else "unchanged"] += 1
            return
        access, password = actions.open_emergency_access(actor=actor, reason=options["reason"], hours=options["hours"])
        summary["created"] += 1
        summary["expires_at"] = access.expires_at.isoformat()
        if not options["dry_run"]:
            summary["password"] = password

    def tell(self, summary: dict[str, Any], dry_run: bool) -> None:
        if summary["ended"]:
            self.stdout.write(_("The emergency account is closed."))
        elif summary["expires_at"] is None:
            self.stdout.write(_("The emergency account was not open."))
        elif dry_run:
            self.stdout.write(_("Dry run, nothing was changed: the emergency account would be opened."))
        else:
            self.stdout.write(f"{settings.BASE_URL}/accounts/login/\n{summary['email']}\n{summary['password']}")
            self.stderr.write(
                _("It works until %(until)s. Close it earlier with: manage.py break_glass --end")
                % {"until": summary["expires_at"]}
            )

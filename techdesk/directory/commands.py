"""What the commands about people share: one JSON object or plain words, exit codes, dry runs, who acts."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

import pghistory
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils.translation import gettext as _

from techdesk.base.errors import BadInput, DomainError
from techdesk.directory.actions import service_person
from techdesk.directory.models import Person, School

COUNTS = ("created", "updated", "unchanged", "deactivated", "refused")


class PeopleCommand(BaseCommand):
    """A command that changes something about one person, all of it or nothing.

    `carry_out` does the work in one transaction, which a dry run takes back. Exit 0: done (also when there was
    nothing to do); 2: the input is unusable, nothing changed.
    """

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument("--school", metavar="CODE", help="the school's code; without it the whole district")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output, nothing else")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen; change nothing")

    def carry_out(self, actor: Person, options: dict[str, Any], summary: dict[str, Any]) -> None:
        """Do it; raise the counts of `summary` and put more members into it."""
        raise NotImplementedError

    def tell(self, summary: dict[str, Any], dry_run: bool) -> None:
        """Say in words what was done, from the summary."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        summary: dict[str, Any] = {**dict.fromkeys(COUNTS, 0), "errors": [], "dry_run": options["dry_run"]}
        try:
            with pghistory.context(command=type(self).__module__.rpartition(".")[2]), transaction.atomic():
                self.carry_out(service_person("console"), options, summary)
                transaction.set_rollback(options["dry_run"])
        except DomainError as refusal:
            self._refuse(refusal, options["json"])
        if options["json"]:
            self.stdout.write(json.dumps(summary, ensure_ascii=False))
        else:
            self.tell(summary, options["dry_run"])

    def _refuse(self, refusal: DomainError, as_json: bool) -> None:
        texts = [str(text) for texts in getattr(refusal, "errors", {}).values() for text in texts] or [str(refusal)]
        if as_json:
            error = {"file": None, "row": None, "code": refusal.code, "message": " ".join(texts)}
            self.stdout.write(json.dumps({**dict.fromkeys(COUNTS, 0), "errors": [error]}, ensure_ascii=False))
        else:
            self.stderr.write(f"{refusal.code}: {' '.join(texts)}")
        sys.exit(2)


def find_person(email: str) -> Person | None:
    """The person with this address, active or not."""
    person: Person | None = Person.objects.with_email(email).first()
    return person


def known_person(email: str) -> Person:
    """The person with this address. Raises BadInput `unknown_person`."""
    person = find_person(email)
    if person is None:
        raise BadInput(_("Nobody here has the email address %(email)s.") % {"email": email}, code="unknown_person")
    return person


def known_school(code: str | None) -> School | None:
    """The school of this code; None for None. Raises BadInput `unknown_school`."""
    if code is None:
        return None
    school = School.objects.with_code(code).first()
    if school is None:
        raise BadInput(_("There is no school with the code %(code)s.") % {"code": code}, code="unknown_school")
    return school

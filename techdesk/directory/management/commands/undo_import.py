"""manage.py undo_import ID: take back what an import wrote."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

import pghistory
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils.translation import gettext as _

from techdesk.base.errors import BadInput, DomainError
from techdesk.directory.actions import service_person
from techdesk.directory.models import Person
from techdesk.jobs.actions.imports import SUMMARY, begin_undo, stop_undo, undo_import
from techdesk.jobs.models import ImportRow, ImportRun


class Command(BaseCommand):
    """Exit 0: all of it was taken back; 1: some rows were left as they are; 2: nothing was changed."""

    help = "Undo an import that was applied. What somebody changed since is left as it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "id", metavar="ID", help="the import, as its page's address and the command's answer name it"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output, nothing else")
        parser.add_argument("--dry-run", action="store_true", help="say what would become of it; change nothing")
        parser.add_argument("--as", dest="actor", metavar="EMAIL", help="the person this is done for")

    def handle(self, *args: Any, **options: Any) -> None:
        summary: dict[str, Any] = {**dict.fromkeys(SUMMARY.values(), 0), "undone": 0, "kept": 0, "errors": []}
        try:
            with pghistory.context(command="undo_import"):
                self._undo(options, summary)
            code = 1 if summary["refused"] else 0
        except DomainError as refusal:
            summary["errors"].append({"file": None, "row": None, "code": refusal.code, "message": str(refusal)})
            code = 2
        self._tell(options, summary)
        if code:
            sys.exit(code)

    def _undo(self, options: dict[str, Any], summary: dict[str, Any]) -> None:
        run, actor = self._run(options["id"]), self._actor(options["actor"])
        if options["dry_run"]:
            with transaction.atomic():
                self._count(undo_import(actor=actor, run=begin_undo(actor=actor, run=run)), summary)
                transaction.set_rollback(True)
            return
        begin_undo(actor=actor, run=run)
        try:
            undo_import(actor=actor, run=run)
        except Exception as error:
            words = _("The command broke off. What was taken back stays so; undo it again to go on.")
            stop_undo(run=run, message=str(error) if isinstance(error, DomainError) else words)
            raise
        self._count(run, summary)

    def _run(self, key: str) -> ImportRun:
        try:
            found = ImportRun.objects.filter(key=UUID(key)).first()
        except ValueError:
            found = None
        if found is None:
            raise BadInput(_("There is no import %(key)s.") % {"key": key}, code="unknown_import")
        return found

    def _actor(self, email: str | None) -> Person:
        if not email:
            return service_person("imports")
        found: Person | None = Person.objects.filter(email__iexact=email, is_active=True).first()
        if found is None:
            raise BadInput(_("Nobody here has the email address %(email)s.") % {"email": email}, code="unknown_person")
        return found

    def _count(self, run: ImportRun, summary: dict[str, Any]) -> None:
        counted = run.summary["undone"]
        summary |= {"undone": counted["done"], "kept": counted["kept"], "deactivated": counted["kept"]}
        summary["refused"] = counted["refused"]
        left = ImportRow.objects.of_run(run).left_by_undo().values("file", "number", "code", "message")
        summary["errors"] += [
            {"file": row["file"], "row": row["number"], "code": row["code"], "message": row["message"]}
            for row in left.iterator()
        ]

    def _tell(self, options: dict[str, Any], summary: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps({**summary, "dry_run": options["dry_run"]}, ensure_ascii=False))
            return
        for error in summary["errors"]:
            place = f"{error['file']}:{error['row']}: " if error["row"] is not None else ""
            self.stderr.write(f"{place}{error['code']}: {error['message']}")
        counts = ", ".join(f"{word} {summary[word]}" for word in ("undone", "kept", "refused"))
        self.stdout.write(_("Dry run, nothing was changed: %s") % counts if options["dry_run"] else counts)

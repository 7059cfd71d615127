"""What the import commands share: one summary, one set of exit codes (0 all done, 1 some rows refused, 2 unusable)."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any, ClassVar

import pghistory
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils.translation import gettext as _

from techdesk.base.errors import BadInput, DomainError
from techdesk.jobs.actions.imports import (
    SUMMARY,
    apply_import,
    begin_apply,
    begin_import,
    count_verdicts,
    fail_import,
    import_broke,
    stage_import,
    stop_apply,
)
from techdesk.jobs.choices import ImportState
from techdesk.jobs.imports.files import InputPath, unpack
from techdesk.jobs.imports.kinds import find_kind
from techdesk.jobs.models import ImportRow, ImportRun


class ImportCommand(BaseCommand):
    """Reads files, applies them at once and says what came of it.

    With --dry-run everything is compared and nothing at all is kept. Errors of rows are told with file, row and
    code; they name nobody.
    """

    kind: ClassVar[str]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output, nothing else")
        parser.add_argument("--dry-run", action="store_true", help="compare only; change nothing")
        parser.add_argument("--as", dest="actor", metavar="EMAIL", help="the person this is done for")

    # What a command fills in --------------------------------------------------------------------------------

    def default_actor(self) -> Any:
        """The service person that acts when --as is not given."""
        raise NotImplementedError

    def school(self, options: dict[str, Any]) -> Any:
        """The school of this import, or None. Raises BadInput unknown_school."""
        return None

    def import_options(self, options: dict[str, Any]) -> dict[str, Any]:
        """Options of the kind, as plain JSON."""
        return {}

    def deliveries(self, inputs: Sequence[InputPath]) -> list[list[InputPath]]:
        """The inputs, grouped into what is imported one after the other."""
        return [list(inputs)]

    # --------------------------------------------------------------------------------------------------------

    def handle(self, *args: Any, **options: Any) -> None:
        summary: dict[str, Any] = {**dict.fromkeys(SUMMARY.values(), 0), "errors": [], "notes": [], "imports": []}
        try:
            with pghistory.context(command=f"import {self.kind}"):
                self._import(options, summary)
            code = 1 if summary["refused"] else 0
        except DomainError as refusal:
            summary["errors"].append(
                {"file": refusal.facts.get("file"), "row": None, "code": refusal.code, "message": str(refusal)}
            )
            # Of several exports the earlier ones may be in already: 2 would say that nothing was changed.
            code = 1 if summary["imports"] else 2
        self._tell(options, summary)
        if code:
            sys.exit(code)

    def _import(self, options: dict[str, Any], summary: dict[str, Any]) -> None:
        groups = self.deliveries([InputPath.of(path) for path in options["paths"]])
        if len(groups) > 1:  # all of them are usable, or none is touched
            kind = find_kind(self.kind)
            for inputs in groups:
                kind.open(unpack(inputs, sheets=kind.mapper is not None), self.import_options(options))
        for inputs in groups:
            if not options["dry_run"]:
                self._import_one(inputs, options, summary)
                continue
            with transaction.atomic():
                self._import_one(inputs, options, summary)
                transaction.set_rollback(True)

    def _import_one(self, inputs: Sequence[InputPath], options: dict[str, Any], summary: dict[str, Any]) -> None:
        school, actor = self.school(options), self._actor(options["actor"])
        files = [{"name": one.name, "size": one.path.stat().st_size if one.path.is_file() else 0} for one in inputs]
        run = begin_import(
            actor=actor,
            kind=find_kind(self.kind),
            files=files,
            school=school,
            options=self.import_options(options),
        )
        try:
            stage_import(run=run, inputs=inputs)
            begin_apply(actor=actor, run=run, force=bool(options.get("force")))
            if not options["dry_run"]:
                apply_import(actor=actor, run=run)
        except DomainError as refusal:
            fail_import(run=run, refusal=refusal)
            stop_apply(run=run, message=str(refusal))
            raise
        except Exception:
            if not options["dry_run"]:  # of a dry run nothing is kept anyway
                self._break_off(run)
            raise
        self._add(run, options, summary)

    def _break_off(self, run: ImportRun) -> None:
        run.refresh_from_db()
        if run.state == ImportState.READING:
            fail_import(run=run, refusal=import_broke())
        else:
            stop_apply(run=run, message=_("The command broke off. What was applied stays; apply it again to go on."))

    def _actor(self, email: str | None) -> Any:
        if not email:
            return self.default_actor()
        found = get_user_model().objects.filter(email__iexact=email, is_active=True).first()
        if found is None:
            raise BadInput(_("Nobody here has the email address %(email)s.") % {"email": email}, code="unknown_person")
        return found

    def _add(self, run: ImportRun, options: dict[str, Any], summary: dict[str, Any]) -> None:
        for word, count in count_verdicts(run).items():
            summary[word] += count
        refused = ImportRow.objects.filter(run=run).refused().values("file", "number", "code", "message")
        summary["errors"] += [
            {"file": row["file"], "row": row["number"], "code": row["code"], "message": row["message"]}
            for row in refused.iterator()
        ]
        summary["notes"] += run.summary.get("notes", [])
        if not options["dry_run"]:
            summary["imports"].append(run.public_key)

    def _tell(self, options: dict[str, Any], summary: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps({**summary, "dry_run": options["dry_run"]}, ensure_ascii=False))
            return
        for error in summary["errors"]:
            place = f"{error['file']}:{error['row']}: " if error["row"] is not None else ""
            self.stderr.write(f"{place}{error['code']}: {error['message']}")
        for note in summary["notes"]:
            self.stdout.write(note["message"])
        counts = ", ".join(f"{word} {summary[word]}" for word in SUMMARY.values())
        self.stdout.write(_("Dry run, nothing was changed: %s") % counts if options["dry_run"] else counts)

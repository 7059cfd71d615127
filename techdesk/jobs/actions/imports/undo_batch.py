"""Taking back what one transaction of an import wrote, in one transaction."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction

from techdesk.audit.actions import Deed, record_many
from techdesk.base.errors import DomainError
from techdesk.jobs.actions.imports.conflicts import PAUSES, is_lock_conflict
from techdesk.jobs.actions.imports.undo_rows import WRITERS, Touched, last_first, lock_rows, together
from techdesk.jobs.choices import Undone
from techdesk.jobs.imports.references import References
from techdesk.jobs.imports.touches import Place, Watched, keep_of, watched_tables
from techdesk.jobs.models import ImportRun, ImportTouch

#: Why something was left as it is, or could not go. Stable; `undo.py` has the words.
CHANGED = "changed_since_import"
CONFLICT = "conflict"
STILL_NEEDED = "still_needed"


class _Refused(Exception):
    """Things that turned out, while they were written, to have to stay as they are: thing -> code."""

    def __init__(self, found: Mapping[Place, str]) -> None:
        super().__init__(f"{len(found)} refused")
        self.found = found


def undo_batch(*, actor: Any, run: ImportRun, touches: Sequence[ImportTouch], references: References) -> None:
    """Take back `touches`, everything one transaction of `run` did, and write down what became of each.

    What somebody changed since is left as it is, with all that is part of the same thing. What the import made goes,
    unless something depends on it: then it is switched off. Each thing has a new version and a line of history.
    """
    refused: dict[Place, str] = {}
    pauses = list(PAUSES)
    while True:
        try:
            with transaction.atomic():
                _Batch(actor, run, touches, references, refused).carry_out()
            return
        except _Refused as more:
            refused |= more.found
        except OperationalError as error:
            if not is_lock_conflict(error) or not pauses:
                raise
            time.sleep(pauses.pop(0))


class _Batch:
    def __init__(
        self,
        actor: Any,
        run: ImportRun,
        touches: Sequence[ImportTouch],
        references: References,
        refused: Mapping[Place, str],
    ) -> None:
        self.actor, self.run, self.references = actor, run, references
        self.refused = dict(refused)
        self.kept: set[Place] = set()
        self.tables: dict[str, Watched] = watched_tables()
        self.touched = together(touches)

    def carry_out(self) -> None:
        self._lock()
        self._refuse()
        self._find_kept()
        work = sorted((one for one in self._open() if one.deed and one.place not in self.kept), key=last_first)
        things = self._things(work)
        self._tell_deleted(work, things)
        for (table, deed), some in groupby(work, key=lambda one: (one.table, one.deed)):
            self._write(self.tables[table], deed, list(some))
        self._keep()
        self._tell_changed(work, things)
        self._mark()
        self._tell_earlier()
        with connection.cursor() as cursor:  # what would break a promise fails here, not at the commit
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")

    def _of(self, table: str) -> list[Touched]:
        return [one for one in self.touched.values() if one.table == table]

    def _open(self) -> list[Touched]:
        return [one for one in self.touched.values() if one.root not in self.refused]

    # Looking ---------------------------------------------------------------------------------------------------

    def _lock(self) -> None:
        for table in self.tables:
            if ids := [one.pk for one in self._of(table)]:
                for pk, image in lock_rows(table, ids):
                    self.touched[table, pk].now = image

    def _refuse(self) -> None:
        """Find the things of which something is no longer as the import left it."""
        dangling = self._dangling()
        groups: dict[Place, list[Touched]] = defaultdict(list)
        for one in self.touched.values():
            groups[one.root].append(one)
        for root, members in groups.items():
            if root in self.refused or all(one.deed in ("", "raise") for one in members):
                continue
            if any(not one.is_as_left() for one in members if one.deed):
                self.refused[root] = CHANGED
            elif any(one.place in dangling for one in members):
                self.refused[root] = CONFLICT

    def _dangling(self) -> set[Place]:
        """Rows that were changed away from something that is gone by now."""
        wanted: dict[str, dict[int, set[Place]]] = defaultdict(lambda: defaultdict(set))
        for one in self.touched.values():
            if one.deed not in ("restore", "insert") or one.before is None:
                continue
            names = one.changed_columns if one.deed == "restore" else list(one.before)
            for column, table in self.references.columns(self.tables[one.table].model):
                if column in names and (target := one.before[column]) is not None:
                    wanted[table][target].add(one.place)
        found: set[Place] = set()
        for table, targets in wanted.items():
            coming = {one.pk for one in self._of(table) if one.deed == "insert"}
            gone = set(targets) - coming - self.references.there(table, list(targets))
            found |= {place for target in gone for place in targets[target]}
        return found

    def _find_kept(self) -> None:
        """Of what the import made: what has to stay, because something that stays refers to it."""
        going = {one.place: one for one in self._open() if one.deed == "delete"}
        ours: dict[str, list[int]] = defaultdict(list)  # rows that will no longer refer to anything the import made
        for one in self._open():
            if one.deed in ("delete", "restore"):
                ours[one.table].append(one.pk)
        for table in {one.table for one in going.values()}:
            ids = [pk for found, pk in going if found == table]
            self.kept |= {(table, pk) for pk in self.references.needed(self.tables[table], ids, ours)}
        waiting = set(self.kept)
        while waiting:
            more: set[Place] = set()
            for place in waiting:
                one = going[place]
                for column, table in self.references.columns(self.tables[one.table].model):
                    more.add((table, (one.after or {}).get(column) or 0))
            more |= {place for place, one in going.items() if one.root in waiting}
            waiting = (more & going.keys()) - self.kept
            self.kept |= waiting

    # Writing ---------------------------------------------------------------------------------------------------

    def _write(self, watched: Watched, deed: str, some: Sequence[Touched]) -> None:
        """All at once; where PostgreSQL refuses, one by one to find out which."""
        try:
            with transaction.atomic():
                WRITERS[deed](watched, some)
        except IntegrityError:
            failed: dict[Place, str] = {}
            for one in some:
                try:
                    with transaction.atomic():
                        WRITERS[deed](watched, [one])
                except IntegrityError:
                    failed[one.root] = CONFLICT
            if failed:
                raise _Refused(failed) from None

    def _keep(self) -> None:
        for table in self.tables:
            ids = sorted(pk for found, pk in self.kept if found == table)
            keep = keep_of(table)
            if not ids or keep is None:
                continue
            try:
                with transaction.atomic():
                    keep(actor=self.actor, ids=ids, run=self.run)
            except DomainError:
                failed: dict[Place, str] = {}
                for pk in ids:
                    try:
                        with transaction.atomic():
                            keep(actor=self.actor, ids=[pk], run=self.run)
                    except DomainError as refusal:
                        failed[self.touched[table, pk].root] = refusal.code
                if failed:
                    raise _Refused(failed) from None

    # Telling ---------------------------------------------------------------------------------------------------

    def _things(self, work: Iterable[Touched]) -> dict[Place, Any]:
        """The things with a history of their own among `work`, as they are now."""
        ids: dict[str, list[int]] = defaultdict(list)
        for one in work:
            if self.tables[one.table].is_aggregate:
                ids[one.table].append(one.pk)
        found: dict[Place, Any] = {}
        for table, some in ids.items():
            model = self.tables[table].model
            rows: Any = model._base_manager.filter(pk__in=some)
            if any(column.name == "school" for column in model._meta.concrete_fields):
                rows = rows.select_related("school")
            found |= {(table, thing.pk): thing for thing in rows}
        return found

    def _tell_deleted(self, work: Sequence[Touched], things: Mapping[Place, Any]) -> None:
        """Before they go: who may know of it is read from what is still there."""
        deeds = []
        for one in work:
            thing = things.get(one.place) if one.deed == "delete" else None
            if thing is not None:
                thing.version += 1
                deeds.append(Deed("delete", thing, {"import": self.run.public_key, "undo": True}))
        record_many(actor=self.actor, deeds=deeds)

    def _tell_changed(self, work: Sequence[Touched], before: Mapping[Place, Any]) -> None:
        facts = {"import": self.run.public_key}
        deeds = []
        self.versions: dict[Place, int] = {}
        for place, thing in self._things(one for one in work if one.deed != "delete").items():
            self.versions[place] = thing.version
            school = before[place].audit_school_id if place in before else None
            deeds.append(Deed("undo_import", thing, facts, school_before=school))
        record_many(actor=self.actor, deeds=deeds)

    def _mark(self) -> None:
        ids, verdicts, codes = [], [], []
        for one in self.touched.values():
            if one.root in self.refused:
                verdict, code = Undone.REFUSED, self.refused[one.root]
            elif one.place in self.kept:
                verdict, code = Undone.KEPT, STILL_NEEDED
            else:
                verdict, code = Undone.DONE, ""
            ids += one.touches
            verdicts += [verdict.value] * len(one.touches)
            codes += [code] * len(one.touches)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE jobs_importtouch AS kept SET verdict = done.verdict, code = done.code"
                " FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS done(id, verdict, code)"
                " WHERE kept.id = done.id",
                [ids, verdicts, codes],
            )

    def _tell_earlier(self) -> None:
        """What was brought back is again as an earlier write left it, at a higher version: of this run, or of an
        import before it. So the older import can be undone after the newer."""
        back = [
            (one.table, one.pk, one.before["version"], version)
            for place, version in self.versions.items()
            if (one := self.touched[place]).before is not None
        ]
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE jobs_importtouch AS earlier SET left_version = back.version"
                " FROM unnest(%s::text[], %s::bigint[], %s::int[], %s::int[]) AS back(place, id, was, version)"
                " WHERE earlier.object_id = back.id AND earlier.table = back.place AND earlier.verdict = ''"
                " AND coalesce(earlier.left_version, (earlier.after ->> 'version')::int) = back.was",
                [list(column) for column in zip(*back, strict=True)] if back else [[], [], [], []],
            )

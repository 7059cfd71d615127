"""One OneRoster delivery: opened, looked through from end to end, then read row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from techdesk.base.errors import BadInput
from techdesk.directory.choices import PersonKind
from techdesk.directory.imports.oneroster import rows as read
from techdesk.directory.imports.oneroster.columns import FILES, REQUIRED, ROLE_IN_USERS
from techdesk.directory.imports.oneroster.manifest import read_manifest
from techdesk.directory.imports.oneroster.orgs_tree import OrgsTree
from techdesk.directory.imports.oneroster.roles import RoleBook
from techdesk.directory.imports.oneroster.sessions_file import session_rows
from techdesk.jobs.choices import Verdict
from techdesk.jobs.hooks import (
    SAME_KEY_TWICE,
    CsvTable,
    Delivery,
    Note,
    RowProblem,
    SourceFile,
    TextFile,
    find_columns,
    look_through,
    needed,
    open_table,
    pick,
    refuse,
    whole_row,
)
from techdesk.jobs.models import ImportRow

#: Files that become rows of their own; the others add to them.
PARTS = ("orgs", "academicSessions", "users", "classes", "enrollments")
_GONE = frozenset({"tobedeleted", "inactive", "deleted"})


def open_roster(files: Sequence[SourceFile], options: Mapping[str, Any]) -> RosterDelivery:
    """Open the files of one export, whatever else lies beside them.

    options: source (whose roster, when the manifest does not say). Raises BadInput: not_oneroster, duplicate_file,
    missing_manifest, wrong_headings and what the manifest and the readers of text raise.
    """
    found: dict[str, SourceFile] = {}
    wanted = {name.lower(): name for name in (*FILES, "manifest")}
    for file in files:
        name = wanted.get(file.stem.lower()) if file.ending == ".csv" else None
        if name is None:
            continue
        if name in found:
            message = _("%(file)s is there twice. Send one export at a time.") % {"file": file.name}
            raise BadInput(message, code="duplicate_file")
        found[name] = file
    if not set(found) & set(PARTS):
        names = ", ".join(file.name for file in files[:5]) + (" …" if len(files) > 5 else "")
        message = _(
            "%(files)s: this is no OneRoster export. It has files of these names: orgs.csv, users.csv, classes.csv,"
            " enrollments.csv."
        )
        raise BadInput(message % {"files": names}, code="not_oneroster")
    texts: list[TextFile] = []

    def table(name: str) -> CsvTable:
        texts.append(look_through(found[name]))
        return open_table(texts[-1])

    manifest = read_manifest(table("manifest") if "manifest" in found else None, found.keys())
    tables = {name: table(name) for name in manifest.modes}
    delivery = RosterDelivery(tables, manifest.modes, source=str(options.get("source") or manifest.source))
    if delivery.has_gone and not manifest.is_written:
        message = _("Some rows are marked as deleted, so this is not everything. Add manifest.csv to the files.")
        raise BadInput(message, code="missing_manifest")
    delivery.title = manifest.system or delivery.source
    delivery.notes += [_windows_text(text) for text in texts if text.guessed]
    return delivery


def _windows_text(text: TextFile) -> Note:
    message = _("%(file)s is not UTF-8. It was read as Windows text: look whether accents came out right.")
    return Note("windows_text", message % {"file": text.name})


class RosterDelivery(Delivery):
    """The rows of the five parts. Everything that must be known of a file before its rows can be read (keys, org
    tree, course titles, roles of 1.2) was read once when it was opened."""

    def __init__(self, tables: Mapping[str, CsvTable], modes: Mapping[str, str], *, source: str) -> None:
        self.tables = tables
        self.modes = modes
        self.source = source
        self.title = source
        self.notes = []
        self.total = 0
        self.has_gone = False
        self.places = {name: find_columns(t, FILES[name], required=REQUIRED[name]) for name, t in tables.items()}
        if "users" in tables and "roles" not in tables:
            find_columns(tables["users"], FILES["users"], required=ROLE_IN_USERS)
        lines: dict[str, dict[str, int]] = {name: {} for name in FILES}
        self.orgs = OrgsTree()
        self.courses: dict[str, str] = {}
        self.first_lines = lines
        for name in tables:
            self._look_through(name)
        self.keys = {name: lines[name] for name in PARTS}
        self.role_book = RoleBook(self.orgs)
        self.refused_roles = list(self._read_roles()) if "roles" in tables else []
        self.refused_courses = list(self._read_courses()) if "courses" in tables else []

    def complete(self, part: str) -> bool:
        return self.modes.get(part) == "bulk"

    def rows(self, part: str) -> Iterator[ImportRow]:
        if part == "users":
            yield from self.refused_roles
        if part == "classes":
            yield from self.refused_courses
        if part not in self.tables:
            return
        if part == "academicSessions":
            yield from session_rows(list(self._each(part, part, read.session)), complete=self.complete(part))
            return
        if part == "users":
            # Guardians last: where one shares an address with a teacher, the teacher needs it to sign in.
            yield from (row for row in self._each(part, part, read.user) if not _is_guardian(row))
            yield from (row for row in self._each(part, part, read.user) if _is_guardian(row))
            return
        readers: dict[str, Callable[[Mapping[str, str], RosterDelivery], dict[str, Any]]] = {
            "orgs": read.org,
            "classes": read.section,
            "enrollments": read.enrolment,
        }
        yield from self._each(part, part, readers[part])

    def _look_through(self, name: str) -> None:
        """Every row once: that the file can be taken apart to its end, which keys it has and on which line first."""
        first, columns = self.first_lines[name], self.places[name]
        for line, cells in self.tables[name].rows():
            found = pick(cells, {"sourcedId": columns["sourcedId"]})
            first.setdefault(found["sourcedId"], line)
            if "status" in columns and len(cells) > columns["status"] and cells[columns["status"]]:
                self.has_gone = self.has_gone or cells[columns["status"]].strip().lower() in _GONE
            if name in PARTS:
                self.total += 1
            if name == "orgs":
                self.orgs.add(pick(cells, columns))

    def _each(self, name: str, part: str, reader: Callable[..., dict[str, Any]]) -> Iterator[ImportRow]:
        """The rows of one file as import rows of `part`; what is unusable by itself is refused here."""
        table, columns, first = self.tables[name], self.places[name], self.first_lines[name]
        for line, cells in table.rows():
            row = ImportRow(part=part, file=table.name, number=line)
            try:
                found = pick(cells, columns)
                row.key = needed(found, "sourcedId", 200)
                whole_row(table, cells)
                if first[row.key] != line:
                    message = _("Line %(line)d has the same sourcedId. The first one stands.")
                    raise RowProblem(SAME_KEY_TWICE, message % {"line": first[row.key]})
                row.data = {"listed": False} if _is_gone(found) else reader(found, self)
            except read.NotKept as skipped:
                row.verdict, row.code, row.message = Verdict.UNCHANGED, "not_kept", str(skipped)
            except RowProblem as problem:
                refuse(row, problem.code, problem.message)
            yield row

    def _read_roles(self) -> Iterator[ImportRow]:
        for row in self._each("roles", "users", self.role_book.add):
            if row.verdict == Verdict.REFUSE:
                yield row

    def _read_courses(self) -> Iterator[ImportRow]:
        for row in self._each("courses", "classes", read.course):
            if row.verdict == Verdict.REFUSE:
                yield row
            elif row.data.get("listed") is not False:
                self.courses[row.key] = row.data["title"]


def _is_guardian(row: ImportRow) -> bool:
    return bool(row.data.get("kind") == PersonKind.GUARDIAN)


def _is_gone(cells: Mapping[str, str]) -> bool:
    status = cells.get("status", "").lower()
    if status in ("", "active"):
        return False
    if status in _GONE:
        return True
    message = _("“status” says “%(value)s”. It must be active or tobedeleted.") % {"value": status[:40]}
    raise RowProblem("bad_status", message)

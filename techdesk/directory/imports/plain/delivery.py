"""Opening plain files: every row is read once before any counts, for what they bring and what stands in them twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from techdesk.directory.choices import EnrolmentRole, PersonKind
from techdesk.directory.imports.oneroster.rooms import room_word
from techdesk.directory.imports.plain import rows as read
from techdesk.directory.imports.plain.cells import Cells, bare_name, short_key
from techdesk.directory.imports.plain.fields import MAPPER, identifies, names_guardians, names_people
from techdesk.jobs.hooks import (
    CsvTable,
    Delivery,
    Matched,
    Note,
    RowProblem,
    SheetTable,
    SourceFile,
    Spooled,
    Table,
    match_columns,
    open_any_table,
    other_sheets,
    pick,
    refuse,
)
from techdesk.jobs.models import ImportRow

#: Where a homeroom's teacher is a name that only the directory may know.
BY_NAME = "name:"


def source_of(school: str) -> str:
    """Whose data plain files of a school are: one list of people for each school."""
    return f"files of {school}"[:120]


def open_plain(files: Sequence[SourceFile], options: Mapping[str, Any]) -> PlainDelivery:
    """Open the files of one import.

    options: school (its code), who (student, teacher or staff, where no column says it), everybody (whoever is not in
    the files left), sheet, and what `match_columns` looks at. Raises BadInput as `open_any_table` and `match_columns`.
    """
    tables = [open_any_table(file, sheet=str(options.get("sheet") or "")) for file in files]
    matched = match_columns(tables, MAPPER, options)
    delivery = PlainDelivery(matched, options)
    delivery.notes += [
        Note("windows_text", _("%(file)s is not UTF-8. Look whether accents came out right.") % {"file": table.name})
        for table in tables
        if isinstance(table, CsvTable) and table.text.guessed
    ]
    if unread := other_sheets(tables):
        sheets = ", ".join(f"“{sheet}”" for _file, sheet in unread[:10])
        delivery.notes.append(Note("other_sheets", _("Only one sheet was read, not %(sheets)s.") % {"sheets": sheets}))
    return delivery


@dataclass(frozen=True)
class Source:
    """One table, and what its rows are about."""

    table: Table
    columns: Mapping[str, int]

    @property
    def has_people(self) -> bool:
        return names_people(self.columns)

    @property
    def refers(self) -> bool:
        """Does each row at least refer to a person?"""
        return identifies(self.columns)

    @property
    def is_rooms(self) -> bool:
        return not self.refers and "room" in self.columns and "homeroom" not in self.columns

    def cells(self) -> Iterator[tuple[int, Cells]]:
        for line, cells in self.table.rows():
            yield line, pick(cells, self.columns)


@dataclass
class Staff:
    """The staff that the files bring, by what a homeroom may call its teacher."""

    by_word: dict[str, str] = field(default_factory=dict)
    by_name: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    def add(self, key: str, facts: Mapping[str, Any]) -> None:
        number = key.removeprefix("id:") if key.startswith("id:") else ""
        for word in (facts.get("email", ""), facts.get("identifier", "").casefold(), number.casefold()):
            if word:
                self.by_word.setdefault(word, key)
        given, family = bare_name(f"{facts['family_name']}, {facts['given_name']}")
        self.by_name.setdefault((given, family), set()).add(key)

    def find(self, said: str) -> str:
        """The key of the one teacher meant by a number, an address or a name; empty for nobody or several."""
        if key := self.by_word.get(said.casefold()):
            return key
        given, family = bare_name(said)
        found = self.by_name.get((given, family), set())
        if not found and len(given.strip(".")) <= 1:  # "Okafor" and "Okafor, J." name the only Okafor
            names = self.by_name.items()
            found = {key for (f, last), keys in names if last == family and f[:1].startswith(given[:1]) for key in keys}
        return next(iter(found)) if len(found) == 1 else ""


class PlainDelivery(Delivery):
    """The rows of the parts, made from the rows of the files. Kept in memory: keys and line numbers."""

    def __init__(self, matched: Sequence[Matched], options: Mapping[str, Any]) -> None:
        self.columns = matched
        self.options = options
        self.source = self.title = source_of(str(options.get("school", "")))
        self.notes = []
        self.total = 0
        self.sources = [Source(_quick(one.table), one.places) for one in matched]
        self.first: dict[str, tuple[int, int, str]] = {}  # key -> table, line, fingerprint of the person's facts
        self.kinds: set[str] = set()
        self.homed: set[str] = set()  # keys of the students whose homeroom a row says
        self.pairs: set[tuple[str, str]] = set()  # keys of student and guardian
        self.called: dict[str, str] = {}  # key -> name, for the preview
        self.staff = Staff()
        parts = ("rooms", "people", "guardians", "guardianships", "homerooms", "members")
        self.brought: dict[str, set[str]] = {name: set() for name in parts}
        self.keys = self.brought
        for number, source in enumerate(self.sources):
            self._look_through(number, source)

    def complete(self, part: str) -> bool:
        return bool(self.options.get("everybody")) and any(source.has_people for source in self.sources)

    def rows(self, part: str) -> Iterator[ImportRow]:
        makers: dict[str, Callable[[Source], Iterator[ImportRow]]] = {
            "rooms": self._rooms,
            "people": self._people,
            "guardians": self._guardians,
            "guardianships": self._guardianships,
            "homerooms": self._homerooms,
            "members": self._members,
        }
        self._told: set[str] = set()
        for number, source in enumerate(self.sources):
            self._at = number
            yield from makers[part](source)

    def _look_through(self, number: int, source: Source) -> None:
        for line, cells in source.cells():
            self.total += 1
            facts = self._facts(source, cells)
            try:
                key = read.person_key(cells) if facts is not None else ""
            except RowProblem:  # the row itself is refused where people are read
                continue
            if facts is None or not key:
                continue
            if key not in self.first:
                self.first[key] = (number, line, _fingerprint(facts))
                self.brought["people"].add(key)
                self.kinds.add(facts.get("kind", ""))
                self.called[key] = f"{facts.get('given_name', '')} {facts.get('family_name', '')}".strip()
                if facts.get("kind") == PersonKind.STAFF:
                    self.staff.add(key, facts)

    def _facts(self, source: Source, cells: Cells) -> dict[str, Any] | None:
        """The person of a row; None where it has none that can be used."""
        if not source.has_people:
            return None
        try:
            return read.person(cells, self.options)
        except RowProblem:
            return None

    def _row(self, part: str, source: Source, line: int) -> ImportRow:
        return ImportRow(part=part, file=source.table.name, number=line)

    # People -------------------------------------------------------------------------------------------------

    def _people(self, source: Source) -> Iterator[ImportRow]:
        if not source.has_people:
            return
        for line, cells in source.cells():
            row = self._row("people", source, line)
            try:
                row.data = read.person(cells, self.options)
                row.key = read.person_key(cells)
                if not row.key:
                    message = _("Neither a number nor an email address says who this is. Fill one in.")
                    raise RowProblem("missing_id", message)
                number, first, print_ = self.first[row.key]
                if (number, first) != (self._at, line):
                    if names_guardians(source.columns) and print_ == _fingerprint(row.data):
                        continue  # one row for each guardian of the same student
                    row.key = ""
                    message = _("Line %(line)d is about the same number or address. The first one stands.")
                    raise RowProblem("duplicate_id", message % {"line": first})
            except RowProblem as problem:
                refuse(row, problem.code, problem.message)
            yield row

    def _person_of(self, source: Source, line: int, cells: Cells) -> tuple[str, str]:
        """Key and kind of the person a row is about; empty where it is about nobody, or was refused."""
        facts = self._facts(source, cells)
        if source.has_people and (facts is None or not facts["listed"]):
            return "", ""
        try:
            key = read.person_key(cells)
        except RowProblem:
            return "", ""
        if not key:
            return "", ""
        if facts is None:  # a list that only refers to people: of students, for staff are not in a homeroom
            return key, PersonKind.STUDENT
        number, first, print_ = self.first[key]
        is_same = (number, first) == (self._at, line) or print_ == _fingerprint(facts)
        return (key, facts["kind"]) if is_same else ("", "")

    # Guardians ----------------------------------------------------------------------------------------------

    def _named(self, source: Source) -> Iterator[tuple[int, str, list[read.Guardian] | RowProblem]]:
        if not names_guardians(source.columns):
            return
        for line, cells in source.cells():
            student, kind = self._person_of(source, line, cells)
            if not student or kind != PersonKind.STUDENT:
                continue
            try:
                yield line, student, read.guardians(cells, student)
            except RowProblem as problem:
                yield line, student, problem

    def _guardians(self, source: Source) -> Iterator[ImportRow]:
        for line, _student, found in self._named(source):
            if isinstance(found, RowProblem):
                row = self._row("guardians", source, line)
                refuse(row, found.code, found.message)
                yield row
                continue
            for guardian in found:
                if guardian.key in self._told:
                    continue
                self._told.add(guardian.key)
                self.brought["guardians"].add(guardian.key)
                row = self._row("guardians", source, line)
                row.key, row.data = guardian.key, dict(guardian.facts)
                yield row

    def _guardianships(self, source: Source) -> Iterator[ImportRow]:
        for line, student, found in self._named(source):
            if isinstance(found, RowProblem):
                continue
            for guardian in found:
                self.pairs.add((student, guardian.key))
                key = short_key(student, guardian.key)
                if key in self._told:
                    continue
                self._told.add(key)
                row = self._row("guardianships", source, line)
                row.key = key
                row.data = {
                    "student": student,
                    "guardian": guardian.key,
                    "is_primary": guardian.number == 1,
                    "listed": True,
                    "_guardian": f"{guardian.facts['given_name']} {guardian.facts['family_name']}",
                    "_of": self.called.get(student, student.partition(":")[2]),
                }
                if guardian.relationship:
                    row.data["relationship"] = guardian.relationship
                yield row

    # Rooms and homerooms ------------------------------------------------------------------------------------

    def _rooms(self, source: Source) -> Iterator[ImportRow]:
        if "room" not in source.columns:
            return
        for line, cells in source.cells():
            row = self._row("rooms", source, line)
            try:
                facts = read.room(cells, is_list=source.is_rooms)
                if facts is None:
                    continue
                row.key, row.data = room_word(facts["code"]), {**facts, "school": self.options["school"]}
                if row.key in self._told:
                    if not source.is_rooms:
                        continue
                    row.key = ""
                    raise RowProblem("duplicate_room", _("Another line names the same room. The first one stands."))
                self._told.add(row.key)
                self.brought["rooms"].add(row.key)
            except RowProblem as problem:
                if not source.is_rooms:
                    continue  # the person is refused or taken for themselves
                refuse(row, problem.code, problem.message)
            yield row

    def _each_homeroom(self, source: Source) -> Iterator[tuple[int, Cells, read.Homeroom]]:
        if not {"homeroom", "homeroom_teacher"} & set(source.columns):
            return
        for line, cells in source.cells():
            try:
                found = read.homeroom(cells)
            except RowProblem:
                continue
            if found is not None and (not source.refers or self._person_of(source, line, cells)[0]):
                yield line, cells, found

    def _homerooms(self, source: Source) -> Iterator[ImportRow]:
        for line, _cells, found in self._each_homeroom(source):
            if found.key in self._told:
                continue
            self._told.add(found.key)
            self.brought["homerooms"].add(found.key)
            row = self._row("homerooms", source, line)
            row.key = found.key
            row.data = {"code": found.code, "listed": True}
            row.data["title"] = _title(found)
            if found.room:
                row.data["location"] = row.data["room"] = found.room
            yield row

    def _teacher(self, homeroom: read.Homeroom) -> str:
        """The key of a homeroom's teacher, or "name:…" for whom the files do not bring."""
        if not homeroom.teacher:
            return ""
        return self.staff.find(homeroom.teacher) or f"{BY_NAME}{homeroom.teacher}"

    def _members(self, source: Source) -> Iterator[ImportRow]:
        for line, cells, found in self._each_homeroom(source):
            person, kind = self._person_of(source, line, cells) if source.refers else ("", "")
            pairs = []
            if person:
                is_student = kind == PersonKind.STUDENT
                pairs.append((person, str(EnrolmentRole.STUDENT if is_student else EnrolmentRole.TEACHER)))
                if is_student:
                    self.homed.add(person)
            if teacher := self._teacher(found):
                pairs.append((teacher, str(EnrolmentRole.TEACHER)))
            for key, role in pairs:
                row = self._row("members", source, line)
                row.key = short_key(found.key, role, key)
                if row.key in self._told:
                    continue
                self._told.add(row.key)
                self.brought["members"].add(row.key)
                row.data = {
                    "section": found.key,
                    "person": key,
                    "role": role,
                    "is_primary": role == EnrolmentRole.TEACHER,
                    "begins_on": None,
                    "ends_on": None,
                    "listed": True,
                    "_title": f"{self.called.get(key, key.partition(':')[2])} · {_title(found)}",
                }
                yield row


def _quick(table: Table) -> Table:
    """A workbook is taken apart once, though its rows are read for each part."""
    return Spooled(table) if isinstance(table, SheetTable) else table


def _fingerprint(facts: Mapping[str, Any]) -> str:
    return hashlib.sha256(repr(sorted(facts.items())).encode()).hexdigest()[:16]


def _title(homeroom: read.Homeroom) -> str:
    word = homeroom.code or homeroom.teacher
    return _("Homeroom %(name)s") % {"name": word} if len(word) <= 30 and word[:1].isdecimal() else word

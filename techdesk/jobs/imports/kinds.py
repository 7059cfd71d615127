"""What an import is made of, and the register of imports that the apps above bring.

An app above declares an ImportKind: how its files are opened (`open`) and which parts they have, in the order in
which they are applied. A Part knows one kind of thing: how its rows compare with the database and how they are
written. Everything else (staging, preview, applying, counting, refusing) is the same for all and lives here.

Rows travel as `ImportRow`:

* the reader fills `part file number key data`; a row that is unusable by itself gets verdict REFUSE with code and
  message, one that means nothing to us gets UNCHANGED with a code that says why;
* `Part.compare` fills `target_id` and `before` for the others (or refuses them). `before` holds the present value
  of exactly those facts that the import may change on this object: ownership of fields is decided there, and a
  name that begins with "_" is kept for display only. `listed` says whether the source counts the object among its own;
* the verdict follows from both (`techdesk.jobs.imports.verdicts`).
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.forms import Field

from techdesk.base.policy import Someone, may
from techdesk.jobs.imports.columns import Mapper, Matched
from techdesk.jobs.imports.files import SourceFile
from techdesk.jobs.imports.verdicts import Planned
from techdesk.jobs.models import ImportRow, ImportRun
from techdesk.jobs.queries import schools_to_import_for


@dataclass(frozen=True)
class Note:
    """Something about a whole file that the reader of the preview should know."""

    code: str
    message: str


class Delivery:
    """One opened input: checked from end to end, so that reading it again brings no surprise."""

    source: str
    title: str
    total: int  # rows that `rows` will give
    notes: list[Note]
    keys: Mapping[str, Container[str]]  # part -> the keys its file brings, where other parts refer to them
    columns: Sequence[Matched] = ()  # of a kind with a mapper: what its columns were taken for

    def rows(self, part: str) -> Iterator[ImportRow]:
        """The rows of one part, in the order of the file, unsaved."""
        raise NotImplementedError

    def complete(self, part: str) -> bool:
        """Does this delivery hold everything the source has of a part, so that what is not in it is gone?"""
        return False


@dataclass
class Scope:
    """What the rows of one staging or applying share.

    delivery: while staging, else None. actor: whose import it is while staging, who applies it then. plans: while
    applying, what the preview showed for each row (by its id).
    claims: what rows of this file already claim, kind of claim -> value -> where; empty while applying, because then
    every claim is in the database. refused: part -> keys refused so far. cache: look-ups kept between batches.
    """

    run: ImportRun
    delivery: Any = None
    actor: Any = None
    plans: dict[int, Planned] = field(default_factory=dict)
    claims: dict[str, dict[str, str]] = field(default_factory=dict)
    refused: dict[str, set[str]] = field(default_factory=dict)
    cache: dict[str, Any] = field(default_factory=dict)

    @property
    def applying(self) -> bool:
        return self.delivery is None

    def allowed_schools(self) -> set[int] | None:
        """The schools (ids) whose things this import may change, or None for every one: those for which its uploader
        imported, and of these the ones for which whoever applies it does so now. Roles end between the two."""
        said = self.run.options.get("schools")
        if said is None or self.actor is None:
            return None if said is None else set(said)
        if "allowed_schools" not in self.cache:
            now = schools_to_import_for(self.actor, find_kind(self.run.kind).action)
            self.cache["allowed_schools"] = set(said) & set(now.values_list("pk", flat=True))
        found: set[int] = self.cache["allowed_schools"]
        return found

    def claim(self, kind: str, value: str, row: ImportRow) -> str | None:
        """Claim `value` for `row`; where an earlier row has it already, say where that is ("row 7 of users.csv")."""
        if self.applying:
            return None
        taken = self.claims.setdefault(kind, {})
        if value in taken:
            return taken[value]
        taken[value] = f"{row.file}:{row.number}"
        return None

    def brings(self, part: str, key: str) -> bool:
        """While staging: does the file bring `key`, and was it not refused?"""
        return not self.applying and key in self.delivery.keys[part] and key not in self.refused.get(part, ())

    def must_bring(self, part: str) -> bool:
        """While staging: must what a row refers to stand in the file itself, because the file is complete?"""
        return not self.applying and self.delivery.complete(part)


class Part:
    """One kind of thing in an import. Subclasses live in the app that owns the thing."""

    name: ClassVar[str]
    label: ClassVar[Any]
    #: The facts a person reads in the preview, in order: name -> words.
    fields: ClassVar[Mapping[str, Any]] = {}
    #: What is told of something new beside its title.
    telling: ClassVar[tuple[str, ...]] = ()
    #: Where the things stand that rows are about (`target_id`), so that an undo can say of each row what became of it.
    tables: ClassVar[tuple[str, ...]] = ()

    def compare(self, rows: Sequence[ImportRow], scope: Scope) -> None:
        """Fill `target_id` and `before` of each row, or refuse it. While applying, lock what will be written."""
        raise NotImplementedError

    def write(self, rows: Sequence[ImportRow], *, actor: Any, scope: Scope) -> None:
        """Carry out the verdicts (create, update, deactivate) in the caller's transaction; set `target_id`."""
        raise NotImplementedError

    def missing(self, scope: Scope) -> Iterator[ImportRow]:
        """Rows for what the source once had and this complete delivery has no more: data {"listed": False}."""
        return iter(())

    def listed_count(self, scope: Scope) -> int:
        """How many things the source counts among its own now; the removals are measured against it."""
        return 0

    def table_of(self, row: ImportRow) -> str:
        """Which of `tables` the target of this row is in."""
        return self.tables[0]

    def titles(self, rows: Sequence[ImportRow]) -> list[str]:
        """What to call each row on the preview page."""
        return [row.key for row in rows]

    def word(self, name: str, value: str) -> str:
        """A stored word of the fact `name` as people say it."""
        return value

    def student_ids(self, rows: Sequence[ImportRow]) -> list[int]:
        """The students whose records these rows show, as far as they are known already."""
        return []


#: A thing whose end was due anyway (a class of last year) does not count as a removal.
ENDED_IN_TIME = "ended_in_time"
#: A second row with a key that the file had before: the first one stands.
SAME_KEY_TWICE = "duplicate_sourced_id"


@dataclass(frozen=True)
class ImportKind:
    """One sort of import, as the imports page offers it.

    action: who may (an action of the door). service: the named service person that acts when nobody is named.
    accept: endings a file chooser offers. open: (files, options) -> Delivery; raises BadInput for what is unusable.
    mapper: for files without a fixed form, what their columns may be; such a kind reads Excel, too, and its Delivery
    says in `columns` how they were matched. option_fields: further fields of the upload form; what they say goes into
    the options of the import under their names. after_apply: (actor, run), called in the transaction that closes an
    import which was applied; long work is enqueued there. may_be_empty: an export without a row is normal (what
    changed since yesterday); elsewhere it is a mistake that is said.
    """

    slug: str
    label: Any
    hint: Any
    action: str
    service: str
    accept: str
    needs_school: bool
    parts: tuple[Part, ...]
    open: Callable[[Sequence[SourceFile], Mapping[str, Any]], Delivery]
    mapper: Mapper | None = None
    option_fields: Callable[[], Mapping[str, Field]] = dict
    after_apply: Callable[..., None] | None = None
    may_be_empty: bool = False

    def part(self, name: str) -> Part:
        return next(part for part in self.parts if part.name == name)


_kinds: dict[str, ImportKind] = {}


def register_import(kind: ImportKind) -> None:
    """Offer an import. Call it from AppConfig.ready()."""
    _kinds[kind.slug] = kind


def find_kind(slug: str) -> ImportKind:
    """The import called `slug`. Raises LookupError for one that nobody registered."""
    return _kinds[slug]


def all_kinds() -> list[ImportKind]:
    return list(_kinds.values())


def kinds_for(person: Someone) -> list[ImportKind]:
    """The imports `person` may start."""
    return [kind for kind in _kinds.values() if may(person, kind.action)]

"""Enrollments: who is in which class, as what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from techdesk.base.clock import district_today
from techdesk.directory.actions.roster import write_enrolments
from techdesk.directory.choices import EnrolmentRole
from techdesk.directory.imports.oneroster.links import gone_rows, is_listed_elsewhere, listed_count
from techdesk.directory.models import Enrolment, ExternalId, Section
from techdesk.directory.queries.links import links_of, links_to
from techdesk.jobs.choices import Verdict
from techdesk.jobs.hooks import ENDED_IN_TIME, SAME_KEY_TWICE, Part, Scope, note, plain, refuse
from techdesk.jobs.models import ImportRow

Place = tuple[int, int, str]


class EnrolmentsPart(Part):
    name = "enrollments"
    tables = ("directory_enrolment",)
    label = gettext_lazy("Enrollments")
    telling = ("role",)
    fields = {
        "section": gettext_lazy("Class"),
        "person": gettext_lazy("Person"),
        "role": gettext_lazy("Role"),
        "is_primary": gettext_lazy("Main teacher"),
        "begins_on": gettext_lazy("From"),
        "ends_on": gettext_lazy("Until"),
        "listed": gettext_lazy("In the roster"),
    }

    def compare(self, rows: Sequence[ImportRow], scope: Scope) -> None:
        batch = _Batch(rows, scope)
        for row in rows:
            link = batch.links.get(row.key)
            enrolment = batch.enrolments.get(link.target_id) if link else None
            if "section" in row.data:
                if not batch.refers_well(row, scope):
                    continue
                taken = self._taken(row, enrolment, batch, scope)
                if row.verdict == Verdict.REFUSE:
                    continue
                if taken is not None:
                    batch.joined.add(taken.pk)
                enrolment = enrolment or taken
            if enrolment is not None:
                row.target_id = enrolment.pk
                row.before = batch.before(row, enrolment, link)
                self._ending(row, enrolment, link, batch)
        scope.cache["enrolments"] = batch

    def _taken(self, row: ImportRow, enrolment: Enrolment | None, batch: _Batch, scope: Scope) -> Enrolment | None:
        """The enrolment that already says what the row says, to be joined to it; refuses a row that repeats another."""
        claim = f"{row.data['section']} {row.data['person']} {row.data['role']}"
        if first := scope.claim("enrolment", claim, row):
            self._twice(row, first)
            return None
        place = batch.place(row)
        present = batch.active.get(place) if place else None
        if present is None or (enrolment is not None and present.pk == enrolment.pk):
            return None
        own = [one for one in batch.links_to.get(present.pk, []) if one.source == scope.run.source and one.present]
        if scope.applying:
            plan = scope.plans.get(row.pk)
            is_free = not own or (plan is not None and plan.target_id == present.pk)
        else:
            is_free = not any(one.value in scope.delivery.keys[self.name] for one in own)
        if enrolment is not None or not is_free:
            self._twice(row, own[0].value if own else "#")
            return None
        return present

    def _twice(self, row: ImportRow, first: str) -> None:
        message = _("This person is in this class in this role already (%(first)s). The first one stands.")
        refuse(row, "duplicate_enrollment", message % {"first": first})

    def _ending(self, row: ImportRow, enrolment: Enrolment, link: ExternalId | None, batch: _Batch) -> None:
        if row.data["listed"] or not row.before["listed"]:
            return
        if enrolment.pk in batch.joined or is_listed_elsewhere(link, batch.links_to.get(enrolment.pk, [])):
            row.before["_stays"] = True
        year = enrolment.section.year
        ends_on = min((day for day in (enrolment.ends_on, year.ends_on if year else None) if day), default=None)
        if not enrolment.section.is_active or (ends_on is not None and ends_on < district_today()):
            note(row, ENDED_IN_TIME, _("It was over already."))

    def write(self, rows: Sequence[ImportRow], *, actor: Any, scope: Scope) -> None:
        batch: _Batch = scope.cache["enrolments"]
        write_enrolments(
            actor=actor,
            run=scope.run,
            rows=rows,
            enrolments=batch.enrolments,
            sections=batch.sections,
            section_ids=batch.section_ids,
            person_ids=batch.person_ids,
        )

    def missing(self, scope: Scope) -> Iterator[ImportRow]:
        return gone_rows(scope, self.name, "enrolment")

    def listed_count(self, scope: Scope) -> int:
        return listed_count(scope, "enrolment")

    def word(self, name: str, value: str) -> str:
        return str(EnrolmentRole(value).label) if name == "role" else value

    def titles(self, rows: Sequence[ImportRow]) -> list[str]:
        """Names of person and class, from the other rows of the run or (in a delta) by their sourcedId."""
        facts = [{**row.before, **row.data} for row in rows]
        people = _named(rows, "users", {one.get("person", "") for one in facts})
        classes = _named(rows, "classes", {one.get("section", "") for one in facts})
        found = []
        for row, one in zip(rows, facts, strict=True):
            person, section = one.get("person", ""), one.get("section", "")
            if not person:
                found.append(row.key)
                continue
            words = {"person": people.get(person, person), "section": classes.get(section, section)}
            found.append(_("%(person)s in %(section)s") % words)
        return found

    def student_ids(self, rows: Sequence[ImportRow]) -> list[int]:
        keys = {
            facts["person"]
            for row in rows
            if (facts := {**row.before, **row.data}).get("role") == EnrolmentRole.STUDENT
        }
        if not keys:
            return []
        return [link.target_id for link in links_of(rows[0].run.source, "person", keys).values()]


def _named(rows: Sequence[ImportRow], part: str, keys: set[str]) -> dict[str, str]:
    if not rows or not keys:
        return {}
    found = {}
    for row in ImportRow.objects.filter(run=rows[0].run, part=part, key__in=keys).exclude(code=SAME_KEY_TWICE):
        facts = {**row.before, **row.data}
        name = facts.get("title") or f"{facts.get('given_name', '')} {facts.get('family_name', '')}".strip()
        if name:
            found[row.key] = name
    return found


class _Batch:
    """What the directory knows about the rows, in seven queries. While applying, sections and enrolments are locked."""

    def __init__(self, rows: Sequence[ImportRow], scope: Scope) -> None:
        source = scope.run.source
        self.links = links_of(source, "enrolment", (row.key for row in rows))
        sections = links_of(source, "section", (row.data["section"] for row in rows if "section" in row.data))
        people = links_of(source, "person", (row.data["person"] for row in rows if "person" in row.data))
        self.section_ids = {key: link.target_id for key, link in sections.items()}
        self.person_ids = {key: link.target_id for key, link in people.items()}
        targets = {link.target_id for link in self.links.values()}
        same_place = Q(section_id__in=self.section_ids.values(), person_id__in=self.person_ids.values(), is_active=True)
        found = Enrolment.objects.filter(Q(pk__in=targets) | same_place).order_by("pk").select_related("section__year")
        self.sections: dict[int, Section] = {}
        if scope.applying:
            ids = set(self.section_ids.values()) | set(found.order_by().values_list("section_id", flat=True))
            locked = Section.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids).order_by("pk")
            self.sections = {section.pk: section for section in locked}
            found = found.select_for_update(of=("self",), no_key=True)
        self.enrolments = {enrolment.pk: enrolment for enrolment in found}
        self.active: dict[Place, Enrolment] = {
            (e.section_id, e.person_id, e.role): e for e in self.enrolments.values() if e.is_active
        }
        self.links_to = links_to("enrolment", self.enrolments)
        self.joined: set[int] = set()  # enrolments that go on under another sourcedId of this batch
        back = {e.section_id for e in self.enrolments.values()} - set(self.section_ids.values())
        self._section_keys = {pk: key for key, pk in self.section_ids.items()} | _keys(source, "section", back)
        back = {e.person_id for e in self.enrolments.values()} - set(self.person_ids.values())
        self._person_keys = {pk: key for key, pk in self.person_ids.items()} | _keys(source, "person", back)

    def refers_well(self, row: ImportRow, scope: Scope) -> bool:
        """Are class and person known: from this file, or (where it is not complete) from before?"""
        for part, name, known, code in (
            ("classes", "section", self.section_ids, "unknown_class"),
            ("users", "person", self.person_ids, "unknown_user"),
        ):
            key = row.data[name]
            if scope.brings(part, key) or (key in known and not scope.must_bring(part)):
                continue
            message = _("“%(key)s” is not in %(file)s, or was refused there.")
            refuse(row, code, message % {"key": key, "file": f"{part}.csv"})
            return False
        return True

    def place(self, row: ImportRow) -> Place | None:
        section, person = self.section_ids.get(row.data["section"]), self.person_ids.get(row.data["person"])
        return (section, person, row.data["role"]) if section and person else None

    def before(self, row: ImportRow, enrolment: Enrolment, link: ExternalId | None) -> dict[str, Any]:
        section, person = row.data.get("section", ""), row.data.get("person", "")
        # Two sourcedIds may mean one person: what counts is whom they mean.
        if self.section_ids.get(section) != enrolment.section_id:
            section = self._section_keys.get(enrolment.section_id, f"#{enrolment.section_id}")
        if self.person_ids.get(person) != enrolment.person_id:
            person = self._person_keys.get(enrolment.person_id, f"#{enrolment.person_id}")
        return {
            "section": section,
            "person": person,
            "role": enrolment.role,
            "is_primary": enrolment.is_primary,
            "begins_on": plain(enrolment.begins_on),
            "ends_on": plain(enrolment.ends_on),
            "listed": link is not None and link.present and enrolment.is_active,
        }


def _keys(source: str, kind: str, targets: set[int]) -> dict[int, str]:
    if not targets:
        return {}
    return {
        pk: next(iter(own))
        for pk, links in links_to(kind, targets).items()
        if (own := [link.value for link in links if link.source == source])
    }

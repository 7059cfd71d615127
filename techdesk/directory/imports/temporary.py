"""Which person added by hand a new row of a roster is: the same card number, or the same name and grade."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from techdesk.base.text import fold
from techdesk.directory.models import ExternalId, Person, RoleAssignment
from techdesk.jobs.hooks import Scope, note, refuse
from techdesk.jobs.models import ImportRow


@dataclass(frozen=True)
class Temporaries:
    """People added by hand whom no source lists yet.

    people: by id. roles: in force, by person id. links: what sources call them, by person id.
    """

    people: Mapping[int, Person]
    roles: Mapping[int, Sequence[RoleAssignment]]
    links: Mapping[int, Sequence[ExternalId]]

    def find(self, row: ImportRow, school_ids: Iterable[int | None], scope: Scope) -> Person | None:
        """The one person that a row (kind, given_name, family_name, identifier, grade) joins; None for nobody.

        Card number first; else name and grade, unless both have a card number and they differ. Refuses a row that
        could be several people (`two_candidates`): a stranger's devices must not land at a student by chance.
        """
        here = [p for p in self.people.values() if self._may_be(p, row, set(school_ids))]
        number = fold(row.data.get("identifier", ""))
        found = [p for p in here if number and fold(p.identifier) == number]
        found = found or [p for p in here if self._same_name(p, row, number)]
        if not found:
            return None
        if len(found) > 1 or scope.claim("temporary", str(found[0].pk), row):
            message = _(
                "Several people could be this one, because somebody was added by hand with this name and grade."
                " Write the card number on the right one's page, then import again."
            )
            refuse(row, "two_candidates", message)
            return None
        return found[0]

    def _may_be(self, person: Person, row: ImportRow, school_ids: set[int | None]) -> bool:
        if not person.is_temporary or person.kind != row.data["kind"] or self.links.get(person.pk):
            return False
        return any(held.school_id in school_ids for held in self.roles.get(person.pk, ()))

    def _same_name(self, person: Person, row: ImportRow, number: str) -> bool:
        if number and person.identifier:
            return False
        name = fold(f"{row.data['given_name']} {row.data['family_name']}")
        return fold(person.name) == name and _grade(person.grade) == _grade(row.data.get("grade", ""))


def _grade(text: str) -> str:
    """ "5" and "05" are one grade."""
    return fold(text).lstrip("0") or fold(text)


def tell_joined(row: ImportRow) -> None:
    note(row, "joins_temporary", _("Joins the record that was added by hand; devices and requests stay with it."))

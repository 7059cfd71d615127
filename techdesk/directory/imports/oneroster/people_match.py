"""Which person a row of users.csv is: by sourcedId, else the one whose e-mail and name it has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from techdesk.base.text import fold
from techdesk.directory.choices import PersonKind
from techdesk.directory.imports.temporary import Temporaries
from techdesk.directory.models import ExternalId, Person, RoleAssignment
from techdesk.directory.queries.links import links_of, links_to
from techdesk.jobs.hooks import Scope, note, refuse
from techdesk.jobs.models import ImportRow


@dataclass
class Known:
    """What the directory knows about a batch, in six queries. While applying, the people are locked."""

    links: dict[str, ExternalId]
    people: dict[int, Person]
    by_email: dict[str, Person]
    links_to: dict[int, list[ExternalId]]
    roles: dict[int, list[RoleAssignment]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Sequence[ImportRow], scope: Scope) -> Known:
        links = links_of(scope.run.source, "person", (row.key for row in rows))
        emails = {row.data["email"] for row in rows if row.data.get("email")}
        named = Person.objects.alias(lower=Lower("email")).filter(lower__in=emails).values_list("pk", flat=True)
        ids = {link.target_id for link in links.values()} | set(named)
        # Whoever was added by hand may be one of the rows; there are few of them at a time.
        found = Person.objects.filter(Q(pk__in=ids) | Q(is_temporary=True)).order_by("pk")
        people = {p.pk: p for p in (found.select_for_update(of=("self",), no_key=True) if scope.applying else found)}
        roles = defaultdict(list)
        for held in RoleAssignment.objects.in_force().filter(person_id__in=people).order_by("pk"):
            roles[held.person_id].append(held)
        return cls(
            links=links,
            people=people,
            by_email={p.email.lower(): p for p in people.values() if p.email},
            links_to=links_to("person", people),
            roles=dict(roles),
        )


class Matches:
    """school_ids: code of a school -> its id."""

    def __init__(self, known: Known, scope: Scope, school_ids: Mapping[str, int]) -> None:
        self.known = known
        self.scope = scope
        self.school_ids = school_ids
        self.temporaries = Temporaries(known.people, known.roles, known.links_to)

    def find(self, row: ImportRow) -> Person | None:
        """The person of the row, or None for a new one. Refuses rows whose e-mail belongs to somebody else.

        A guardian's address is a contact, often shared by two: there a taken one is left out instead.
        """
        link = self.known.links.get(row.key)
        person = self.known.people.get(link.target_id) if link else None
        if "_bad_email" in row.data:
            note(row, "bad_email", _("The email address is not one, so it was left out."))
        person = self._by_email(row, person)
        if person is None and link is None and not row.verdict and row.data["kind"] != PersonKind.GUARDIAN:
            codes = {word.partition("@")[2] for word in row.data.get("roles", ())}
            return self.temporaries.find(row, [self.school_ids.get(code) for code in codes], self.scope)
        return person

    def _by_email(self, row: ImportRow, person: Person | None) -> Person | None:
        email = row.data.get("email", "")
        if not email:
            return person
        if first := self.scope.claim("email", email, row):
            self._taken(row, _("%(first)s has the same email address.") % {"first": first})
            return person
        holder = self.known.by_email.get(email)
        if holder is None or (person is not None and holder.pk == person.pk):
            return person
        if person is None and self._is_same(row, holder):
            return holder
        self._taken(row, _("Somebody else here has this email address already. Correct it in one of the two places."))
        return person

    def _is_same(self, row: ImportRow, holder: Person) -> bool:
        """May the row be joined to a person that was added by hand, or that this roster had and let go?"""
        if holder.is_service or holder.kind != row.data["kind"]:
            return False
        own = [one for one in self.known.links_to.get(holder.pk, []) if one.source == self.scope.run.source]
        if any(one.present for one in own) or not (holder.is_active or own):
            return False
        return fold(holder.name) == fold(f"{row.data['given_name']} {row.data['family_name']}")

    def _taken(self, row: ImportRow, message: str) -> None:
        if row.data["kind"] == PersonKind.GUARDIAN:
            del row.data["email"]
            note(row, "email_left_out", message + " " + _("This contact was taken without it."))
        else:
            refuse(row, "duplicate_email", message)

"""Which person a key of a plain file means: the one this source calls so, else by card number, else by e-mail.

Never by name alone: names only have to fit the person that was found otherwise.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy

from techdesk.base.text import fold
from techdesk.directory.models import ExternalId, Guardianship, Person, RoleAssignment, School
from techdesk.directory.queries.links import links_of, links_to
from techdesk.jobs.hooks import Scope
from techdesk.jobs.models import ImportRow

OTHER_SCHOOL = gettext_lazy(
    "This person belongs to a school you do not import for. Ask the district office to move them."
)


@dataclass(frozen=True)
class Known:
    """What the directory knows of a batch, in seven queries. While applying, the people are locked.

    by_card: people of the school of the import, by lower-case card number. homes: the schools that know a person: of
    the roles they hold, or of those they held, where they hold none any more; None among them is the whole district.
    """

    links: Mapping[str, ExternalId]
    people: Mapping[int, Person]
    by_card: Mapping[str, Sequence[Person]]
    by_email: Mapping[str, Person]
    links_to: Mapping[int, Sequence[ExternalId]]
    roles: Mapping[int, Sequence[RoleAssignment]]
    homes: Mapping[int, Collection[int | None]]

    @classmethod
    def of(cls, rows: Sequence[ImportRow], scope: Scope) -> Known:
        keys = {row.key for row in rows}
        cards = {row.data["identifier"].lower() for row in rows if row.data.get("identifier")}
        emails = {row.data["email"] for row in rows if row.data.get("email")}
        for key in keys:  # a row that says no more than that somebody left
            if key.startswith("card:"):
                cards.add(key.removeprefix("card:"))
            elif key.startswith("mail:"):
                emails.add(key.removeprefix("mail:"))
        links = links_of(scope.run.source, "person", keys)
        ids = {link.target_id for link in links.values()} | _with_cards(cards, scope) | _with_emails(emails)
        found = Person.objects.filter(pk__in=ids).order_by("pk")
        people = {p.pk: p for p in (found.select_for_update(of=("self",), no_key=True) if scope.applying else found)}
        roles, homes = _roles(people)
        by_card = defaultdict(list)
        for person in people.values():
            if person.identifier and scope.run.school_id in homes[person.pk]:
                by_card[person.identifier.lower()].append(person)
        return cls(
            links=links,
            people=people,
            by_card=by_card,
            by_email={p.email.lower(): p for p in people.values() if p.email},
            links_to=links_to("person", people),
            roles=roles,
            homes=homes,
        )


def school_of(scope: Scope) -> School:
    """The school of the import: this kind does not begin without one."""
    school = scope.run.school
    assert school is not None  # noqa: S101
    return school


def _with_cards(cards: Collection[str], scope: Scope) -> set[int]:
    here = RoleAssignment.objects.filter(school=school_of(scope)).values("person_id")
    found = Person.objects.alias(lower=Lower("identifier")).filter(lower__in=cards, identifier__gt="", pk__in=here)
    return set(found.values_list("pk", flat=True)) if cards else set()


def _with_emails(emails: Collection[str]) -> set[int]:
    found = Person.objects.alias(lower=Lower("email")).filter(lower__in=emails)
    return set(found.values_list("pk", flat=True)) if emails else set()


def _roles(people: Iterable[int]) -> tuple[dict[int, list[RoleAssignment]], dict[int, set[int | None]]]:
    held: dict[int, list[RoleAssignment]] = defaultdict(list)
    homes: dict[int, set[int | None]] = defaultdict(set)
    once: dict[int, set[int | None]] = defaultdict(set)
    for one in RoleAssignment.objects.filter(person_id__in=list(people)).order_by("pk"):
        once[one.person_id].add(one.school_id)
        if one.ended_at is None:
            held[one.person_id].append(one)
            homes[one.person_id].add(one.school_id)
    for pk, schools in once.items():
        if not homes[pk]:
            homes[pk] = schools
    return dict(held), homes


def names_fit(person: Person, facts: Mapping[str, Any]) -> bool:
    """May this be the same person? One of the two names is the same, for people marry and shorten their names."""
    given, family = fold(str(facts["given_name"])), fold(str(facts["family_name"]))
    return fold(person.family_name) == family or fold(person.given_name) == given


def find_people(keys: Collection[str], scope: Scope) -> dict[str, int]:
    """Key -> id, for what other rows refer to: by the links of this source, else by card number here, else by
    e-mail. What could be several people is nobody."""
    found = {key: link.target_id for key, link in links_of(scope.run.source, "person", keys).items()}
    cards = {key.removeprefix("card:") for key in keys if key not in found and key.startswith("card:")}
    emails = {key.removeprefix("mail:") for key in keys if key not in found and key.startswith("mail:")}
    here = RoleAssignment.objects.in_force().filter(school=school_of(scope)).values("person_id")
    people = Person.objects.alias(card=Lower("identifier"), address=Lower("email")).filter(
        Q(card__in=cards, identifier__gt="", pk__in=here) | Q(address__in=emails, pk__in=here)
    )
    several: dict[str, list[int]] = defaultdict(list)
    for pk, card, email in people.values_list("pk", "identifier", "email"):
        several[f"card:{card.casefold()}"].append(pk)
        several[f"mail:{(email or '').lower()}"].append(pk)
    for key in keys:
        if key not in found and len(several.get(key, ())) == 1:
            found[key] = several[key][0]
    return found


def foreigners(ids: Collection[int], scope: Scope) -> set[int]:
    """Those of `ids` who belong only to schools that whoever imports may not import for. The command may for all."""
    allowed = scope.allowed_schools()
    if allowed is None or not ids:
        return set()
    reach = {*allowed, scope.run.school_id}
    homes = _roles(ids)[1]
    return {pk for pk in ids if homes.get(pk) and not reach & homes[pk]}


def guardians_of_foreigners(ids: Collection[int], scope: Scope) -> set[int]:
    """The guardians among `ids` who look after somebody that is a foreigner here: their facts are not this file's."""
    if scope.allowed_schools() is None or not ids:
        return set()
    pairs = list(
        Guardianship.objects.in_force().filter(guardian_id__in=list(ids)).values_list("guardian_id", "student_id")
    )
    foreign = foreigners({student for _guardian, student in pairs}, scope)
    return {guardian for guardian, student in pairs if student in foreign}

"""Columns of the list of people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _

from techdesk.directory.choices import AccountState
from techdesk.directory.models import Person
from techdesk.directory.queries import account_state, invitations_of, roles_of
from techdesk.ui.lists import Column

PEOPLE = (
    Column("name", _("Name"), sort="sort_name", phone="main"),
    Column("roles", _("Roles")),
    Column("identifier", _("Card number"), css="tag"),
    Column("account", _("Account"), phone="state"),
)


@dataclass(frozen=True)
class PersonRow:
    """One line of the list."""

    person: Person
    roles: str
    account: AccountState

    def __getattr__(self, name: str) -> Any:
        return getattr(self.person, name)


def person_rows(people: Iterable[Person], viewer: Person) -> list[PersonRow]:
    """Lines for one page of people, with the roles that `viewer` may know of. Two queries, however many."""
    people = list(people)
    roles, invitations = roles_of(people, viewer), invitations_of(people)
    return [
        PersonRow(
            person=person,
            roles=", ".join([*(held.words for held in roles.get(person.pk, [])), *_waiting(person)]),
            account=account_state(person, invitations.get(person.pk)),
        )
        for person in people
    ]


def _waiting(person: Person) -> list[str]:
    """How long somebody who was added by hand waits for the roster to list them."""
    if not person.is_temporary:
        return []
    return [_("not in the roster, added %(since)s ago") % {"since": timesince(person.created_at, depth=1)}]

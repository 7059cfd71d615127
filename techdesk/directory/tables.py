"""Columns of the list of people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.timesince import timesince
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from techdesk.api.domains import domains
from techdesk.api.models import ApiToken
from techdesk.directory.choices import AccountState, TokenState
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


OWN_TOKENS = (
    Column("name", _("For"), phone="main"),
    Column("prefix", _("Begins with"), css="tag"),
    Column("scope", _("Allowed")),
    Column("domains", _("Parts")),
    Column("school", _("School")),
    Column("last_used_at", _("Last used")),
    Column("expires_at", _("Ends")),
    Column("state", _("State"), phone="state"),
)
TOKENS = (OWN_TOKENS[0], Column("owner", _("Owner")), *OWN_TOKENS[1:])


@dataclass(frozen=True)
class TokenRow:
    """A token in words. Nothing in here, nor anywhere else, leads to its secret."""

    token: ApiToken

    @property
    def scope(self) -> str:
        return str(self.token.get_scope_display())

    @property
    def domains(self) -> str:
        known = domains()
        words = [str(known[name].label) if name in known else name for name in self.token.domains]
        return " · ".join(words) or gettext("Everything")

    @property
    def school(self) -> str:
        return self.token.school.name if self.token.school else gettext("All")

    @property
    def owner(self) -> str:
        owner: Person = self.token.person
        return owner.name

    @property
    def state(self) -> TokenState:
        if self.token.revoked_at is not None:
            return TokenState.REVOKED
        if not self.token.person.is_active:
            return TokenState.OWNER_OFF
        return TokenState.IN_FORCE if self.token.is_in_force else TokenState.EXPIRED

    def get_absolute_url(self) -> str:
        return reverse("directory:token", args=[self.token.key])

    def __getattr__(self, name: str) -> Any:
        return getattr(self.token, name)


def token_rows(tokens: Iterable[ApiToken]) -> list[TokenRow]:
    """Lines for tokens that were loaded with owner and school."""
    return [TokenRow(token) for token in tokens]

"""The link sets one password, once; whatever is wrong with it is one calm refusal."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

import pytest

from techdesk.audit.models import AuditEntry
from techdesk.base.clock import now
from techdesk.base.errors import BadInput
from techdesk.directory.actions import InvitationGone, accept_invitation, deactivate_people, find_invitation, invite
from techdesk.directory.links import token_of
from techdesk.directory.models import Invitation, Person
from techdesk.notifications.models import Notification
from tests.directory.actions.test_invite import newcomer
from tests.factories import PersonFactory

GOOD = "violet ladder morning"


@pytest.fixture
def person(db: Any) -> Any:
    return newcomer(given_name="Anastasia", email="anastasia@district.example")


@pytest.fixture
def invitation(admin: Any, person: Any) -> Any:
    return invite(actor=admin, people=[person])[0]


def test_it_works(person: Any, invitation: Any) -> None:
    accepted = accept_invitation(token=token_of(invitation.key), password=GOOD)

    assert accepted.pk == person.pk
    kept = Person.objects.get(pk=person.pk)
    assert kept.check_password(GOOD) and kept.has_password
    invitation.refresh_from_db()
    assert invitation.state == "used" and invitation.revoked_at is None
    entry = AuditEntry.objects.about(kept).last()
    assert (entry.verb, entry.actor_id) == ("accept_invitation", person.pk)
    unread = Notification.objects.for_person(person).unread()
    assert [notice.kind for notice in unread] == ["directory.password_set"], "the invitation needs no reading any more"


def test_a_link_works_once(invitation: Any) -> None:
    accept_invitation(token=token_of(invitation.key), password=GOOD)
    with pytest.raises(InvitationGone) as refusal:
        accept_invitation(token=token_of(invitation.key), password="another good one")
    assert refusal.value.code == "invitation_used"


def test_an_expired_link_is_refused_to_the_second(invitation: Any) -> None:
    invitation.expires_at = now() - dt.timedelta(seconds=1)
    invitation.save()
    with pytest.raises(InvitationGone) as refusal:
        find_invitation(token_of(invitation.key))
    assert refusal.value.code == "invitation_expired"


def test_a_newer_link_ends_the_older(admin: Any, person: Any, invitation: Any) -> None:
    [newer] = invite(actor=admin, people=[person])
    with pytest.raises(InvitationGone) as refusal:
        accept_invitation(token=token_of(invitation.key), password=GOOD)
    assert refusal.value.code == "invitation_revoked"
    assert accept_invitation(token=token_of(newer.key), password=GOOD)


def test_somebody_who_is_off_stays_out(admin: Any, person: Any, invitation: Any) -> None:
    deactivate_people(actor=admin, people=[person])
    with pytest.raises(InvitationGone):
        accept_invitation(token=token_of(invitation.key), password=GOOD)
    assert not Person.objects.get(pk=person.pk).has_password


@pytest.mark.parametrize("change", [str.swapcase, str.upper, lambda t: t[:-1], lambda t: t + "A", lambda t: "", repr])
def test_a_garbled_token_is_unknown(invitation: Any, change: Any) -> None:
    with pytest.raises(InvitationGone) as refusal:
        accept_invitation(token=change(token_of(invitation.key)), password=GOOD)
    assert refusal.value.code == "invitation_unknown"


@pytest.mark.parametrize("password", ["short", "password123", "1234567890", "anastasia@district.example", ""])
def test_a_weak_password_is_refused_and_uses_nothing_up(person: Any, invitation: Any, password: str) -> None:
    with pytest.raises(BadInput) as refusal:
        accept_invitation(token=token_of(invitation.key), password=password)

    assert refusal.value.code == "weak_password" and refusal.value.errors["password"]
    invitation.refresh_from_db()
    assert invitation.state == "open"
    assert not Person.objects.get(pk=person.pk).has_password


@pytest.mark.django_db(transaction=True)
def test_two_at_once_and_one_wins(at_once: Any) -> None:
    admin, person = PersonFactory(), newcomer()
    [invitation] = invite(actor=admin, people=[person])
    token = token_of(invitation.key)

    answers = at_once(partial(accept_invitation, token=token, password=f"{GOOD} {turn}") for turn in range(4))

    assert sum(isinstance(answer, Person) for answer in answers) == 1
    assert {a.code for a in answers if isinstance(a, InvitationGone)} == {"invitation_used"}
    assert AuditEntry.objects.filter(verb="accept_invitation").count() == 1
    assert Invitation.objects.get(pk=invitation.pk).state == "used"

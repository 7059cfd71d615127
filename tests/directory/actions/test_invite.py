"""Inviting: a link by mail that no reader of the database can use; one open link per person; for many at once."""

from __future__ import annotations

import datetime as dt
import re
from functools import partial
from typing import Any

import pytest
from django.core import mail
from django.db import connection

from techdesk.audit.models import AuditEntry
from techdesk.base.clock import now
from techdesk.base.errors import NotPossible
from techdesk.directory.actions import accept_invitation, invite
from techdesk.directory.links import hash_of, link_path, token_of
from techdesk.directory.models import Invitation
from techdesk.notifications.actions import deliver_due
from techdesk.notifications.models import Delivery, Notification
from tests.factories import PersonFactory, StudentFactory


def newcomer(**facts: Any) -> Any:
    """Somebody the roster brought: an address, never a password."""
    person = (StudentFactory if facts.get("kind") == "student" else PersonFactory)(**facts)
    person.password = ""
    person.save()
    return person


def test_it_works(admin: Any) -> None:
    person = newcomer(email="ana@district.example")

    [invitation] = invite(actor=admin, people=[person])

    assert invitation.person_id == person.pk and invitation.state == "open"
    assert dt.timedelta(days=13, hours=23) < invitation.expires_at - now() <= dt.timedelta(days=14)
    assert AuditEntry.objects.about(person).get().verb == "invite"
    assert deliver_due() == 1
    [sent] = mail.outbox
    assert sent.to == ["ana@district.example"]
    [link] = re.findall(r"http://\S+/invitation/(\S+)/", sent.body)
    assert hash_of(link) == invitation.token_hash
    assert len(link) == 43


def test_no_row_of_the_database_holds_the_token(admin: Any) -> None:
    person = newcomer()
    [invitation] = invite(actor=admin, people=[person])
    deliver_due()
    token = token_of(invitation.key)
    assert token in mail.outbox[0].body

    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" AS t WHERE strpos(t::text, %s) > 0', [token])
            assert cursor.fetchone() == (0,), table


def test_another_secret_gives_another_token_and_the_old_mails_stay_good(admin: Any, settings: Any) -> None:
    [invitation] = invite(actor=admin, people=[newcomer()])
    old = link_path(invitation)

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 50, [settings.SECRET_KEY]
    assert link_path(invitation) == old  # a mail that waited for the server meanwhile
    settings.SECRET_KEY_FALLBACKS = []
    assert link_path(invitation) == ""
    assert accept_invitation(token=old.split("/")[-2], password="correct horse battery")


def test_inviting_again_revokes_the_first_link(admin: Any) -> None:
    person = newcomer()
    [first] = invite(actor=admin, people=[person])
    [second] = invite(actor=admin, people=[person])

    first.refresh_from_db()
    assert (first.state, second.state) == ("revoked", "open")
    assert Invitation.objects.open().filter(person=person).count() == 1
    assert Notification.objects.filter(recipient=person).count() == 2


def test_those_who_cannot_be_invited_are_left_out(admin: Any) -> None:
    good = newcomer()
    people = [
        PersonFactory(),  # has a password
        newcomer(email=None),
        newcomer(is_active=False),
        newcomer(kind="guardian"),
        good,
        newcomer(kind="student"),
    ]

    invited = invite(actor=admin, people=people)

    assert [invitation.person for invitation in invited] == [good, people[-1]]
    assert Delivery.objects.count() == 2


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"email": None}, "no_email"),
        ({"is_active": False}, "person_inactive"),
        ({"kind": "guardian"}, "no_login"),
        ({"kind": "service"}, "no_login"),
    ],
)
def test_nobody_left_to_invite_is_said(admin: Any, facts: dict[str, Any], code: str) -> None:
    with pytest.raises(NotPossible) as refusal:
        invite(actor=admin, people=[newcomer(**facts)])
    assert refusal.value.code == code
    assert str(refusal.value)
    assert not Invitation.objects.exists()


def test_somebody_with_a_password_is_not_invited(admin: Any) -> None:
    with pytest.raises(NotPossible) as refusal:
        invite(actor=admin, people=[PersonFactory()])
    assert refusal.value.code == "has_password"


def test_an_empty_selection_is_said(admin: Any) -> None:
    with pytest.raises(NotPossible) as refusal:
        invite(actor=admin, people=[])
    assert refusal.value.code == "nobody"


@pytest.mark.parametrize("many", [1, 3])
def test_queries_do_not_grow_with_people(admin: Any, many: int, django_assert_num_queries: Any) -> None:
    people = [newcomer() for _turn in range(many)]
    # savepoint, lock, revoke, invitations, versions, where they are known, audit, events, notices, which were
    # written, deliveries, release
    with django_assert_num_queries(12):
        invite(actor=admin, people=people)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_leave_one_open_link(at_once: Any) -> None:
    actor, person = PersonFactory(), newcomer()

    answers = at_once([partial(invite, actor=actor, people=[person])] * 4)

    assert all(isinstance(answer, list) for answer in answers)
    assert Invitation.objects.filter(person=person).count() == 4
    assert Invitation.objects.open().filter(person=person).count() == 1

"""A password is set by its owner: other sessions and invitations end, history and mail say so."""

from __future__ import annotations

from typing import Any

import pytest

from techdesk.audit.models import AuditEntry
from techdesk.base.errors import BadInput, NotPossible
from techdesk.directory.actions import change_own_settings, invite, mail_password_link, set_password
from techdesk.directory.models import Person
from techdesk.notifications.models import Notification
from tests.directory.actions.test_invite import newcomer
from tests.factories import PersonFactory, RoomFactory, person_with

GOOD = "violet ladder morning"


def test_it_works_and_ends_an_open_invitation(admin: Any) -> None:
    person = newcomer()
    [invitation] = invite(actor=admin, people=[person])

    set_password(actor=person, person=person, password=GOOD)

    assert Person.objects.get(pk=person.pk).check_password(GOOD)
    invitation.refresh_from_db()
    assert invitation.state == "revoked"
    assert AuditEntry.objects.about(person).last().verb == "set_password"
    assert Notification.objects.filter(recipient=person, kind="directory.password_set").count() == 1


def test_a_weak_one_changes_nothing(db: Any) -> None:
    person = PersonFactory()
    with pytest.raises(BadInput) as refusal:
        set_password(actor=person, person=person, password="12345")
    assert refusal.value.code == "weak_password"
    assert Person.objects.get(pk=person.pk).version == 1


@pytest.mark.parametrize(
    ("facts", "code"), [({"kind": "guardian"}, "no_login"), ({"is_active": False}, "person_inactive")]
)
def test_who_does_not_sign_in_has_no_password(db: Any, facts: dict[str, Any], code: str) -> None:
    person = newcomer(**facts)
    with pytest.raises(NotPossible) as refusal:
        set_password(actor=person, person=person, password=GOOD)
    assert refusal.value.code == code


def test_guardians_get_no_link(db: Any) -> None:
    guardian, teacher = newcomer(kind="guardian"), PersonFactory()
    mail_password_link(person=guardian)
    mail_password_link(person=teacher)
    assert list(Notification.objects.values_list("recipient", flat=True)) == [teacher.pk]


def test_own_settings(school: Any, elsewhere: Any) -> None:
    teacher = person_with("teacher", school)
    room, foreign = RoomFactory(school=school), RoomFactory(school=elsewhere)

    change_own_settings(actor=teacher, theme="dark", language="es", default_room=room)
    change_own_settings(actor=teacher, theme="dark", language="es", default_room=room)

    kept = Person.objects.get(pk=teacher.pk)
    assert (kept.theme, kept.language, kept.default_room_id, kept.version) == ("dark", "es", room.pk, 2)
    for wrong, field in (
        ({"theme": "neon"}, "theme"),
        ({"default_room": foreign}, "default_room"),
        ({"language": "xx"}, "language"),
    ):
        with pytest.raises(BadInput) as refusal:
            change_own_settings(actor=teacher, **{"theme": "dark", "language": "es", "default_room": None, **wrong})
        assert list(refusal.value.errors) == [field]

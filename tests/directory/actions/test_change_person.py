"""Changing a person: what changed is written, the same again is not, a stale form is refused."""

from __future__ import annotations

from typing import Any

import pytest

from techdesk.audit.models import AuditEntry
from techdesk.base.errors import BadInput, Stale
from techdesk.directory.actions import change_person, invite
from techdesk.directory.models import Person
from tests.factories import PersonFactory


def test_it_works(admin: Any) -> None:
    person = PersonFactory(given_name="Ana", family_name="Diaz")

    change_person(actor=admin, person=person, version=person.version, family_name="Diaz-Ruiz", phone="555 0100")

    kept = Person.objects.get(pk=person.pk)
    assert (kept.family_name, kept.phone, kept.version) == ("Diaz-Ruiz", "555 0100", 2)
    assert list(Person.objects.search("ruiz")) == [kept]
    assert AuditEntry.objects.about(kept).get().facts == {"fields": ["family_name", "phone"]}


def test_the_same_again_changes_nothing(admin: Any) -> None:
    person = PersonFactory(given_name="Ana")

    change_person(actor=admin, person=person, given_name="Ana", email=str(person.email).upper())

    assert Person.objects.get(pk=person.pk).version == 1
    assert not AuditEntry.objects.about(person).exists()


def test_a_stale_version_is_refused(admin: Any) -> None:
    person = PersonFactory()
    change_person(actor=admin, person=person, phone="1")

    with pytest.raises(Stale) as refusal:
        change_person(actor=admin, person=person, version=1, phone="2")

    assert refusal.value.status == 412
    assert Person.objects.get(pk=person.pk).phone == "1"


def test_an_address_that_is_taken_is_refused(admin: Any) -> None:
    PersonFactory(email="ana@district.example")
    person = PersonFactory(email="other@district.example")

    with pytest.raises(BadInput) as refusal:
        change_person(actor=admin, person=person, email="Ana@District.example")

    assert refusal.value.code == "duplicate_email"
    assert Person.objects.get(pk=person.pk).email == "other@district.example"


def test_a_new_address_ends_the_invitation_that_went_to_the_old_one(admin: Any) -> None:
    person = PersonFactory(password="")
    person.set_unusable_password()
    person.save()
    [invitation] = invite(actor=admin, people=[person])

    change_person(actor=admin, person=person, email="new@district.example")

    invitation.refresh_from_db()
    assert invitation.state == "revoked"


def test_roles_and_passwords_are_not_changed_this_way(admin: Any) -> None:
    for field in ("password", "is_active", "kind", "key"):
        with pytest.raises(TypeError):
            change_person(actor=admin, person=admin, **{field: "x"})

"""Adding a person: stored clean, found by folded text, refused field by field; one address, one person."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from techdesk.audit.models import AuditEntry, ChangeEvent
from techdesk.base.errors import BadInput
from techdesk.directory.actions import create_person
from techdesk.directory.models import Person
from tests.factories import PersonFactory


def test_it_works(admin: Any) -> None:
    person = create_person(
        actor=admin,
        kind="staff",
        given_name=" Zoë \x07",
        family_name="García  Núñez",
        email=" Zoe.Garcia@District.EXAMPLE ",
        identifier="T-17",
    )

    person = Person.objects.get(pk=person.pk)
    assert (person.given_name, person.family_name) == ("Zoë", "García Núñez")
    assert person.email == "zoe.garcia@district.example"
    assert person.sort_name == "garcia nunez zoe"
    assert not person.has_password and not person.check_password("")
    assert list(Person.objects.search("nunez t-17")) == [person]


def test_history_is_written_without_the_name(admin: Any) -> None:
    person = create_person(actor=admin, kind="student", given_name="Mateo", family_name="Rivera", email="m@x.example")

    entry = AuditEntry.objects.about(person).get()
    assert (entry.verb, entry.actor_id, entry.facts) == ("create", admin.pk, {"kind": "student"})
    assert ChangeEvent.objects.get(object_key=person.public_key).version == 1


def test_people_without_an_address_are_many(admin: Any) -> None:
    for email in (None, "", "  "):
        assert create_person(actor=admin, kind="student", given_name="A", family_name="B", email=email).email is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("given_name", ""),
        ("given_name", "\x00 "),
        ("family_name", "x" * 101),
        ("kind", "robot"),
        ("email", "not an address"),
        ("email", "a@" + "x" * 300 + ".example"),
        ("identifier", "9" * 61),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(admin: Any, field: str, value: str) -> None:
    facts = {"kind": "staff", "given_name": "Ana", "family_name": "Diaz", field: value}
    before = Person.objects.count()

    with pytest.raises(BadInput) as refusal:
        create_person(actor=admin, **facts)

    assert list(refusal.value.errors) == [field]
    assert Person.objects.count() == before


def test_an_address_belongs_to_one_person_whatever_its_case(admin: Any) -> None:
    PersonFactory(email="ana@district.example")

    with pytest.raises(BadInput) as refusal:
        create_person(actor=admin, kind="staff", given_name="Ana", family_name="Diaz", email="ANA@district.example")

    assert refusal.value.code == "duplicate_email"
    assert "email" in refusal.value.errors


@pytest.mark.django_db(transaction=True)
def test_two_at_once_with_one_address_make_one_person(at_once: Any) -> None:
    actor = PersonFactory()
    call = partial(create_person, actor=actor, kind="staff", given_name="A", family_name="B", email="a@x.example")

    answers = at_once([call] * 4)

    assert sum(isinstance(answer, Person) for answer in answers) == 1
    assert {a.code for a in answers if not isinstance(a, Person)} == {"duplicate_email"}
    assert Person.objects.filter(email="a@x.example").count() == 1

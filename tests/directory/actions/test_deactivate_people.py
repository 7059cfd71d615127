"""Switching people off: at once and for good, for many in a constant number of queries; and on again."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from techdesk.audit.models import AuditEntry
from techdesk.base.errors import NotPossible
from techdesk.directory.actions import deactivate_people, invite, reactivate_people, service_person
from techdesk.directory.models import Invitation, Person
from techdesk.directory.signals import person_deactivated
from tests.factories import PersonFactory, person_with


@pytest.fixture
def heard() -> Any:
    told: list[int] = []

    def listen(*, person_id: int, **_facts: Any) -> None:
        told.append(person_id)

    person_deactivated.connect(listen)
    yield told
    person_deactivated.disconnect(listen)


def test_it_works(admin: Any, heard: list[int], django_capture_on_commit_callbacks: Any) -> None:
    people = PersonFactory.create_batch(3)

    with django_capture_on_commit_callbacks(execute=True):
        left = deactivate_people(actor=admin, people=people)

    assert [person.pk for person in left] == sorted(person.pk for person in people)
    for person in Person.objects.filter(pk__in=[p.pk for p in people]):
        assert not person.is_active and person.deactivated_at and person.version == 2
        assert AuditEntry.objects.about(person).get().verb == "deactivate"
    assert sorted(heard) == sorted(person.pk for person in people)


def test_a_receiver_that_fails_stops_nobody(admin: Any, django_capture_on_commit_callbacks: Any) -> None:
    def fail(**_facts: Any) -> None:
        raise RuntimeError("broken")

    person_deactivated.connect(fail)
    try:
        person = PersonFactory()
        with django_capture_on_commit_callbacks(execute=True):
            deactivate_people(actor=admin, people=[person])
    finally:
        person_deactivated.disconnect(fail)
    assert not Person.objects.get(pk=person.pk).is_active


def test_twice_changes_nothing_and_tells_nobody(
    admin: Any, heard: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    person = PersonFactory()
    with django_capture_on_commit_callbacks(execute=True):
        deactivate_people(actor=admin, people=[person])
        assert deactivate_people(actor=admin, people=[person]) == []

    assert heard == [person.pk]
    assert Person.objects.get(pk=person.pk).version == 2


def test_not_oneself_and_not_the_house(admin: Any) -> None:
    colleague = PersonFactory()
    for victim, code in ((admin, "yourself"), (service_person("scheduler"), "service_person")):
        with pytest.raises(NotPossible) as refusal:
            deactivate_people(actor=admin, people=[colleague, victim])
        assert refusal.value.code == code
    assert Person.objects.get(pk=colleague.pk).is_active


def test_open_invitations_are_revoked(admin: Any) -> None:
    person = PersonFactory(email="new@district.example")
    person.set_unusable_password()
    person.save()
    invite(actor=admin, people=[person])

    deactivate_people(actor=admin, people=[person])

    assert Invitation.objects.get(person=person).state == "revoked"


def test_the_very_next_request_is_refused_and_the_session_never_comes_back(
    admin: Any, school: Any, signed_in: Any
) -> None:
    teacher = person_with("teacher", school)
    client: Client = signed_in(teacher)
    page = reverse("directory:settings")
    assert client.get(page).status_code == 200

    deactivate_people(actor=admin, people=[teacher])
    assert client.get(page).status_code == 302
    assert client.get(page, headers={"HX-Request": "true"}).status_code == 401

    reactivate_people(actor=admin, people=[teacher])
    assert client.get(page).status_code == 302

    fresh = signed_in(Person.objects.get(pk=teacher.pk))
    assert fresh.get(page).status_code == 200


def test_a_session_used_by_nobody_meanwhile_stays_dead(admin: Any, school: Any, signed_in: Any) -> None:
    """Off and on between two requests: Django would not notice by itself."""
    teacher = person_with("teacher", school)
    client = signed_in(teacher)

    deactivate_people(actor=admin, people=[teacher])
    reactivate_people(actor=admin, people=[teacher])

    assert client.get(reverse("directory:settings")).status_code == 302


def test_reactivating_twice_is_one_change(admin: Any) -> None:
    person = PersonFactory(is_active=False)

    assert len(reactivate_people(actor=admin, people=[person])) == 1
    assert reactivate_people(actor=admin, people=[person]) == []
    assert [entry.verb for entry in AuditEntry.objects.about(person)] == ["reactivate"]


@pytest.mark.parametrize("many", [1, 3])
def test_queries_do_not_grow_with_people(admin: Any, many: int, django_assert_num_queries: Any) -> None:
    people = PersonFactory.create_batch(many)
    # savepoint, lock, people, invitations, where they are known, audit, events, release
    with django_assert_num_queries(8):
        deactivate_people(actor=admin, people=people)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_change_each_person_once(at_once: Any) -> None:
    actor, people = PersonFactory(), PersonFactory.create_batch(6)

    answers = at_once(
        [
            partial(deactivate_people, actor=actor, people=people),
            partial(deactivate_people, actor=actor, people=list(reversed(people))),
        ]
    )

    assert sum(len(answer) for answer in answers) == 6
    assert AuditEntry.objects.filter(verb="deactivate").count() == 6

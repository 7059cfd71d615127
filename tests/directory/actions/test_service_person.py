"""Named service people: made once, also by two at once; nobody signs in as one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from techdesk.audit.models import AuditEntry
from techdesk.directory.actions import service_person
from techdesk.directory.models import Person


@pytest.mark.django_db
def test_it_is_made_once_and_acts_for_itself() -> None:
    first = service_person("scheduler")
    again = service_person("scheduler")

    assert again.pk == first.pk
    assert first.is_service and not first.has_password and first.email is None
    assert AuditEntry.objects.about(first).get().actor_id == first.pk


@pytest.mark.django_db
def test_each_name_is_somebody_else() -> None:
    assert service_person("scheduler").pk != service_person("roster").pk


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["", "Scheduler", " roster"])
def test_a_name_that_is_not_a_slug_is_a_mistake(slug: str) -> None:
    with pytest.raises(ValueError, match="lower-case"):
        service_person(slug)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_get_the_same_person() -> None:
    def ask(_turn: int) -> int:
        try:
            return service_person("scheduler").pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        found = set(threads.map(ask, range(8)))

    assert len(found) == 1
    assert Person.objects.filter(kind="service").count() == 1

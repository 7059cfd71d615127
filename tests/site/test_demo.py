"""The demo district: complete, deterministic, loaded once, and never where strangers could sign in."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from devices.models import Category, Custody, Device
from techdesk.base.errors import NotPossible
from techdesk.directory.models import District, Person, School
from techdesk.site.demo import plan
from techdesk.site.demo.load import load_demo
from tests.factories import PersonFactory
from tickets.models import Message, Ticket


def _snapshot() -> dict[str, Any]:
    return {
        "people": sorted(map(str, Person.objects.values_list("sort_name", "email", "identifier", "grade"))),
        "devices": sorted(
            map(str, Device.objects.values_list("asset_tag", "serial", "status", "home_slot", "condition"))
        ),
        "custodies": Custody.objects.count(),
        "tickets": sorted(map(str, Ticket.objects.values_list("subject", "status", "priority"))),
    }


@pytest.mark.django_db
def test_it_has_what_it_promises_and_a_second_load_changes_nothing() -> None:
    assert load_demo() is True
    assert School.objects.count() == 4
    assert 870 <= Person.objects.count() <= 930
    assert Device.objects.count() == 620
    assert Device.objects.carts().count() == 16
    assert Ticket.objects.count() == 150
    assert set(Ticket.objects.values_list("status", flat=True)) == {
        "new",
        "open",
        "waiting",
        "resolved",
        "closed",
        "cancelled",
    }
    assert set(Device.objects.values_list("status", flat=True)) >= {"in_stock", "in_use", "in_repair", "lost"}
    assert Category.objects.filter(slug="board").exists()
    assert Message.objects.filter(is_internal=True).exists()
    before = _snapshot()
    assert load_demo() is False
    assert _snapshot() == before


@pytest.mark.django_db
def test_it_is_the_same_every_time_and_moves_with_the_calendar() -> None:
    day = dt.date(2026, 10, 7)
    load_demo(today=day)
    assert Ticket.objects.newest_first()[0].subject
    assert Device.objects.get(asset_tag="C-0001").purchased_on.year <= day.year
    year = plan.year_around(day)
    assert year.starts_on < day < year.ends_on
    assert plan.year_around(dt.date(2027, 5, 1)).starts_on == dt.date(2026, 8, 15)


@pytest.mark.django_db
def test_every_account_can_sign_in_with_the_printed_password(client: Any) -> None:
    load_demo()
    for name, (given, family, _role, _school, _words) in plan.ACCOUNTS.items():
        person = Person.objects.get(email=f"{name}@{plan.DOMAIN}")
        assert person.name == f"{given} {family}"
        assert client.login(email=person.email, password=plan.PASSWORD)


@pytest.mark.django_db
def test_it_is_refused_outside_a_demo_and_in_a_database_with_people(settings: Any) -> None:
    settings.DEMO = settings.TESTING = False
    with pytest.raises(NotPossible) as refusal:
        load_demo()
    assert refusal.value.code == "demo_not_allowed"
    settings.DEMO = True
    PersonFactory()
    with pytest.raises(NotPossible) as refusal:
        load_demo()
    assert refusal.value.code == "not_empty"
    assert not District.objects.exists()


def test_settings_refuse_demo_data_behind_a_public_address() -> None:
    import os
    import subprocess
    import sys

    environment = {**os.environ, "TECHDESK_DEMO": "1", "TECHDESK_BASE_URL": "https://techdesk.district.example"}
    tried = subprocess.run(
        [sys.executable, "-c", "import techdesk.settings"], env=environment, capture_output=True, text=True, check=False
    )
    assert tried.returncode != 0
    assert "TECHDESK_DEMO" in tried.stderr

"""Two weeks of school after somebody was added by hand, the technicians of the school hear of it, once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine

from techdesk.directory.actions import add_person, service_person, tell_of_temporaries
from techdesk.directory.models import ClosedDay
from techdesk.notifications.models import Notification
from tests.factories import SchoolFactory, person_with

pytestmark = pytest.mark.django_db
ADDED = dt.datetime(2026, 10, 5, 15, tzinfo=dt.UTC)  # a Monday; ten school days later is Monday the 19th


def test_once_and_only_after_ten_school_days() -> None:
    school, elsewhere = SchoolFactory(), SchoolFactory()
    technician = person_with("technician", school)
    person_with("technician", elsewhere)
    ClosedDay.objects.create(school=school, on=dt.date(2026, 10, 12), name="Fall break")
    scheduler: Any = service_person("scheduler")
    with time_machine.travel(ADDED, tick=False) as now:
        kim = add_person(
            actor=technician, school=school, kind="student", given_name="Kim", family_name="Núñez", grade="5"
        )
        for day, told in ((18, 0), (19, 0), (20, 1), (20, 1), (28, 1)):
            now.move_to(dt.datetime(2026, 10, day, 20, tzinfo=dt.UTC))
            tell_of_temporaries(actor=scheduler)
            assert Notification.objects.count() == told, day
    notice = Notification.objects.get()
    assert (notice.recipient, notice.path) == (technician, kim.get_absolute_url())
    assert "Kim" not in notice.title + notice.body


def test_who_is_off_or_listed_is_no_matter_any_more() -> None:
    school = SchoolFactory()
    technician = person_with("technician", school)
    with time_machine.travel(ADDED, tick=False) as now:
        facts = {"kind": "student", "given_name": "Kim", "family_name": "Núñez", "grade": "5"}
        off, listed = (add_person(actor=technician, school=school, **facts) for _turn in range(2))
        off.is_active = False
        off.save()
        listed.is_temporary = False
        listed.save()
        now.move_to(dt.datetime(2026, 11, 20, 20, tzinfo=dt.UTC))
        assert tell_of_temporaries(actor=service_person("scheduler")) == 0

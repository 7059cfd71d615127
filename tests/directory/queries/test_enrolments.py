"""Who is in a class today: by the dates of enrollment and school year, on the calendar of the class's school."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine

from techdesk.directory.models import Enrolment, Person, SchoolYear
from tests.factories import SchoolFactory, SectionFactory, enrol, person_with

pytestmark = pytest.mark.django_db
#: 7 October 2026, 23:30 in Chicago and 18:30 in Honolulu; the 8th in New York.
MOMENT = dt.datetime(2026, 10, 8, 4, 30, tzinfo=dt.UTC)
THE_SEVENTH, THE_EIGHTH, THE_SIXTH = (dt.date(2026, 10, day) for day in (7, 8, 6))


@pytest.mark.parametrize(
    ("zone", "begins_on", "ends_on", "year_ends_on", "sees"),
    [
        ("America/Chicago", None, None, None, True),
        ("America/Chicago", THE_SEVENTH, THE_SEVENTH, THE_SEVENTH, True),
        ("America/Chicago", None, THE_SIXTH, None, False),
        ("America/Chicago", THE_EIGHTH, None, None, False),
        ("America/Chicago", None, None, THE_SIXTH, False),
        ("America/New_York", None, THE_SEVENTH, None, False),
        ("America/New_York", THE_EIGHTH, None, None, True),
        ("America/New_York", None, None, THE_SEVENTH, False),
        ("Pacific/Honolulu", None, THE_SEVENTH, None, True),
    ],
)
def test_a_teacher_sees_who_is_in_the_class_today(
    zone: str, begins_on: Any, ends_on: Any, year_ends_on: Any, sees: bool
) -> None:
    school = SchoolFactory(time_zone=zone)
    teacher, student = person_with("teacher", school), person_with("student", school)
    year = None
    if year_ends_on:
        year = SchoolYear.objects.create(name="y", starts_on=dt.date(2025, 8, 1), ends_on=year_ends_on)
    enrol(SectionFactory(school=school, year=year), teacher=teacher, students=[student])
    Enrolment.objects.filter(person=student).update(begins_on=begins_on, ends_on=ends_on)
    with time_machine.travel(MOMENT, tick=False):
        assert Person.objects.visible_to(teacher).filter(pk=student.pk).exists() is sees

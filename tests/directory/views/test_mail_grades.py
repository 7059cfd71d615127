"""Which grades get mail: set on the page of the school, followed from the district, or none at all."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from techdesk.directory.queries.settings import own_values, value_of
from tests.factories import SchoolFactory, person_with

pytestmark = pytest.mark.django_db
NAME = "grades_with_mail"


@pytest.mark.parametrize(("ticked", "kept"), [(["04", "05"], ["04", "05"]), (["-"], []), (["-", "KG"], ["KG"])])
def test_what_is_ticked_is_kept_and_shown_again(client: Client, ticked: list[str], kept: list[str]) -> None:
    school = SchoolFactory()
    client.force_login(person_with("school_admin", school))
    page = f"{reverse('directory:school-settings')}?at={school.code}"
    assert client.post(page, {NAME: ticked}).status_code == 302
    assert value_of(school, NAME) == kept
    form: Any = client.get(page).context["form"]
    assert form.initial[NAME] == (kept or ["-"])
    assert client.post(page, {"version": ""}).status_code == 302  # nothing ticked: as the district again
    assert NAME not in own_values(school, [NAME]).get(school.pk, {})
    assert value_of(school, NAME)[0] == "06"

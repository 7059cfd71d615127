"""Choosing how one is told: one's own page."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse

from techdesk.notifications.models import KindChoice, MailTimes
from tests.factories import PersonFactory, SchoolFactory, person_with

pytestmark = pytest.mark.django_db
PAGE = reverse("notifications:settings")


def sent(client: Any, **changes: str) -> Any:
    """The form as the page shows it, with changes."""
    page = client.get(PAGE).context
    data = {name: form[name].value() for form in page["groups"] for name in form.fields}
    data |= {"quiet": "default", "digest_at": "07:00", **changes}
    return client.post(PAGE, data)


def test_it_works(signed_in: Any) -> None:
    teacher = person_with("teacher", SchoolFactory())
    client = signed_in(teacher)
    answer = sent(client, **{"tickets-reply": "digest", "quiet": "own", "quiet_from": "19:00", "quiet_until": "07:30"})
    assert answer["Location"] == PAGE
    chosen = dict(KindChoice.objects.filter(person=teacher).values_list("kind", "choice"))
    assert chosen["tickets.reply"] == "digest" and chosen["tickets.resolved"] == "now"
    times = MailTimes.objects.get()
    assert (times.quiet_from, times.quiet_until, times.quiet_weekends) == (dt.time(19), dt.time(7, 30), False)
    page = client.get(PAGE)
    assert page.context["times"]["quiet"].value() == "own"
    assert '<option value="digest" selected>' in page.content.decode()


def test_everybody_chooses_what_concerns_them(signed_in: Any) -> None:
    school = SchoolFactory()
    teacher = signed_in(person_with("teacher", school)).get(PAGE).content.decode()
    technician = signed_in(person_with("technician", school)).get(PAGE).content.decode()
    assert "Internal notes" not in teacher and "Internal notes" in technician
    for page in (teacher, technician):
        assert "Replies" in page and "Always sent at once" in page and "Password changed" in page


def test_what_is_missing_is_said_at_its_field_and_nothing_is_kept(signed_in: Any) -> None:
    client = signed_in(PersonFactory())
    answer = sent(client, quiet="own", quiet_until="07:30")
    assert "Say from when until when mail should wait." in answer.content.decode()
    assert 'value="07:30"' in answer.content.decode()
    assert "Select a valid choice" in sent(client, **{"tickets-reply": "never"}).content.decode()
    assert not KindChoice.objects.exists() and not MailTimes.objects.exists()


def test_it_is_reached_from_the_settings(signed_in: Any) -> None:
    page = signed_in(PersonFactory()).get(reverse("directory:settings")).content.decode()
    assert f'href="{PAGE}"' in page


def test_strangers(client: Any) -> None:
    assert client.get(PAGE).status_code == client.post(PAGE).status_code == 302

"""New staff of an import get one invitation each; the page of the import says who waits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from techdesk.directory.actions.invite_imported import JOB, invite_imported
from techdesk.directory.models import Invitation, Person
from techdesk.jobs.models import ImportRun, Job
from techdesk.notifications.models import Delivery
from tests.directory.imports.commands import import_oneroster
from tests.directory.imports.rosters import good, user, write
from tests.factories import person_with

pytestmark = pytest.mark.django_db


def staff() -> dict[str, Any]:
    files = good()
    files["users"] += [
        user("ben", "teacher", email="ben@maple.example"),
        user("none", "aide"),
        user("off", "aide", email="off@maple.example", enabledUser="false"),
    ]
    return files


def drained() -> None:
    for job in Job.objects.filter(kind=JOB, state="waiting"):
        invite_imported(**job.payload)
        job.delete()


def test_new_staff_with_an_address_is_invited_once(tmp_path: Path) -> None:
    import_oneroster(write(tmp_path / "1", staff()), invite=True)
    payload = Job.objects.get(kind=JOB).payload
    drained()
    invited = set(Invitation.objects.values_list("person__username", flat=True))
    assert invited == {"ana", "ben"}
    assert set(Delivery.objects.values_list("address", flat=True)) == {"ana.diaz@maple.example", "ben@maple.example"}
    invite_imported(**payload)  # a worker that died after its last batch
    import_oneroster(write(tmp_path / "2", staff()), invite=True)
    drained()
    assert Invitation.objects.count() == 2


def test_without_the_option_nobody_is_invited(tmp_path: Path) -> None:
    import_oneroster(write(tmp_path / "1", staff()))
    assert not Job.objects.filter(kind=JOB).exists() and not Invitation.objects.exists()


def test_the_page_tells_and_invites_the_others(tmp_path: Path, admin: Any, signed_in: Any, settings: Any) -> None:
    settings.EMAIL_URL = "smtp://mail.maple.example"
    import_oneroster(write(tmp_path / "1", staff()))
    run, client = ImportRun.objects.get(), signed_in(admin)
    assert "2 have an email address and were not invited yet" in client.get(run.get_absolute_url()).content.decode()
    address = reverse("directory:import-invite", args=[run.key])
    for _time in range(2):
        assert client.post(address).status_code == 302
    drained()
    assert Invitation.objects.count() == 2
    page = client.get(run.get_absolute_url()).content.decode()
    assert "2 new colleagues were invited by mail" in page and "not invited yet" not in page
    settings.EMAIL_URL = ""
    page = client.get(run.get_absolute_url()).content.decode()
    assert "2 people are invited. The mail waits" in page and "were invited by mail" not in page


def test_only_for_those_who_apply_imports(tmp_path: Path, signed_in: Any) -> None:
    import_oneroster(write(tmp_path / "1", staff()))
    run = ImportRun.objects.get()
    school = Person.objects.get(username="ana").role_assignments.get().school
    address = reverse("directory:import-invite", args=[run.key])
    assert signed_in(person_with("school_admin", school)).post(address).status_code == 404
    assert signed_in(person_with("teacher", school)).post(address).status_code == 403


def test_the_upload_form_offers_it(admin: Any, signed_in: Any, settings: Any) -> None:
    settings.EMAIL_URL = "smtp://mail.maple.example"
    page = signed_in(admin).get(reverse("jobs:imports"))
    forms = {kind.slug: form for kind, form in page.context["offers"]}
    assert forms["oneroster"].fields["invite"].initial is True

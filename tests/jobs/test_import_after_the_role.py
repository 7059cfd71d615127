"""With the role goes the sight of what one imported in it."""

from __future__ import annotations

from typing import Any

import pytest

from techdesk.base.policy import may
from techdesk.directory.actions import end_role
from techdesk.directory.models import Person, RoleAssignment
from techdesk.jobs.models import ImportRun
from tests.factories import SchoolFactory, person_with


@pytest.mark.django_db
def test_a_technician_of_yesterday_no_longer_sees_the_rows(signed_in: Any) -> None:
    school = SchoolFactory()
    technician = person_with("technician", school)
    run = ImportRun.objects.create(
        kind="google_devices", source="google", title="Fleet", school=school, owner=technician
    )
    assert signed_in(technician).get(run.get_absolute_url()).status_code == 200
    end_role(actor=person_with("district_admin"), assignment=RoleAssignment.objects.get(person=technician))

    of_yesterday = Person.objects.get(pk=technician.pk)

    assert signed_in(of_yesterday).get(run.get_absolute_url()).status_code in {403, 404}
    assert not may(of_yesterday, "jobs.apply_import", run)
    assert not ImportRun.objects.visible_to(of_yesterday).exists()

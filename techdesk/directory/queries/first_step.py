"""What the people of the district are told while nothing is there yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from techdesk.base.policy import may
from techdesk.directory.models import School


@dataclass(frozen=True)
class FirstStep:
    """A title, what to do in a few sentences, and the page where it is done."""

    title: str
    text: str
    url: str
    button: str


def first_step(person: Any) -> FirstStep | None:
    """How an empty Techdesk is begun; None once there is a school, and for whoever cannot begin it.

    Asks the database only for those who can: call it where a list of schools came out empty.
    """
    if not may(person, "directory.import_roster") or School.objects.exists():
        return None
    text = _(
        "It brings in schools, people and classes. Have the OneRoster export of your student information system ready:"
        " the zip, or its CSV files (orgs.csv, users.csv, classes.csv, enrollments.csv). You see what it would do"
        " before anything happens. Devices come next."
    )
    return FirstStep(_("Start with the roster"), text, reverse("jobs:imports"), _("Bring in the roster"))

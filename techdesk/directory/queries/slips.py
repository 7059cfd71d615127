"""Printed slips by homeroom."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from techdesk.base.clock import now
from techdesk.directory.choices import EnrolmentRole, SectionKind
from techdesk.directory.models import Enrolment, Section
from techdesk.notifications.models import Delivery

#: More paper than this is printed in two goes.
MOST_SLIPS = 600
#: So long slips that were printed can be printed again.
REPRINT_WITHIN = dt.timedelta(days=14)


@dataclass
class Sheet:
    """The slips of one homeroom, by name; without `section` those of students who have none."""

    section: Section | None
    teachers: list[str] = field(default_factory=list)
    slips: list[Delivery] = field(default_factory=list)

    @property
    def key(self) -> str:
        return str(self.section.key) if self.section is not None else "none"


def sheets_for(viewer: Any, *, homeroom: str = "", printed: bool = False) -> list[Sheet]:
    """The slips that `viewer` may print, by school and homeroom: those that wait, or those that were printed lately.

    homeroom: only that one (a key of Sheet). At most MOST_SLIPS, the oldest first. Four queries.
    """
    rows = Delivery.objects.slips(printed_after=now() - REPRINT_WITHIN if printed else None)
    found = list(rows.permitted(viewer, "notifications.print_slips").order_by("id")[:MOST_SLIPS])
    places: dict[int, Section] = {}
    for row in (
        Enrolment.objects.in_force()
        .filter(
            person__in={slip.recipient_id for slip in found},
            role=EnrolmentRole.STUDENT,
            section__kind=SectionKind.HOMEROOM,
        )
        .select_related("section__school", "section__room")
        .order_by("-id")
    ):
        places[row.person_id] = row.section
    sheets: dict[int | None, Sheet] = {}
    for slip in found:
        section = places.get(slip.recipient_id)
        sheet = sheets.setdefault(section.pk if section is not None else None, Sheet(section))
        sheet.slips.append(slip)
    teachers = Enrolment.objects.in_force().filter(section__in=[pk for pk in sheets if pk], role=EnrolmentRole.TEACHER)
    for row in teachers.select_related("person").order_by("-is_primary", "id"):
        sheets[row.section_id].teachers.append(row.person.name)
    for sheet in sheets.values():
        sheet.slips.sort(key=lambda slip: (slip.recipient.sort_name, slip.pk))
    wanted = [sheet for sheet in sheets.values() if not homeroom or sheet.key == homeroom]
    return sorted(wanted, key=lambda sheet: (sheet.section is None, _place(sheet.section)))


def _place(section: Section | None) -> tuple[str, str]:
    return (section.school.name, section.title) if section is not None else ("", "")

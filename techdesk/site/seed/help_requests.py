"""Two years of help requests with their messages, the older ones settled, the last days' still open."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from typing import Any

from techdesk.base.text import fold
from techdesk.site.demo.stories import NOTES, STORIES, THANKS, Story
from techdesk.site.seed.copying import Tables
from techdesk.site.seed.people import Place
from tickets.choices import Priority, TicketStatus, WaitingFor
from tickets.models import IssueType, Message, Ticket, TicketDevice

YEARS = 2
DAY = dt.timedelta(days=1)


class HelpRequests:
    def __init__(self, tables: Tables, *, seed: int, moment: dt.datetime, places: list[Place]) -> None:
        self.moment, self.tables, self.places = moment, tables, places
        self.tickets = tables.of(Ticket)
        self.ticket_devices = tables.of(TicketDevice)
        self.messages = tables.of(Message)
        self.types = dict(IssueType.objects.values_list("slug", "pk"))
        self.folded = {story: fold(f"{story.subject} {story.description}") for story in STORIES}
        self.rng = random.Random(f"{seed}/tickets")  # noqa: S311 - the same district every time

    def write(self, count: int) -> None:
        """`count` tickets, their numbers rising with time."""
        if not count:
            return
        cursor = self.tables.cursor
        cursor.execute("SELECT nextval('tickets_number_seq')")
        first = int(cursor.fetchone()[0])
        weights = list(itertools.accumulate(1 + place.plan.students for place in self.places))
        step = DAY * 365 * YEARS / count
        for n in range(count):
            asked_at = self.moment - step * (count - n - self.rng.random())
            here = self.rng.choices(self.places, cum_weights=weights)[0]
            self._ticket(first + n, here, asked_at, self.rng.choice(STORIES))
            if n % 500 == 0:
                self.tables.breathe()
        self.tables.flush()
        cursor.execute("SELECT setval('tickets_number_seq', %s)", [first + count - 1])

    def _ticket(self, number: int, here: Place, asked_at: dt.datetime, story: Story) -> None:
        rng = self.rng
        status = self._status(asked_at)
        n = int(rng.random() * len(here.classrooms))
        teacher, room = here.teachers[n], here.classrooms[n]
        technician = rng.choice(here.technicians)
        facts: dict[str, Any] = {}
        at = asked_at
        messages: list[tuple[int, str, bool, dt.datetime]] = []
        if status not in {TicketStatus.NEW, TicketStatus.CANCELLED}:
            facts["assignee_id"] = technician
            at = self._later(at, 0.1, 4)
            messages.append((technician, story.question, False, at))
            if rng.random() < 0.3:
                at = self._later(at, 0.1, 2)
                messages.append((technician, rng.choice(NOTES), True, at))
        if status == TicketStatus.WAITING:
            facts["waiting_for"] = rng.choice(WaitingFor.values)
        if status in {TicketStatus.RESOLVED, TicketStatus.CLOSED}:
            at = self._later(at, 0.3, 60)
            facts |= {"resolution": story.solution, "resolved_at": at}
            messages.append((technician, story.solution, False, at))
        if status == TicketStatus.CLOSED:
            at = self._later(at, 1, 40)
            facts["closed_at"] = at
            if rng.random() < 0.4:
                messages.append((teacher, rng.choice(THANKS), False, at))
        if status == TicketStatus.CANCELLED:
            facts["closed_at"] = at
        about_student = story.about == "student" and here.students
        ticket = self.tickets.add(
            number=number,
            subject=story.subject,
            description=story.description,
            search_text=self.folded[story],
            status=status,
            priority=rng.choices(Priority.values, (8, 78, 12, 2))[0],
            issue_type_id=self.types.get(story.issue),
            school_id=here.school_id,
            room_id=room,
            requester_id=teacher,
            entered_by_id=teacher,
            affected_id=rng.choice(here.students) if about_student else None,
            created_at=asked_at,
            updated_at=at,
            **facts,
        )
        device = self._device(here, story, n)
        if device is not None:
            self.ticket_devices.add(ticket_id=ticket, device_id=device)
        for author, body, internal, written_at in messages:
            self.messages.add(
                ticket_id=ticket, author_id=author, body=body, is_internal=internal, created_at=written_at
            )

    def _device(self, here: Place, story: Story, n: int) -> int | None:
        if story.about == "board" and n < len(here.boards):
            return here.boards[n]
        if story.about == "chromebook" and here.chromebooks:
            return self.rng.choice(here.chromebooks)
        return None

    def _status(self, asked_at: dt.datetime) -> TicketStatus:
        """The older, the more surely over."""
        age, luck = (self.moment - asked_at) / DAY, self.rng.random()
        if luck < 0.05 and age > 1:
            return TicketStatus.CANCELLED
        if age > 30:
            return TicketStatus.CLOSED if luck < 0.995 else TicketStatus.WAITING
        if age > 7:
            return TicketStatus.CLOSED if luck < 0.7 else TicketStatus.RESOLVED if luck < 0.85 else TicketStatus.OPEN
        if luck < 0.4:
            return TicketStatus.RESOLVED
        return TicketStatus.OPEN if luck < 0.7 else TicketStatus.WAITING if luck < 0.8 else TicketStatus.NEW

    def _later(self, moment: dt.datetime, least: float, most: float) -> dt.datetime:
        """So many hours later, never in the future."""
        return min(moment + dt.timedelta(hours=self.rng.uniform(least, most)), self.moment)

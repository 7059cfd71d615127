"""150 help requests of the last months, in every state, with their messages and history."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from devices.models import Device
from techdesk.audit.models import AuditEntry
from techdesk.base.clock import now
from techdesk.directory.models import Person
from techdesk.site.demo.fleet import Fleet
from techdesk.site.demo.people import SchoolWorld, World
from techdesk.site.demo.stories import NOTES, STORIES, THANKS, Story
from tickets.choices import Priority, TicketStatus, WaitingFor
from tickets.models import IssueType, Message, Team, Ticket, TicketDevice

#: Where they are (one more is made by hand); most of a help desk's tickets are over.
STATES = (
    [TicketStatus.CLOSED] * 92
    + [TicketStatus.RESOLVED] * 14
    + [TicketStatus.CANCELLED] * 6
    + [TicketStatus.WAITING] * 9
    + [TicketStatus.OPEN] * 17
    + [TicketStatus.NEW] * 11
)


class _Requests:
    def __init__(self, world: World, fleet: Fleet, rng: random.Random) -> None:
        self.world, self.fleet, self.rng = world, fleet, rng
        self.types = {issue_type.slug: issue_type for issue_type in IssueType.objects.all()}
        self.tickets: list[Ticket] = []
        self.messages: list[Message] = []
        self.devices: list[tuple[Ticket, Device]] = []
        self.history: list[tuple[Ticket, Person, str, dict[str, Any], dt.datetime]] = []

    def add(
        self,
        state: TicketStatus,
        asked_at: dt.datetime,
        here: SchoolWorld,
        story: Story,
        who: int,
        *,
        stopped: bool = False,
    ) -> None:
        rng = self.rng
        teacher, room = here.teachers[who], here.rooms[who]
        technician = here.technicians[0]
        ticket = Ticket(
            subject=story.subject,
            description=story.description,
            status=state,
            priority=Priority.URGENT if stopped else rng.choices(["normal", "high", "low"], [80, 12, 8])[0],
            issue_type=self.types[story.issue],
            school=here.school,
            room=room,
            requester=teacher,
            entered_by=teacher,
            affected=rng.choice(here.students[who]) if story.about == "student" else None,
            created_at=asked_at,
            updated_at=asked_at,
        )
        ticket.fill_search()
        self.tickets.append(ticket)
        self._devices_of(ticket, story, here, who)
        self.history.append((ticket, teacher, "open", {"priority": ticket.priority, "devices": []}, asked_at))
        if state is not TicketStatus.NEW:
            self._worked(ticket, state, story, teacher, technician)

    def _devices_of(self, ticket: Ticket, story: Story, here: SchoolWorld, who: int) -> None:
        mine = self.fleet.by_school[here.school.pk]
        if story.about == "board":
            self.devices.append((ticket, self.fleet.boards[here.rooms[who].pk]))
        elif story.about in {"chromebook", "cart"}:
            fitting = [d for d in mine if d.category.slug == story.about and not d.is_loaner]
            self.devices.append((ticket, self.rng.choice(fitting)))

    def _worked(self, ticket: Ticket, state: TicketStatus, story: Story, teacher: Person, technician: Person) -> None:
        rng = self.rng
        at = self._later(ticket.created_at, rng.uniform(0.1, 3))
        if state is TicketStatus.CANCELLED:
            self.history.append((ticket, teacher, "cancel", {}, at))
            ticket.closed_at = ticket.updated_at = at
            return
        ticket.assignee = technician
        self.history.append((ticket, technician, "assign", {"from": None, "to": technician.public_key}, at))
        at = self._later(at, rng.uniform(0.05, 1))
        self._write_message(ticket, technician, story.question, at)
        if rng.random() < 0.3:
            at = self._later(at, rng.uniform(0.1, 2))
            self._write_message(ticket, technician, rng.choice(NOTES), at, verb="note")
        if state is TicketStatus.WAITING:
            ticket.waiting_for = rng.choice(WaitingFor.values)
            self.history.append((ticket, technician, "wait", {"for": ticket.waiting_for}, at))
        if state in {TicketStatus.RESOLVED, TicketStatus.CLOSED}:
            at = self._later(at, rng.uniform(0.3, 30))
            ticket.resolution, ticket.resolved_at = story.solution, at
            self._write_message(ticket, technician, story.solution, at, verb="resolve")
        if state is TicketStatus.CLOSED:
            at = self._later(at, rng.uniform(1, 40))
            if rng.random() < 0.5:
                self._write_message(ticket, teacher, rng.choice(THANKS), at)
            ticket.closed_at = at
            self.history.append((ticket, teacher, "close", {}, at))
        ticket.updated_at = at

    def _write_message(
        self, ticket: Ticket, author: Person, body: str, at: dt.datetime, *, verb: str = "reply"
    ) -> None:
        message = Message(ticket=ticket, author=author, body=body, is_internal=verb == "note", created_at=at)
        self.messages.append(message)
        self.history.append((ticket, author, verb, {"message": message.public_key}, at))

    def _later(self, moment: dt.datetime, hours: float) -> dt.datetime:
        return min(moment + dt.timedelta(hours=hours), now() - dt.timedelta(minutes=2))

    def write(self) -> None:
        # Numbers rise with time, as they would have.
        self.tickets.sort(key=lambda ticket: ticket.created_at)
        Ticket.objects.bulk_create(self.tickets)
        TicketDevice.objects.bulk_create(
            [TicketDevice(ticket=ticket, device=device) for ticket, device in self.devices]
        )
        self.messages.sort(key=lambda message: message.created_at)
        for message in self.messages:
            message.ticket_id = message.ticket.pk  # was unknown while the ticket was only planned
        Message.objects.bulk_create(self.messages)
        self.history.sort(key=lambda row: row[4])
        AuditEntry.objects.bulk_create(
            [
                AuditEntry(
                    at=at,
                    actor=actor,
                    verb=verb,
                    object_type=ticket.resource,
                    object_key=ticket.public_key,
                    school=ticket.school,
                    facts=facts,
                )
                for ticket, actor, verb, facts, at in self.history
            ]
        )


def build(world: World, fleet: Fleet, rng: random.Random) -> None:
    """Write the tickets; the newest are minutes old, the oldest a few months."""
    team = Team.objects.create(slug="building-technicians", name="Building technicians")
    team.members.set({technician for here in world.schools for technician in here.technicians})
    Team.objects.create(slug="network", name="Network team")
    requests = _Requests(world, fleet, rng)
    for n, state in enumerate(STATES):
        over = state in {TicketStatus.CLOSED, TicketStatus.CANCELLED}
        hours = rng.uniform(30, 24 * 110) if over else rng.uniform(0.2, 30 if state is TicketStatus.NEW else 24 * 9)
        here = rng.choices(world.schools, [40, 20, 20, 20])[0]
        # Ana Diaz, whom visitors of the demo try first, has asked now and then, and has something open.
        is_hers = here.plan.code == "LIN" and n % 4 == 0
        who = len(here.teachers) - 1 if is_hers else rng.randrange(len(here.teachers))
        requests.add(state, now() - dt.timedelta(hours=hours), here, rng.choice(STORIES), who)
    lincoln = world.schools[0]
    dark_board = next(story for story in STORIES if story.subject == "Board stays dark")
    asked_at = now() - dt.timedelta(minutes=12)
    requests.add(TicketStatus.NEW, asked_at, lincoln, dark_board, len(lincoln.teachers) - 1, stopped=True)
    requests.write()

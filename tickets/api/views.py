"""Tickets: lists, details, messages, and the verbs of one ticket."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request

from devices.models import Device
from techdesk.api.answers import detail_answer, list_answer, row_answer
from techdesk.api.bodies import known, read_body
from techdesk.api.views import ApiView, Operation
from techdesk.base.errors import BadInput
from techdesk.base.policy import require
from techdesk.directory.models import Person, School
from techdesk.directory.queries.references import visible_person, visible_room, visible_school
from tickets.actions import (
    add_message,
    assign_ticket,
    close_ticket,
    open_ticket,
    reopen_ticket,
    resolve_ticket,
)
from tickets.api.bodies import AssignBody, CloseBody, MessageBody, OpenTicketBody, ReopenBody, ResolveBody
from tickets.api.resources import MESSAGE, TICKET
from tickets.models import IssueType, Message, Ticket
from tickets.queries import devices_by_sticker


class Tickets(ApiView):
    """The tickets you see: technicians those of their schools, everybody their own."""

    operations: ClassVar = {
        "GET": Operation("tickets_list", "tickets.view", "list", TICKET),
        "POST": Operation("tickets_open", "tickets.open", "object", TICKET, OpenTicketBody, 201),
    }

    def get(self, request: Request) -> HttpResponse:
        return list_answer(request, TICKET)

    def post(self, request: Request) -> HttpResponse:
        """Ask for help at a school.

        You are the requester, unless you work on tickets there and name somebody else.
        """
        viewer: Any = request.user
        body = read_body(request, OpenTicketBody)
        school = known(
            visible_school(viewer, body["school"]),
            name="school",
            code="unknown_school",
            text=_("There is no school with this code, or it is not yours to see."),
        )
        require(viewer, "tickets.open", school_id=school.pk)
        if body.get("requester") not in (None, viewer.key):
            require(viewer, "tickets.open_for_others", school_id=school.pk)
        ticket = open_ticket(
            actor=viewer,
            school=school,
            subject=body["subject"],
            description=body.get("description", ""),
            issue_type=_issue_type(body.get("issue_type")),
            room=body.get("room")
            and known(
                visible_room(viewer, body["room"]),
                name="room",
                code="unknown_room",
                text=_("There is no such room. Write the school code, a slash and the room code."),
            ),
            devices=_devices(viewer, school, body.get("devices", [])),
            affected=_person(viewer, "affected", body.get("affected")),
            requester=_person(viewer, "requester", body.get("requester")),
        )
        address = request.build_absolute_uri(f"{request.path}{ticket.number}/")
        return row_answer(request, TICKET, Ticket.objects.with_number(ticket.number), status=201, address=address)


class TicketDetail(ApiView):
    """One ticket, by its number."""

    operations: ClassVar = {"GET": Operation("tickets_read", "tickets.view", "detail", TICKET)}

    def get(self, request: Request, number: int) -> HttpResponse:
        viewer: Any = request.user
        return detail_answer(request, TICKET, Ticket.objects.visible_to(viewer).with_number(number))


class TicketMessages(ApiView):
    """What was written on the ticket, oldest first; internal notes for those who may read them."""

    operations: ClassVar = {
        "GET": Operation("tickets_messages", "tickets.view_message", "list", MESSAGE),
        "POST": Operation("tickets_write", "tickets.reply", "object", MESSAGE, MessageBody, 201),
    }

    def get(self, request: Request, number: int) -> HttpResponse:
        viewer: Any = request.user
        ticket = Ticket.objects.visible_to(viewer).with_number(number).first()
        if ticket is None:
            raise Http404
        return list_answer(request, MESSAGE, Message.objects.visible_to(viewer).of_ticket(ticket))

    def post(self, request: Request, number: int) -> HttpResponse:
        """Reply to the requester, or (`internal`) leave a note for those who work on tickets."""
        viewer: Any = request.user
        ticket = self.load(Ticket.objects.with_number(number))
        body = read_body(request, MessageBody)
        if body["internal"]:
            require(viewer, "tickets.note", ticket)
        message = add_message(
            actor=viewer,
            ticket=ticket,
            body=body["body"],
            is_internal=body["internal"],
            version=self.expected_version(ticket),
        )
        written = Message.objects.with_key(message.key)
        return row_answer(request, MESSAGE, written, status=201, version=message.ticket.version)


class TicketAssign(ApiView):
    """Give the ticket to somebody who works on tickets there, to yourself, or to nobody."""

    operations: ClassVar = {"POST": Operation("tickets_assign", "tickets.assign", "object", TICKET, AssignBody)}

    def post(self, request: Request, number: int) -> HttpResponse:
        viewer: Any = request.user
        ticket = self.load(Ticket.objects.with_number(number))
        wanted = read_body(request, AssignBody)["assignee"]
        assignee = viewer if wanted == "me" else _person(viewer, "assignee", wanted, staff=True)
        assign_ticket(actor=viewer, ticket=ticket, assignee=assignee, version=self.expected_version(ticket))
        return row_answer(request, TICKET, Ticket.objects.with_number(number))


class TicketResolve(ApiView):
    """Say that it is solved, and how; the requester is told."""

    operations: ClassVar = {"POST": Operation("tickets_resolve", "tickets.resolve", "object", TICKET, ResolveBody)}

    def post(self, request: Request, number: int) -> HttpResponse:
        viewer: Any = request.user
        ticket = self.load(Ticket.objects.with_number(number))
        words = read_body(request, ResolveBody)["resolution"]
        resolve_ticket(actor=viewer, ticket=ticket, resolution=words, version=self.expected_version(ticket))
        return row_answer(request, TICKET, Ticket.objects.with_number(number))


class TicketReopen(ApiView):
    """Take up a settled ticket again."""

    operations: ClassVar = {"POST": Operation("tickets_reopen", "tickets.reopen", "object", TICKET, ReopenBody)}

    def post(self, request: Request, number: int) -> HttpResponse:
        viewer: Any = request.user
        ticket = self.load(Ticket.objects.with_number(number))
        words = read_body(request, ReopenBody)["reason"]
        reopen_ticket(actor=viewer, ticket=ticket, reason=words, version=self.expected_version(ticket))
        return row_answer(request, TICKET, Ticket.objects.with_number(number))


class TicketClose(ApiView):
    """Confirm that a resolved ticket is really done."""

    operations: ClassVar = {"POST": Operation("tickets_close", "tickets.close", "object", TICKET, CloseBody)}

    def post(self, request: Request, number: int) -> HttpResponse:
        viewer: Any = request.user
        ticket = self.load(Ticket.objects.with_number(number))
        read_body(request, CloseBody)
        close_ticket(actor=viewer, ticket=ticket, version=self.expected_version(ticket))
        return row_answer(request, TICKET, Ticket.objects.with_number(number))


def _issue_type(slug: str | None) -> IssueType | None:
    if slug is None:
        return None
    return known(
        IssueType.objects.offered().with_slug(slug),
        name="issue_type",
        code="unknown_issue_type",
        text=_("There is no such kind of request."),
    )


def _devices(viewer: Any, school: School, tags: list[str]) -> list[Device]:
    """The devices of these tags, in the given order, each once: at the school of the ticket, or seen by the caller."""
    found = devices_by_sticker(viewer, school, tags)
    if unknown := [tag for tag in tags if tag.lower() not in found]:
        text = _("There is no device %(tags)s, or it is not yours to see.") % {"tags": ", ".join(unknown)}
        raise BadInput(text, code="unknown_device", errors={"devices": [text]})
    return [found[tag] for tag in dict.fromkeys(tag.lower() for tag in tags)]


def _person(viewer: Any, name: str, key: UUID | None, *, staff: bool = False) -> Person | None:
    """The person of this id: one the caller sees, or (`staff`) any of those a ticket may name anyway."""
    if key is None:
        return None
    found = visible_person(viewer, key)
    if found is None and staff:
        found = Person.objects.nameable_to(viewer).with_key(key).first()
    return known(
        found,
        name=name,
        code="unknown_person",
        text=_("There is nobody with this id, or they are not yours to see."),
    )

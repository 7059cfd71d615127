"""A help request. Requester, affected person and entered-by are three people who may be one."""

from __future__ import annotations

from typing import ClassVar

import pghistory
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q
from django.urls import reverse

from devices.models import Device
from techdesk.base.models import Aggregate
from techdesk.base.text import fold
from techdesk.directory.models import Room, School
from tickets.choices import ACTIVE, Priority, TicketStatus, WaitingFor
from tickets.models.issue_type import IssueType
from tickets.models.team import Team
from tickets.querysets import TicketDeviceQuerySet, TicketQuerySet


class NextTicketNumber(Func):
    """The next value of the one sequence of ticket numbers; a rolled-back ticket leaves a gap."""

    template = "nextval('tickets_number_seq')"
    output_field = models.BigIntegerField()


@pghistory.track()
class Ticket(Aggregate):
    """`school` decides who works on it. `submission` is the form's own UUID: sent twice, one ticket."""

    resource: ClassVar[str] = "tickets"

    number = models.BigIntegerField(unique=True, db_default=NextTicketNumber(), editable=False)
    submission = models.UUIDField(null=True, unique=True, editable=False)
    subject = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    status = models.CharField(max_length=10, choices=TicketStatus, default=TicketStatus.NEW)
    priority = models.CharField(max_length=8, choices=Priority, default=Priority.NORMAL)
    issue_type = models.ForeignKey(IssueType, on_delete=models.PROTECT, null=True, related_name="+")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, related_name="+")
    devices: models.ManyToManyField[Device, TicketDevice] = models.ManyToManyField(
        Device, through="TicketDevice", related_name="+"
    )
    requester = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    affected = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    due_at = models.DateTimeField(null=True)
    waiting_for = models.CharField(max_length=20, blank=True)
    resolution = models.TextField(blank=True)
    resolved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    search_text = models.TextField(editable=False)

    objects = TicketQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(subject=""), name="tickets_ticket_has_subject"),
            models.CheckConstraint(
                condition=Q(status__in=["resolved", "closed"], resolved_at__isnull=False)
                | ~Q(status__in=["resolved", "closed"]),
                name="tickets_ticket_resolved_when",
            ),
        ]
        indexes = [
            models.Index("school", "status", F("number").desc(), name="tickets_ticket_queue"),
            models.Index(
                F("number").desc(), name="tickets_ticket_active", condition=Q(status__in=["new", "open", "waiting"])
            ),
            models.Index("requester", F("number").desc(), name="tickets_ticket_requester"),
            models.Index("assignee", F("number").desc(), name="tickets_ticket_assignee"),
            models.Index("updated_at", "number", name="tickets_ticket_updated"),
            GinIndex(OpClass(F("search_text"), name="gin_trgm_ops"), name="tickets_ticket_search"),
        ]

    def __str__(self) -> str:
        return f"T-{self.number}"

    def get_absolute_url(self) -> str:
        return reverse("tickets:ticket", args=[self.number])

    @property
    def public_key(self) -> str:
        return str(self.number)

    @property
    def state(self) -> TicketStatus:
        return TicketStatus(self.status)

    @property
    def shown_state(self) -> TicketStatus | WaitingFor:
        """What its badge says: the state, or what it waits for."""
        if self.status == TicketStatus.WAITING and self.waiting_for:
            return WaitingFor(self.waiting_for)
        return self.state

    @property
    def urgency(self) -> Priority:
        return Priority(self.priority)

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def thread(self) -> str:
        """What the mails about this ticket have in common."""
        return f"ticket-{self.number}"

    def fill_search(self) -> None:
        """Derive `search_text`. Every action that writes the subject or description calls this first."""
        self.search_text = fold(f"{self.subject} {self.description}")[:20_000]


class TicketDevice(models.Model):
    """A device a ticket is about."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="ticket_devices")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+")

    objects = TicketDeviceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "device"], name="tickets_ticketdevice_once")]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.device_id}"

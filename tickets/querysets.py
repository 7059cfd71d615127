"""Named reads of tickets and messages."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from techdesk.base.policy import VisibleQuerySet
from techdesk.base.text import fold
from tickets.choices import ACTIVE

if TYPE_CHECKING:
    from tickets.models import Attachment, IssueType, Message, Ticket  # noqa: F401


class IssueTypeQuerySet(QuerySet["IssueType"]):
    def offered(self) -> IssueTypeQuerySet:
        return self.filter(is_active=True).order_by("position", "id")


class TicketQuerySet(VisibleQuerySet["Ticket"]):
    view_action = "tickets.view"

    def for_list(self) -> TicketQuerySet:
        """With everything a row of the queue shows."""
        return self.select_related("school", "room", "requester", "assignee", "team", "issue_type").prefetch_related(
            "devices"
        )

    def active(self) -> TicketQuerySet:
        return self.filter(status__in=ACTIVE)

    def newest_first(self) -> TicketQuerySet:
        return self.order_by("-number")

    def of_requester(self, person: Any) -> TicketQuerySet:
        return self.filter(requester=person)

    def for_device(self, device: Any) -> TicketQuerySet:
        return self.filter(ticket_devices__device=device)

    def with_submission(self, submission: uuid.UUID) -> Ticket | None:
        """The ticket that this form opened, if it did."""
        return self.filter(submission=submission).first()

    def search(self, text: str) -> TicketQuerySet:
        """By number ("1042", "T-1042") or by words of the subject and description."""
        number = text.strip().upper().removeprefix("T-")
        if number.isdigit() and len(number) < 15:
            return self.filter(number=int(number))
        found = self
        for word in fold(text).split()[:6]:
            found = found.filter(search_text__contains=word)
        return found


class MessageQuerySet(VisibleQuerySet["Message"]):
    view_action = "tickets.view_message"

    def of_ticket(self, ticket: Any) -> MessageQuerySet:
        return self.filter(ticket=ticket).select_related("author")

    def oldest_first(self) -> MessageQuerySet:
        return self.order_by("id")

    def with_submission(self, submission: uuid.UUID) -> Message | None:
        """The message that this form wrote, if it did."""
        return self.filter(submission=submission).select_related("ticket").first()


class AttachmentQuerySet(VisibleQuerySet["Attachment"]):
    view_action = "tickets.view_attachment"

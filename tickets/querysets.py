"""Named reads of tickets and messages."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db.models import Case, IntegerField, Max, QuerySet, Value, When

from techdesk.base.policy import VisibleQuerySet
from techdesk.base.text import fold
from tickets.choices import ACTIVE, Priority

if TYPE_CHECKING:
    from tickets.models import Attachment, IssueType, Message, Ticket, TicketDevice, UrgentAlert  # noqa: F401


class IssueTypeQuerySet(QuerySet["IssueType"]):
    def offered(self) -> IssueTypeQuerySet:
        return self.filter(is_active=True).order_by("position", "id")

    def with_slug(self, slug: str) -> IssueType | None:
        return self.filter(slug=slug).first()


class TicketQuerySet(VisibleQuerySet["Ticket"]):
    view_action = "tickets.view"

    def for_list(self) -> TicketQuerySet:
        """With everything a row of the queue shows."""
        return self.select_related("school", "room", "requester", "assignee", "team", "issue_type").prefetch_related(
            "devices"
        )

    def for_queue(self) -> TicketQuerySet:
        """With everything a row of the queue shows, and `rank`: 3 for a stopped lesson, down to 0."""
        ranks = {Priority.URGENT: 3, Priority.HIGH: 2, Priority.NORMAL: 1}
        cases = [When(priority=priority, then=Value(rank)) for priority, rank in ranks.items()]
        return (
            self.select_related("school", "room__school", "requester", "affected", "assignee")
            .prefetch_related("devices")
            .annotate(rank=Case(*cases, default=Value(0), output_field=IntegerField()))
        )

    def for_page(self) -> TicketQuerySet:
        """With everything the page of one ticket names."""
        return self.select_related(
            "school", "room__school", "requester", "affected", "entered_by", "assignee", "issue_type"
        ).prefetch_related("devices")

    def with_numbers(self, numbers: Iterable[int]) -> TicketQuerySet:
        return self.filter(number__in=list(numbers)).order_by("number")

    def changed_after(self, moment: dt.datetime) -> TicketQuerySet:
        return self.filter(updated_at__gt=moment)

    def last_change(self) -> dt.datetime | None:
        """When the last of these tickets was changed."""
        found: dt.datetime | None = self.aggregate(last=Max("updated_at"))["last"]
        return found

    def counted(self, most: int) -> int:
        """How many there are, counted no further than `most`."""
        return self.order_by()[:most].count()

    def active(self) -> TicketQuerySet:
        return self.filter(status__in=ACTIVE)

    def newest_first(self) -> TicketQuerySet:
        return self.order_by("-number")

    def of_requester(self, person: Any) -> TicketQuerySet:
        return self.filter(requester=person)

    def for_device(self, device: Any) -> TicketQuerySet:
        return self.filter(ticket_devices__device=device)

    def with_number(self, number: int) -> TicketQuerySet:
        return self.filter(number=number)

    def with_submission(self, submission: uuid.UUID) -> Ticket | None:
        """The ticket that this form opened, if it did."""
        return self.filter(submission=submission).first()

    def search(self, text: str) -> TicketQuerySet:
        """By number ("1042", "T-1042") or by words of the subject and description."""
        number = text.strip().upper().removeprefix("T-")
        if number.isdecimal() and len(number) < 15:
            return self.filter(number=int(number))
        found = self
        for word in fold(text).split()[:6]:
            found = found.filter(search_text__contains=word)
        return found


class MessageQuerySet(VisibleQuerySet["Message"]):
    view_action = "tickets.view_message"

    def of_ticket(self, ticket: Any) -> MessageQuerySet:
        return self.filter(ticket=ticket).select_related("author")

    def with_key(self, key: Any) -> MessageQuerySet:
        return self.filter(key=key)

    def oldest_first(self) -> MessageQuerySet:
        return self.order_by("id")

    def with_submission(self, submission: uuid.UUID) -> Message | None:
        """The message that this form wrote, if it did."""
        return self.filter(submission=submission).select_related("ticket").first()


class TicketDeviceQuerySet(QuerySet["TicketDevice"]):
    def of_ticket(self, ticket: Any) -> TicketDeviceQuerySet:
        return self.filter(ticket=ticket)


class AttachmentQuerySet(VisibleQuerySet["Attachment"]):
    view_action = "tickets.view_attachment"

    def of_ticket(self, ticket: Any) -> AttachmentQuerySet:
        """The pictures of a ticket and of its messages, in the order they came."""
        return self.filter(ticket=ticket).select_related("file").order_by("id")


class UrgentAlertQuerySet(QuerySet["UrgentAlert"]):
    def due(self, moment: dt.datetime) -> UrgentAlertQuerySet:
        """Those whose next person is to be told, the longest wait first."""
        return self.filter(next_at__lte=moment).order_by("next_at", "id")

    def of_ticket(self, ticket: Ticket) -> UrgentAlert | None:
        return self.filter(ticket=ticket).first()

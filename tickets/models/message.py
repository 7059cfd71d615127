"""What people write on a ticket, and the pictures they add."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from techdesk.base.clock import now
from techdesk.base.models import Keyed
from techdesk.jobs.models import StoredFile
from tickets.models.ticket import Ticket
from tickets.querysets import AttachmentQuerySet, MessageQuerySet


class Message(Keyed):
    """A public reply, or an internal note that the requester never sees. Never edited."""

    resource: ClassVar[str] = "messages"

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    body = models.TextField()
    is_internal = models.BooleanField(default=False)
    submission = models.UUIDField(null=True, unique=True, editable=False)
    created_at = models.DateTimeField(default=now)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(body=""), name="tickets_message_not_empty")]
        indexes = [models.Index("ticket", "id", name="tickets_message_order")]

    def __str__(self) -> str:
        return f"message {self.key}"


class Attachment(Keyed):
    """A picture of a ticket (with `message`: of one reply or note, and as internal as it)."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="attachments")
    message = models.ForeignKey(Message, on_delete=models.PROTECT, null=True, related_name="attachments")
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="+")

    objects = AttachmentQuerySet.as_manager()

    def __str__(self) -> str:
        return f"attachment {self.key}"

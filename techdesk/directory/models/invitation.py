"""A link by which an imported person sets their first password. Single use, ends by itself."""

from __future__ import annotations

from django.db import models

from techdesk.base.clock import now
from techdesk.base.models import Keyed
from techdesk.directory.models.person import Person
from techdesk.directory.querysets import InvitationQuerySet
from techdesk.jobs.hooks import undoable


@undoable(belongs_to="person")
class Invitation(Keyed):
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="invitations")
    token_hash = models.CharField(max_length=64, unique=True)  # SHA-256, hex; the token itself is only in the mail
    invited_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"invitation {self.key}"

    @property
    def state(self) -> str:
        """What became of it: "open", "used", "revoked" or "expired"."""
        if self.used_at is not None:
            return "used"
        if self.revoked_at is not None:
            return "revoked"
        return "open" if self.expires_at > now() else "expired"

"""Named reads of the audit trail and the change feed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from techdesk.base.models import Aggregate

if TYPE_CHECKING:
    from techdesk.audit.models import AuditEntry, ChangeEvent, Disclosure  # noqa: F401


class AuditEntryQuerySet(QuerySet["AuditEntry"]):
    def about(self, thing: Aggregate) -> AuditEntryQuerySet:
        """The history of one object, oldest first, with who did it."""
        return (
            self.filter(object_type=thing.resource, object_key=thing.public_key).select_related("actor").order_by("id")
        )


class DisclosureQuerySet(QuerySet["Disclosure"]):
    def of_student(self, person: Any) -> DisclosureQuerySet:
        return self.filter(students__contains=[person.pk]).order_by("-id")


class ChangeEventQuerySet(QuerySet["ChangeEvent"]):
    def after(self, number: int) -> ChangeEventQuerySet:
        """Numbered events behind `number`, in order. Call `sequence.number_changes` first for the newest."""
        return self.filter(number__gt=number).order_by("number")

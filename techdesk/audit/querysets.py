"""Named reads of the audit trail and the change feed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet

from techdesk.base.models import Aggregate
from techdesk.base.policy import schools_where

if TYPE_CHECKING:
    from techdesk.api.resources import Resource
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

    def matching(self, condition: Q) -> ChangeEventQuerySet:
        """Those that fit the checked parameters of a request."""
        return self.filter(condition)

    def up_to(self, number: int) -> ChangeEventQuerySet:
        return self.filter(number__lte=number)

    def known_to(self, viewer: Any, resources: Iterable[Resource]) -> ChangeEventQuerySet:
        """Events of these resources that `viewer` may know of.

        Who has a role for a resource at schools: what is or was there. Everybody else: what they see now of their own.
        """
        at_schools: dict[frozenset[int] | None, list[str]] = {}
        condition = Q(pk__in=[])
        for resource in resources:
            schools = schools_where(viewer, resource.view_action(viewer))
            if schools is None or schools:
                at_schools.setdefault(schools, []).append(resource.name)
            else:
                condition |= Q(object_type=resource.name, object_key__in=resource.keys(viewer))
        for schools, names in at_schools.items():
            here = Q(object_type__in=names)
            condition |= here if schools is None else here & Q(schools__overlap=sorted(schools))
        return self.filter(condition)

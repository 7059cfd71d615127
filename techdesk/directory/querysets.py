"""Named reads of schools, rooms, people, sections and roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import BaseUserManager
from django.db.models import Q, QuerySet

from techdesk.base.clock import now
from techdesk.base.policy import VisibleQuerySet
from techdesk.base.text import fold

if TYPE_CHECKING:
    from techdesk.directory.models import (  # noqa: F401
        Enrolment,
        Invitation,
        Person,
        RoleAssignment,
        Room,
        School,
        Section,
    )


class SchoolQuerySet(VisibleQuerySet["School"]):
    view_action = "directory.view_school"

    def active(self) -> SchoolQuerySet:
        return self.filter(is_active=True)

    def by_name(self) -> SchoolQuerySet:
        return self.order_by("name", "id")

    def with_code(self, code: str) -> SchoolQuerySet:
        return self.filter(code__iexact=code)


class RoomQuerySet(VisibleQuerySet["Room"]):
    view_action = "directory.view_room"

    def active(self) -> RoomQuerySet:
        return self.filter(is_active=True)

    def for_list(self) -> RoomQuerySet:
        return self.select_related("school")

    def by_code(self) -> RoomQuerySet:
        return self.order_by("school__name", "code", "id")

    def search(self, text: str) -> RoomQuerySet:
        """Rooms whose code or name contains `text`."""
        return self.filter(Q(code__icontains=text) | Q(name__icontains=text))


class PersonQuerySet(VisibleQuerySet["Person"]):
    view_action = "directory.view_person"

    def active(self) -> PersonQuerySet:
        return self.filter(is_active=True)

    def by_name(self) -> PersonQuerySet:
        return self.order_by("sort_name", "id")

    def search(self, text: str) -> PersonQuerySet:
        """People whose name, e-mail or card number contains every word of `text`, accents and case aside."""
        found = self
        for word in fold(text).split()[:6]:
            found = found.filter(search_text__contains=word)
        return found

    def at_school(self, school: Any) -> PersonQuerySet:
        """People with a role at `school` now."""
        from techdesk.directory.models import RoleAssignment

        held = RoleAssignment.objects.in_force().filter(school=school)
        return self.filter(pk__in=held.values("person_id"))

    def holding(self, role: str, *, school_id: int | None) -> PersonQuerySet:
        """Active people who hold `role` at the school, or district-wide."""
        from techdesk.directory.models import RoleAssignment

        held = RoleAssignment.objects.in_force().filter(role=role)
        held = held.filter(Q(school_id=school_id) | Q(school__isnull=True))
        return self.active().filter(pk__in=held.values("person_id"))


class PersonManager(BaseUserManager.from_queryset(PersonQuerySet)):  # type: ignore[misc]
    """allauth and Django look people up by their e-mail, without case."""

    def get_by_natural_key(self, email: str | None) -> Any:
        return self.get(email__iexact=email)


class RoleAssignmentQuerySet(QuerySet["RoleAssignment"]):
    def in_force(self) -> RoleAssignmentQuerySet:
        return self.filter(ended_at__isnull=True)


class SectionQuerySet(VisibleQuerySet["Section"]):
    view_action = "directory.view_section"

    def active(self) -> SectionQuerySet:
        return self.filter(is_active=True)


class EnrolmentQuerySet(QuerySet["Enrolment"]):
    def in_force(self) -> EnrolmentQuerySet:
        return self.filter(is_active=True, section__is_active=True)


class InvitationQuerySet(QuerySet["Invitation"]):
    def open(self) -> InvitationQuerySet:
        return self.filter(used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=now())

    def newest_of(self, person: Any) -> Invitation | None:
        """The last invitation of `person`, whatever became of it."""
        return self.filter(person=person).order_by("-id").first()

"""Named reads of schools, rooms, people, sections and roles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import DateField, F, Func, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Lower

from techdesk.base.clock import district_today, now
from techdesk.base.policy import VisibleQuerySet
from techdesk.base.text import clean_line, fold
from techdesk.directory.choices import PersonKind, SectionKind

if TYPE_CHECKING:
    from techdesk.directory.models import (  # noqa: F401
        BellSchedule,
        CalendarFeed,
        Enrolment,
        Guardianship,
        Invitation,
        Person,
        RoleAssignment,
        Room,
        School,
        Section,
        YearChange,
    )


class SchoolQuerySet(VisibleQuerySet["School"]):
    view_action = "directory.view_school"

    def search(self, text: str) -> SchoolQuerySet:
        """Schools whose code or name contains `text`."""
        return self.filter(Q(code__icontains=text) | Q(name__icontains=text))

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

    def named(self, name: str) -> RoomQuerySet:
        """The room of the public name "LIN/104". Codes may hold a slash themselves, so each one may be the divider."""
        parts = name.split("/")
        fits = Q(pk__in=[])
        for place in range(1, min(len(parts), 8)):
            school, code = "/".join(parts[:place]), "/".join(parts[place:])
            fits |= Q(school__code__iexact=school, code__iexact=code)
        return self.filter(fits)

    def of_school(self, code: str) -> RoomQuerySet:
        return self.filter(school__code__iexact=code)

    def search(self, text: str) -> RoomQuerySet:
        """Rooms whose code or name contains `text`."""
        return self.filter(Q(code__icontains=text) | Q(name__icontains=text))

    def meant_by(self, text: str) -> RoomQuerySet:
        """Rooms that `text` may mean: the public name "LIN/104", a bare room code, or the code on the room's sign.

        A bare code can mean a room in each of several schools: whoever asks takes it only when there is one.
        """
        return self.named(text) | self.filter(Q(code__iexact=text) | Q(sign_code=text.upper()))


class PersonQuerySet(VisibleQuerySet["Person"]):
    view_action = "directory.view_person"

    def active(self) -> PersonQuerySet:
        return self.filter(is_active=True)

    def inactive(self) -> PersonQuerySet:
        return self.filter(is_active=False)

    def by_name(self) -> PersonQuerySet:
        return self.order_by("sort_name", "id")

    def search(self, text: str) -> PersonQuerySet:
        """People whose name, e-mail or card number contains every word of `text`, accents and case aside."""
        found = self
        for word in fold(text).split()[:6]:
            found = found.filter(search_text__contains=word)
        return found

    def with_key(self, key: Any) -> PersonQuerySet:
        return self.filter(key=key)

    def referred_to_by(self, path: str) -> PersonQuerySet:
        """For a subquery: the person whom the outer row's foreign key `path` names."""
        return self.filter(pk=OuterRef(f"{path}_id"))

    def nameable_to(self, viewer: Any) -> PersonQuerySet:
        """Whom a record that `viewer` reads may name: staff always, students and guardians only when `viewer` sees
        them."""
        return self.filter(kind__in=[PersonKind.STAFF, PersonKind.SERVICE]) | self.visible_to(viewer)

    def temporary(self) -> PersonQuerySet:
        """Added by hand; the roster does not list them yet."""
        return self.filter(is_temporary=True)

    def likely_the_same(self, *, given_name: str, family_name: str, identifier: str = "") -> PersonQuerySet:
        """People of this name, accents and case aside, or with this card number."""
        same = Q(sort_name=fold(f"{family_name} {given_name}"))
        if clean_line(identifier):
            same |= Q(identifier__iexact=clean_line(identifier))
        return self.humans().filter(same)

    def students(self) -> PersonQuerySet:
        return self.filter(kind=PersonKind.STUDENT)

    def search_as(self, viewer: Any, text: str) -> PersonQuerySet:
        """`search`, but nobody is found by a card number that `viewer` may not read."""
        readable = self.permitted(viewer, "directory.view_identifier").values("pk")
        found = self
        for word in fold(text).split()[:6]:
            found = found.filter(
                Q(search_text__contains=word, pk__in=readable) | Q(sort_name__contains=word) | Q(email__icontains=word)
            )
        return found

    def meant_by(self, text: str) -> PersonQuerySet:
        """People whom `text` names exactly: by key (what a picker sends), e-mail address or card number."""
        text = text.strip()
        try:
            return self.filter(key=UUID(text))
        except ValueError:
            pass
        return self.with_email(text) if "@" in text else self.filter(identifier__iexact=text or "-")

    def with_email(self, email: str) -> PersonQuerySet:
        return self.filter(email__iexact=email.strip())

    def named_by(self, texts: Iterable[str]) -> PersonQuerySet:
        """People whose e-mail address or card number is among `texts`."""
        wanted = sorted({text.lower() for text in texts if text})
        found = self.alias(lower_email=Lower("email"), lower_identifier=Lower("identifier"))
        return found.filter(Q(lower_email__in=wanted) | Q(lower_identifier__in=wanted, identifier__gt=""))

    def with_keys(self, keys: Iterable[UUID]) -> PersonQuerySet:
        return self.filter(key__in=list(keys))

    def with_ids(self, ids: Iterable[int]) -> PersonQuerySet:
        return self.filter(pk__in=list(ids))

    def humans(self) -> PersonQuerySet:
        """Without the service people that scheduled jobs act as."""
        return self.exclude(kind=PersonKind.SERVICE)

    def of_kind(self, kind: str) -> PersonQuerySet:
        return self.filter(kind=kind)

    def to_invite(self) -> PersonQuerySet:
        """Who could be invited: staff and students with an address who never had a password."""
        never = Q(password="") | Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
        return self.active().filter(never, kind__in=[PersonKind.STAFF, PersonKind.STUDENT], email__isnull=False)

    def with_role(self, role: str, *, seen_by: Any, school: Any = None) -> PersonQuerySet:
        """People who hold `role` now: at `school`, or without one anywhere that `seen_by` may know of."""
        from techdesk.directory.models import RoleAssignment

        held = RoleAssignment.objects.in_force().with_role(role).at_schools_seen_by(seen_by)
        if school is not None:
            held = held.filter(school=school)
        return self.filter(pk__in=held.values("person_id"))

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

    def of_people(self, people: Iterable[Any]) -> RoleAssignmentQuerySet:
        return self.filter(person__in=list(people))

    def of(self, person: Any) -> RoleAssignmentQuerySet:
        return self.filter(person=person)

    def with_role(self, role: str) -> RoleAssignmentQuerySet:
        return self.filter(role=role)

    def at_a_school(self) -> RoleAssignmentQuerySet:
        """Without the roles held for the whole district."""
        return self.filter(school__isnull=False)

    def for_the_district(self) -> RoleAssignmentQuerySet:
        return self.filter(school__isnull=True)

    def at_school_with_code(self, code: str) -> RoleAssignmentQuerySet:
        return self.filter(school__code__iexact=code)

    def at_schools_seen_by(self, viewer: Any) -> RoleAssignmentQuerySet:
        """Held at a school that `viewer` sees, or for the whole district."""
        from techdesk.directory.models import School

        seen = School.objects.visible_to(viewer).values("pk")
        return self.filter(Q(school__isnull=True) | Q(school__in=seen))


class SectionQuerySet(VisibleQuerySet["Section"]):
    view_action = "directory.view_section"

    def active(self) -> SectionQuerySet:
        return self.filter(is_active=True)

    def homerooms(self) -> SectionQuerySet:
        """Homerooms that are not over, by school and title."""
        running = Q(year__isnull=True) | Q(year__ends_on__gte=district_today())
        found = self.active().filter(running, kind=SectionKind.HOMEROOM)
        return found.select_related("school").order_by("school__name", "title", "id")


class EnrolmentQuerySet(QuerySet["Enrolment"]):
    def in_force(self) -> EnrolmentQuerySet:
        """Who is in a class today, by the calendar of the class's school: not who left it, not before their first
        day, and nobody once the school year of the class is over."""
        today = Cast(Func(F("section__school__time_zone"), Value(now()), function="timezone"), DateField())
        return self.alias(today=today).filter(
            Q(begins_on__isnull=True) | Q(begins_on__lte=F("today")),
            Q(ends_on__isnull=True) | Q(ends_on__gte=F("today")),
            Q(section__year__isnull=True) | Q(section__year__ends_on__gte=F("today")),
            is_active=True,
            section__is_active=True,
        )


class GuardianshipQuerySet(QuerySet["Guardianship"]):
    def in_force(self) -> GuardianshipQuerySet:
        return self.filter(ended_at__isnull=True)

    def writing_to(self, students: Iterable[int]) -> GuardianshipQuerySet:
        """Where mail for `students` (ids) may go: in force, wanted, with an address; first whom to ask first."""
        found = self.in_force().filter(
            student__in=list(students), receives_mail=True, guardian__is_active=True, guardian__email__isnull=False
        )
        return found.select_related("guardian").order_by("student", "-is_primary", "id")

    def of_pairs(self, pairs: Iterable[tuple[int | None, int | None]], ids: Iterable[int]) -> GuardianshipQuerySet:
        """Those between any of these students and any of these guardians, and those with these ids."""
        students, guardians = {one for one, _other in pairs if one}, {other for _one, other in pairs if other}
        found = self.filter(Q(student__in=students, guardian__in=guardians) | Q(pk__in=list(ids)))
        return found.select_related("student", "guardian")

    def of_student(self, student: Any) -> GuardianshipQuerySet:
        """Those of `student` with the guardian, whom the school asks first first."""
        found = self.filter(student=student).select_related("guardian")
        return found.order_by("-is_primary", "guardian__sort_name", "id")

    def of_guardian(self, guardian: Any) -> GuardianshipQuerySet:
        """Those of `guardian` with the student, by name."""
        return self.filter(guardian=guardian).select_related("student").order_by("student__sort_name", "id")


class YearChangeQuerySet(VisibleQuerySet["YearChange"]):
    view_action = "directory.change_year"

    def open(self) -> YearChangeQuerySet:
        """The one that is being prepared or applied."""
        return self.filter(state__in=["planned", "applying"])

    def of_import(self, run: Any) -> YearChangeQuerySet:
        return self.filter(import_run=run)

    def newest_first(self) -> YearChangeQuerySet:
        return self.select_related("owner", "import_run").order_by("-id")


class InvitationQuerySet(QuerySet["Invitation"]):
    def open(self) -> InvitationQuerySet:
        return self.filter(used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=now())

    def newest_of(self, person: Any) -> Invitation | None:
        """The last invitation of `person`, whatever became of it."""
        return self.filter(person=person).order_by("-id").first()


class CalendarFeedQuerySet(QuerySet["CalendarFeed"]):
    def in_force(self) -> CalendarFeedQuerySet:
        return self.filter(revoked_at__isnull=True, person__is_active=True)

    def with_hash(self, digest: str) -> CalendarFeedQuerySet:
        return self.filter(token_hash=digest).select_related("person", "school")

    def of(self, person: Any, school: Any) -> CalendarFeed | None:
        """The one in force of `person` for `school`."""
        return self.in_force().filter(person=person, school=school).first()


class BellScheduleQuerySet(QuerySet["BellSchedule"]):
    def of(self, school: Any) -> BellScheduleQuerySet:
        """Those that `school` uses."""
        return self.filter(school=school, is_active=True)

    def with_key(self, key: Any) -> BellScheduleQuerySet:
        return self.filter(key=key)

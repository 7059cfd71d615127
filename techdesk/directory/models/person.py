"""People. A person is also the login user; a person without e-mail or password simply cannot sign in."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pghistory
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import is_password_usable
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from techdesk.base.clock import now
from techdesk.base.models import Aggregate, Keyed
from techdesk.base.policy import DISTRICT_ROLES, ROLES, Access
from techdesk.base.text import fold
from techdesk.directory.choices import GrantSource, PersonKind
from techdesk.directory.models.school import Room, School
from techdesk.directory.querysets import PersonManager, RoleAssignmentQuerySet
from techdesk.jobs.hooks import undoable


@pghistory.track(exclude=["password", "last_login"])
@undoable(called="person", leave_out=("password", "last_login", "deactivated_at"))
class Person(Keyed, Aggregate, AbstractBaseUser):
    """Somebody the school knows: staff, student, guardian, or a service that acts for scheduled jobs.

    `given_name` is the name the person goes by; `sort_name` and `search_text` are folded in Python by
    `fill_search()` (no ICU in the embedded server). `identifier` is the number on the student or staff card.
    """

    resource: ClassVar[str] = "people"

    kind = models.CharField(max_length=10, choices=PersonKind)
    given_name = models.CharField(max_length=100)
    middle_name = models.CharField(max_length=100, blank=True)
    family_name = models.CharField(max_length=100)
    sort_name = models.CharField(max_length=310, editable=False)
    search_text = models.TextField(editable=False)
    email = models.EmailField(null=True, blank=True, unique=True)
    username = models.CharField(max_length=150, blank=True)  # in the roster; not for signing in
    identifier = models.CharField(max_length=60, blank=True)
    grade = models.CharField(max_length=10, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=10, default="en")
    theme = models.CharField(max_length=8, default="auto")
    default_room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    is_active = models.BooleanField(default=True)
    is_temporary = models.BooleanField(default=False)  # added by hand until the roster lists them
    deactivated_at = models.DateTimeField(null=True)  # the last time; stays when the person is switched on again

    objects: ClassVar[Any] = PersonManager()

    _zone_name: str  # filled by `access`

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["given_name", "family_name"]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="directory_person_email"),
            models.CheckConstraint(condition=~Q(email=""), name="directory_person_email_or_null"),
        ]
        indexes = [
            models.Index("sort_name", "id", name="directory_person_sort"),
            models.Index(Lower("identifier"), name="directory_person_identifier", condition=~Q(identifier="")),
            GinIndex(OpClass(F("search_text"), name="gin_trgm_ops"), name="directory_person_search"),
            models.Index("sort_name", "id", name="directory_person_temporary", condition=Q(is_temporary=True)),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("directory:person", args=[self.key])

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def short_name(self) -> str:
        """Initial and family name, for places where the whole name is not needed: "J. Okafor"."""
        return f"{self.given_name[:1]}. {self.family_name}" if self.given_name else self.family_name

    @property
    def is_student(self) -> bool:
        return self.kind == PersonKind.STUDENT

    @property
    def is_service(self) -> bool:
        return self.kind == PersonKind.SERVICE

    @property
    def has_password(self) -> bool:
        """Whether a password was ever set. Imports leave the column empty, which Django would call usable."""
        return bool(self.password) and is_password_usable(self.password)

    @property
    def may_sign_in(self) -> bool:
        """Staff and students sign in; guardians are contacts, service people are not people."""
        return self.kind in (PersonKind.STAFF, PersonKind.STUDENT)

    @property
    def invitation_obstacle(self) -> str:
        """Why this person cannot be invited, as a code; empty when they can."""
        if not self.may_sign_in:
            return "no_login"
        if not self.is_active:
            return "person_inactive"
        if self.has_password:
            return "has_password"
        return "" if self.email else "no_email"

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session is checked against at every request: the password, and the last deactivation.

        So a new password ends every other session, and the sessions from before a deactivation stay dead when the
        person is switched on again.
        """
        off = self.deactivated_at.isoformat() if self.deactivated_at else ""
        return salted_hmac(
            "techdesk.directory.session", f"{self.password}|{off}", secret=secret, algorithm="sha256"
        ).hexdigest()

    # Asked by allauth and Django; nothing of ours uses Django's own permissions.
    @property
    def is_staff(self) -> bool:
        return False

    @property
    def is_superuser(self) -> bool:
        return False

    def fill_search(self) -> None:
        """Derive `sort_name` and `search_text`. Every action that writes a name calls this first."""
        self.sort_name = fold(f"{self.family_name} {self.given_name}")
        self.search_text = fold(
            " ".join([self.given_name, self.middle_name, self.family_name, self.email or "", self.identifier])
        )

    @cached_property
    def access(self) -> Access:
        """The roles held now, read once per object (so: once per request), with the clocks of their schools."""
        roles: dict[str, set[int] | None] = {}
        zones: set[str | None] = set()
        own_room: str | None = None
        for role, school_id, zone, room_zone in self.role_assignments.in_force().values_list(
            "role", "school_id", "school__time_zone", "person__default_room__school__time_zone"
        ):
            held = roles.setdefault(role, set())
            zones.add(zone)
            own_room = room_zone
            if school_id is None:
                roles[role] = None
            elif held is not None:
                held.add(school_id)
        known = zones.pop() if len(zones) == 1 else own_room
        self._zone_name = known or settings.DISTRICT_TIME_ZONE
        return Access(roles={r: None if s is None else frozenset(s) for r, s in roles.items()})

    @property
    def zone(self) -> ZoneInfo:
        """The time zone this person lives by: that of their schools; where those differ, that of their own room.

        The district's for who works district-wide, has no role yet, or whose several schools leave it open. Costs
        nothing beside `access`.
        """
        _read = self.access
        return ZoneInfo(self._zone_name)

    def narrow_to(self, school_id: int) -> None:
        """Let this object reach one school only (an API token made for one school)."""
        self.access = Access(roles=self.access.roles, only_school=school_id)


@pghistory.track()
@undoable(belongs_to="person")
class RoleAssignment(models.Model):
    """A role held at a school, or district-wide where `school` is empty. Ended, never deleted."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="role_assignments")
    role = models.CharField(max_length=24, choices=[(slug, slug) for slug in ROLES])
    school = models.ForeignKey(School, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    source = models.CharField(max_length=10, choices=GrantSource, default=GrantSource.PERSON)
    granted_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True)

    objects = RoleAssignmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "role", "school"],
                condition=Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="directory_role_held_once",
            ),
            models.CheckConstraint(
                condition=~Q(role__in=sorted(DISTRICT_ROLES)) | Q(school__isnull=True),
                name="directory_role_district_wide",
            ),
            models.CheckConstraint(condition=Q(role__in=sorted(ROLES)), name="directory_role_known"),
        ]
        indexes = [models.Index("school", "person", name="directory_role_school", condition=Q(ended_at__isnull=True))]

    def __str__(self) -> str:
        return self.role

    @property
    def label(self) -> Any:
        return ROLES[self.role]

    @property
    def words(self) -> str:
        """The role and where it is held: "Teacher at Lincoln". Load it with its school."""
        if self.school is None:
            return str(self.label)
        return _("%(role)s at %(school)s") % {"role": self.label, "school": self.school.name}

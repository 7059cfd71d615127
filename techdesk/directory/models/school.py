"""The district, its schools and their rooms."""

from __future__ import annotations

from typing import ClassVar
from zoneinfo import ZoneInfo

import pghistory
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from techdesk.base.keys import short_code
from techdesk.base.models import Aggregate
from techdesk.directory.choices import RoomKind
from techdesk.directory.querysets import RoomQuerySet, SchoolQuerySet
from techdesk.jobs.hooks import undoable


def validate_time_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValidationError(_("There is no time zone of this name.")) from error


@undoable(called="district")
class District(Aggregate):
    """One installation is one district: this table has one row."""

    resource: ClassVar[str] = "district"

    only = models.BooleanField(default=True, unique=True, editable=False)
    name = models.CharField(max_length=200)
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(only=True), name="directory_district_one_row")]

    def __str__(self) -> str:
        return self.name

    @property
    def public_key(self) -> str:
        return "district"


def district_time_zone() -> str:
    return settings.DISTRICT_TIME_ZONE


@pghistory.track()
@undoable(called="school")
class School(Aggregate):
    resource: ClassVar[str] = "schools"

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    time_zone = models.CharField(max_length=60, default=district_time_zone, validators=[validate_time_zone])
    is_active = models.BooleanField(default=True)

    objects = SchoolQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("code"), name="directory_school_code")]

    def __str__(self) -> str:
        return self.name

    @property
    def public_key(self) -> str:
        return self.code

    @property
    def audit_school_id(self) -> int | None:
        return self.pk

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


@pghistory.track()
@undoable(called="room")
class Room(Aggregate):
    """A room of a school. Its sign carries `sign_code`, which never changes and is never used again."""

    resource: ClassVar[str] = "rooms"

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="rooms")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=12, choices=RoomKind, default=RoomKind.CLASSROOM)
    building = models.CharField(max_length=80, blank=True)
    floor = models.CharField(max_length=20, blank=True)
    sign_code = models.CharField(max_length=12, default=short_code, unique=True, editable=False)
    is_active = models.BooleanField(default=True)

    objects = RoomQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("school", Lower("code"), name="directory_room_code")]

    def __str__(self) -> str:
        return self.name or _("Room %(code)s") % {"code": self.code}

    @property
    def public_key(self) -> str:
        return f"{self.school.code}/{self.code}"

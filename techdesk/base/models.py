"""Abstract bases: what every aggregate has. This app has no tables of its own."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from techdesk.base.clock import now
from techdesk.base.keys import uuid7


class Keyed(models.Model):
    """An object without a human key: outside the house it is known by `key`, a UUIDv7, never by its number."""

    key = models.UUIDField(default=uuid7, unique=True, editable=False)

    class Meta:
        abstract = True

    @property
    def public_key(self) -> str:
        return str(self.key)


class Aggregate(models.Model):
    """Something with a page of its own.

    `version` rises with every change its page shows (ETag and form checks compare it); `resource` is its name
    in the REST API, the change feed and the audit trail; `public_key` is how the outside names one of them.
    """

    resource: ClassVar[str]

    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        abstract = True

    @property
    def public_key(self) -> str:
        raise NotImplementedError(f"{type(self).__name__} has no public key")

    @property
    def audit_school_id(self) -> int | None:
        """The school whose people may read this object's history; None where it belongs to the district."""
        school_id: int | None = getattr(self, "school_id", None)
        return school_id

    def write(self, *fields: str) -> None:
        """Save `fields` and raise the version. Only actions call this, after they locked the row."""
        self.version += 1
        self.updated_at = now()
        self.save(update_fields=[*fields, "version", "updated_at"])

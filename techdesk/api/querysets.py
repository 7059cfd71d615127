"""Named reads of tokens and of remembered answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet

from techdesk.api.secrets import secret_hash
from techdesk.base.clock import now
from techdesk.base.policy import VisibleQuerySet

if TYPE_CHECKING:
    from techdesk.api.models import ApiToken, IdempotentRequest  # noqa: F401


class ApiTokenQuerySet(VisibleQuerySet["ApiToken"]):
    view_action = "directory.view_token"

    def in_force(self) -> ApiTokenQuerySet:
        """Neither revoked nor expired, of an active person."""
        unexpired = Q(expires_at__isnull=True) | Q(expires_at__gt=now())
        return self.filter(unexpired, revoked_at__isnull=True, person__is_active=True)

    def with_secret(self, secret: str) -> ApiTokenQuerySet:
        """The one token of this secret, in force or not."""
        return self.filter(secret_hash=secret_hash(secret))

    def of(self, person: Any) -> ApiTokenQuerySet:
        """A person's tokens, newest first."""
        return self.filter(person=person).order_by("-id")

    def of_people(self, people: Iterable[Any]) -> ApiTokenQuerySet:
        return self.filter(person__in=list(people))

    def for_list(self) -> ApiTokenQuerySet:
        """With owner and school."""
        return self.select_related("person", "school")

    def not_used_since(self, moment: dt.datetime) -> ApiTokenQuerySet:
        return self.filter(Q(last_used_at__isnull=True) | Q(last_used_at__lt=moment))


class IdempotentRequestQuerySet(QuerySet["IdempotentRequest"]):
    def asked_before(self, moment: dt.datetime) -> IdempotentRequestQuerySet:
        return self.filter(at__lt=moment)

"""Tokens: how a script signs in. And what it was answered, for the case that it asks twice."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from techdesk.api.querysets import ApiTokenQuerySet, IdempotentRequestQuerySet
from techdesk.base.clock import now
from techdesk.base.models import Aggregate, Keyed


class TokenScope(models.TextChoices):
    READ = "read", _("Read only")
    WRITE = "write", _("Read and change")


class ApiToken(Keyed, Aggregate):
    """What its owner may do, at most: narrowed to reading by `scope`, to one school by `school`, to some parts of the
    API by `domains` (empty: all of them).

    Only the SHA-256 of the secret is kept. Tokens are made and revoked by the actions of the directory.
    """

    resource: ClassVar[str] = "tokens"

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=8, editable=False)
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    scope = models.CharField(max_length=5, choices=TokenScope, default=TokenScope.READ)
    domains = ArrayField(models.CharField(max_length=20), default=list, blank=True)  # names of techdesk.api.domains
    school = models.ForeignKey("directory.School", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, editable=False)  # written at most once a minute
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(scope__in=["read", "write"]), name="api_token_scope"),
            models.CheckConstraint(condition=~Q(name=""), name="api_token_has_name"),
        ]
        indexes = [models.Index(F("person"), F("id").desc(), name="api_token_of_person")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def may_write(self) -> bool:
        return self.scope == TokenScope.WRITE

    @property
    def is_in_force(self) -> bool:
        """Neither revoked nor expired; says nothing of the owner."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now())


class IdempotentRequest(models.Model):
    """A write that came with an Idempotency-Key, and what it was answered. Kept for a day.

    Written in the transaction of the write itself: the effect and the remembered answer are there together, or
    neither is. Whoever sends the same key meanwhile waits at the unique constraint.

    sight: the roles of the caller then, {role: [school ids] or null for the district}. row, students: primary keys of
    the answered object and of the students the answer shows. All three are asked about again before a replay.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, null=True, related_name="+")
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=400)
    key = models.CharField(max_length=255)
    body_hash = models.CharField(max_length=64)
    at = models.DateTimeField(default=now)
    status = models.PositiveSmallIntegerField(default=0)  # 0: it is being worked on, in this very transaction
    content_type = models.CharField(max_length=100, blank=True)
    headers = models.JSONField(default=dict)
    answer = models.TextField(blank=True)
    sight = models.JSONField(default=dict)
    row = models.BigIntegerField(null=True)
    students = ArrayField(models.BigIntegerField(), default=list)

    objects = IdempotentRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "token", "method", "path", "key"], nulls_distinct=False, name="api_idempotent_once"
            )
        ]
        indexes = [models.Index("at", name="api_idempotent_age")]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.key}"

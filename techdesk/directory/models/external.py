"""Identities that other systems gave: roster sourcedIds, MDM ids."""

from __future__ import annotations

from django.db import models

from techdesk.jobs.hooks import undoable


@undoable(points_at=("kind", "target_id"))
class ExternalId(models.Model):
    """`source` calls our object `target_id` of `kind` by the name `value`.

    kind: "school", "person", "section", "enrolment", "term", "year", "device" … The target is a plain number so
    that one table serves every floor; `check_invariants` looks for dangling ones. "Missing from the roster" is
    judged among the rows of one source: `present` says whether its last complete delivery still had it.
    """

    source = models.CharField(max_length=120)
    kind = models.CharField(max_length=20)
    value = models.CharField(max_length=200)
    target_id = models.BigIntegerField()
    present = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "kind", "value"], name="directory_externalid_once")]
        indexes = [models.Index("kind", "target_id", name="directory_externalid_target")]

    def __str__(self) -> str:
        return f"{self.source} {self.kind} {self.value}"

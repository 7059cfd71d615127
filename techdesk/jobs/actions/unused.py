"""Forgetting pictures that nobody sent: a form was left, or refused and never mended. They may show anybody."""

from __future__ import annotations

import datetime as dt
import os
import time
from pathlib import Path

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef, ProtectedError, QuerySet

from techdesk.base.clock import now
from techdesk.jobs.models import StoredFile

#: Longer than a form carries a photo along.
KEPT = dt.timedelta(days=2)


def forget_unused_pictures(*, limit: int = 500) -> int:
    """Delete up to `limit` pictures older than KEPT to which no row refers, and files whose row was never written.

    Returns how many were forgotten. Whatever has a foreign key to StoredFile keeps its file: the relations are
    read from the models, and the database refuses besides.
    """
    forgotten = 0
    for pk in list(_unused().values_list("pk", flat=True)[:limit]):
        path = _forget(pk)
        if path is not None:
            default_storage.delete(path)
            forgotten += 1
    return forgotten + _forget_strays()


def _unused() -> QuerySet[StoredFile]:
    rows = StoredFile.objects.filter(path__startswith="pictures/", created_at__lt=now() - KEPT).order_by("pk")
    for relation in StoredFile._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and relation.related_model:
            users = relation.related_model._default_manager.filter(**{relation.field.name: OuterRef("pk")})  # type: ignore[union-attr]
            rows = rows.exclude(Exists(users))
    return rows


@transaction.atomic
def _forget(pk: int) -> str | None:
    """The path of the file whose row is gone now; None when somebody was quicker, or uses it after all."""
    row = _unused().select_for_update(of=("self",), skip_locked=True).filter(pk=pk).first()
    if row is None:
        return None
    try:
        with transaction.atomic():
            row.delete()
    except ProtectedError:
        return None
    return row.path


def _forget_strays() -> int:
    """Files without a row: the process died between writing the one and the other."""
    folder = Path(default_storage.path("pictures"))
    before = time.time() - KEPT.total_seconds()
    forgotten = 0
    for part in sorted(folder.iterdir()) if folder.is_dir() else []:
        old = {
            f"pictures/{part.name}/{entry.name}": entry.path
            for entry in os.scandir(part)
            if entry.stat().st_mtime < before
        }
        known = set(StoredFile.objects.filter(path__in=old).values_list("path", flat=True))
        for path in set(old) - known:
            os.unlink(old[path])
            forgotten += 1
    return forgotten

"""Forgetting files that nobody sent: a form was left, or refused and never mended. They may show anybody.

Both ways: rows whose file nobody refers to, and files whose row was never written. A row that is used and whose file is
gone cannot be mended here; it is counted and logged, so that somebody looks into the backup.
"""

from __future__ import annotations

import datetime as dt

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef, ProtectedError, Q, QuerySet

from techdesk.base.clock import now
from techdesk.base.log import log
from techdesk.jobs.models import StoredFile
from techdesk.jobs.storage import files_before

#: Longer than a form carries a file along.
KEPT = dt.timedelta(days=2)
FOLDERS = ("pictures", "documents")


def forget_unused_files(*, limit: int = 500) -> int:
    """Delete up to `limit` files older than KEPT to which no row refers, and files whose row was never written.

    Returns how many were forgotten. Whatever has a foreign key to StoredFile keeps its file: the relations are
    read from the models, and the database refuses besides.
    """
    forgotten = 0
    for pk in list(_unused().values_list("pk", flat=True)[:limit]):
        path = _forget(pk)
        if path is not None:
            default_storage.delete(path)
            forgotten += 1
    return forgotten + sum(_forget_strays(folder) for folder in FOLDERS)


def missing_files(*, most: int = 10_000) -> list[str]:
    """The keys of rows (the newest `most`) whose file is gone; each is logged, without its name."""
    rows = StoredFile.objects.order_by("-pk").only("key", "path")[:most]
    gone = [row.public_key for row in rows.iterator(chunk_size=500) if not default_storage.exists(row.path)]
    for key in gone:
        log.error("stored file is gone", file=key)
    return gone


def _unused() -> QuerySet[StoredFile]:
    ours = Q(path__startswith=f"{FOLDERS[0]}/") | Q(path__startswith=f"{FOLDERS[1]}/")
    rows = StoredFile.objects.filter(ours, created_at__lt=now() - KEPT).order_by("pk")
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


def _forget_strays(folder: str) -> int:
    """Files without a row: the process died between writing the one and the other."""
    old = list(files_before(now() - KEPT, folder=folder))
    forgotten = 0
    for start in range(0, len(old), 500):
        some = old[start : start + 500]
        known = set(StoredFile.objects.filter(path__in=some).values_list("path", flat=True))
        for path in some:
            if path not in known:
                default_storage.delete(path)
                forgotten += 1
    return forgotten

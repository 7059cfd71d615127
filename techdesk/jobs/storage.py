"""Where stored files lie: a folder of this machine, or any store that speaks S3. Chosen by TECHDESK_FILES.

On a folder a file appears only when all of it is on the disk; an object store gives the same promise by itself.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage, storages


def write_file(path: str, content: bytes) -> None:
    """Keep `content` under `path`, which nobody has used before; on return it outlives a power cut."""
    if isinstance(_storage(), FileSystemStorage):
        _write_to_disk(path, content)
        return
    kept = default_storage.save(path, ContentFile(content))
    if kept != path:
        default_storage.delete(kept)
        raise FileExistsError(path)


def _write_to_disk(path: str, content: bytes) -> None:
    target = Path(default_storage.path(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".part")
    with unfinished.open("xb") as file:
        os.fchmod(file.fileno(), 0o640)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def files_before(moment: dt.datetime, *, folder: str) -> Iterator[str]:
    """The paths of files in `folder` (one level of folders below it) that were written before `moment`."""
    try:
        parts, _files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for part in sorted(parts):
        _folders, names = default_storage.listdir(f"{folder}/{part}")
        for name in sorted(names):
            path = f"{folder}/{part}/{name}"
            try:
                if default_storage.get_modified_time(path) < moment:
                    yield path
            except FileNotFoundError:
                continue  # somebody else deleted it meanwhile


def _storage() -> object:
    """The storage behind Django's lazy stand-in."""
    return storages["default"]

"""Uploaded files wait under a random name outside the web root, only until they were read."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from techdesk.base.errors import BadInput, TooLarge
from techdesk.base.text import clean_line
from techdesk.jobs.imports.files import MOST_FILES, InputPath, fingerprint

#: What nobody came back for is deleted after so many days.
KEEP_DAYS = 7


def upload_folder() -> Path:
    folder: Path = settings.VAR / "uploads"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def take_uploads(files: Sequence[UploadedFile[Any]]) -> list[dict[str, Any]]:
    """Put uploads where a worker finds them; the answer goes into `ImportRun.files` ("path" is the random name).

    Call it outside a transaction. Raises BadInput no_files, empty_file; TooLarge too_large, too_many_files.
    """
    if not files:
        raise BadInput(_("Choose the files to import."), code="no_files")
    if len(files) > MOST_FILES:
        message = _("That are %(count)d files. At most %(most)d can be read in one go.")
        raise TooLarge(message % {"count": len(files), "most": MOST_FILES}, code="too_many_files")
    if sum(file.size or 0 for file in files) > settings.UPLOAD_MAX_BYTES:
        raise TooLarge(too_large_words())
    if empty := next((file for file in files if not file.size), None):
        message = _("%(file)s is empty. Export it again, then try once more.")
        raise BadInput(message % {"file": empty.name}, code="empty_file")
    return [_take(file) for file in files]


def too_large_words() -> str:
    most = settings.UPLOAD_MAX_BYTES // 1024**2
    return _("This is more than %(most)d MB. Send it as a zip, or ask for an import on the server.") % {"most": most}


def _take(file: UploadedFile[Any]) -> dict[str, Any]:
    name = uuid4().hex
    place = upload_folder() / name
    if hasattr(file, "temporary_file_path"):
        file.flush()
        shutil.move(file.temporary_file_path(), place)
        file.close()  # Django knows that the file may have been moved away
    else:
        with place.open("wb") as target:
            for chunk in file.chunks():
                target.write(chunk)
    place.chmod(0o600)
    known_as = clean_line(os.path.basename(file.name or ""))[:200] or _("upload")
    return {"name": known_as, "size": place.stat().st_size, "sha256": fingerprint(place), "path": name}


def waiting_inputs(files: Iterable[dict[str, Any]]) -> list[InputPath]:
    """The uploads of a run that still wait. Raises BadInput `file_gone` when one is no longer there."""
    found = [InputPath(upload_folder() / Path(file["path"]).name, file["name"]) for file in files if "path" in file]
    if gone := next((one for one in found if not one.path.is_file()), None):
        message = _("%(file)s is no longer here. Upload it again.") % {"file": gone.name}
        raise BadInput(message, code="file_gone")
    return found


def drop_uploads(files: Iterable[dict[str, Any]]) -> None:
    """Delete the uploads of a run; those that are gone already are no matter."""
    for file in files:
        if "path" in file:
            (upload_folder() / Path(file["path"]).name).unlink(missing_ok=True)


def sweep_uploads(*, days: int = KEEP_DAYS) -> int:
    """Delete uploads older than `days`; return how many. Files of runs that were never read, or of no run at all."""
    oldest = time.time() - days * 24 * 3600
    stale = [path for path in upload_folder().iterdir() if path.is_file() and path.stat().st_mtime < oldest]
    for path in stale:
        path.unlink(missing_ok=True)
    return len(stale)

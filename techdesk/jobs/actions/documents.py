"""Documents that people send: kept as they are, told by their first bytes, only ever handed out to be saved."""

from __future__ import annotations

import hashlib
import os
import uuid
import zipfile
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from techdesk.base.errors import BadInput, DomainError, TooLarge
from techdesk.base.text import clean_line
from techdesk.jobs.actions.files import store_picture
from techdesk.jobs.models import StoredFile
from techdesk.jobs.storage import write_file

#: Ending -> content type. A file is one of these when its bytes say so, whatever its name says.
OFFICE = {
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "word/"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xl/"),
    "pptx": ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "ppt/"),
}
PDF = ("pdf", "application/pdf")
TEXT_ENDINGS = ("txt", "log", "csv")
#: What a file chooser offers.
ACCEPT = ",".join(["image/*", ".pdf", *(f".{ending}" for ending in (*TEXT_ENDINGS, *OFFICE))])
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")


def store_upload(*, actor: Any, upload: UploadedFile[Any]) -> StoredFile:
    """Keep a picture (drawn anew) or a document, whichever the first bytes say it is; raises as those do."""
    head = upload.read(16)
    upload.seek(0)
    if head.startswith(_PICTURES) or head[4:8] == b"ftyp":
        return store_picture(actor=actor, upload=upload)
    return store_document(actor=actor, upload=upload)


def store_document(*, actor: Any, upload: UploadedFile[Any]) -> StoredFile:
    """Keep a PDF, a text file or an Office document without macros, under a random name.

    The size is looked at before anything is read. Call it outside a transaction, as `store_picture`.
    Raises TooLarge `document_too_large`; BadInput `empty_file`, `unknown_document`, `document_with_macros`.
    """
    if not upload.size:
        raise BadInput(_("This file is empty. Choose it again."), code="empty_file")
    if upload.size > settings.DOCUMENT_MAX_BYTES:
        most = settings.DOCUMENT_MAX_BYTES // (1024 * 1024)
        message = _("This file is larger than %(most)d MB. Send a smaller one, or a link to it.")
        raise TooLarge(message % {"most": most}, code="document_too_large")
    upload.seek(0)
    content: bytes = upload.read()
    ending, content_type = _kind_of(content, os.path.splitext(upload.name or "")[1].lstrip(".").lower())
    name = uuid.uuid4().hex
    path = f"documents/{name[:2]}/{name}.{ending}"
    write_file(path, content)
    return StoredFile.objects.create(
        path=path,
        original_name=clean_line(os.path.basename(upload.name or ""))[:200] or f"document.{ending}",
        content_type=content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        uploaded_by=actor,
    )


def _kind_of(content: bytes, ending: str) -> tuple[str, str]:
    """Ending and content type by what the bytes are; the name only tells a log from a table."""
    if content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(b"PK\x03\x04"):
        return _office(content)
    if ending in TEXT_ENDINGS and _is_text(content):
        return ending, "text/csv" if ending == "csv" else "text/plain"
    raise _unknown()


def _is_text(content: bytes) -> bool:
    if b"\x00" in content:
        return content.startswith((b"\xff\xfe", b"\xfe\xff"))  # UTF-16 with its mark
    return True


def _office(content: bytes) -> tuple[str, str]:
    try:
        with zipfile.ZipFile(BytesIO(content)) as parts:
            names = parts.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise _unknown() from None
    if "[Content_Types].xml" not in names:
        raise _unknown()
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        message = _("This document carries macros, which are programs. Save it without them, or as a PDF.")
        raise BadInput(message, code="document_with_macros")
    for ending, (content_type, folder) in OFFICE.items():
        if any(name.startswith(folder) for name in names):
            return ending, content_type
    raise _unknown()


def _unknown() -> DomainError:
    message = _("This kind of file cannot be added. Choose a picture, a PDF, a text file or an Office document.")
    return BadInput(message, code="unknown_document")

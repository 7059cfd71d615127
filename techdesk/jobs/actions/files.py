"""Pictures that people send: drawn anew, so that nothing but the picture itself is kept.

A phone writes into a photo where it was taken; a prepared file may carry a program behind the picture. Decoding
and encoding again leaves both behind.
"""

from __future__ import annotations

import hashlib
import os
import threading
import uuid
from io import BytesIO
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from techdesk.base.errors import BadInput, TooLarge
from techdesk.base.text import clean_line
from techdesk.jobs.models import StoredFile
from techdesk.jobs.storage import write_file

LONGEST_SIDE = 2400
#: What decoding may cost: 4 bytes a pixel. A JPEG is decoded at half its size or less when it is that large.
MOST_PIXELS = {"JPEG": 80_000_000, "PNG": 30_000_000, "WEBP": 30_000_000}
#: Decoding the largest of them takes several hundred MB: one at a time in each process, the others wait seconds.
_DRAWING = threading.Lock()
_TYPES = {"JPEG": ("image/jpeg", "jpg"), "PNG": ("image/png", "png"), "WEBP": ("image/webp", "webp")}
#: ISO base media brands of HEIC and HEIF photos (ISO/IEC 23008-12, annex B).
_HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}


def store_picture(*, actor: Any, upload: UploadedFile[Any]) -> StoredFile:
    """Keep a JPEG, PNG or WebP picture, drawn anew without its metadata and at most 2400 pixels a side.

    Call it outside a transaction: the file is written and synced first, its row last. A file whose row was never
    written belongs to nobody and is seen by nobody.
    Raises TooLarge `picture_too_large`, `picture_too_many_pixels`; BadInput `empty_file`, `heic`, `not_a_picture`,
    `damaged_picture`.
    """
    sent = _bytes_of(upload)
    with _DRAWING:
        content, kind, (width, height) = _drawn_anew(sent)
    content_type, ending = _TYPES[kind]
    name = uuid.uuid4().hex
    path = f"pictures/{name[:2]}/{name}.{ending}"
    write_file(path, content)
    return StoredFile.objects.create(
        path=path,
        original_name=clean_line(os.path.basename(upload.name or ""))[:200] or f"picture.{ending}",
        content_type=content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        width=width,
        height=height,
        uploaded_by=actor,
    )


def open_stored_file(file: StoredFile) -> BinaryIO:
    """The content of `file`, to be read and closed by the caller. Raises FileNotFoundError when the disk lost it."""
    return default_storage.open(file.path, "rb")  # type: ignore[return-value]


def _bytes_of(upload: UploadedFile[Any]) -> bytes:
    if not upload.size:
        raise BadInput(_("This file is empty. Choose the picture again."), code="empty_file")
    if upload.size > settings.PICTURE_MAX_BYTES:
        raise TooLarge(
            _("This picture is larger than %(megabytes)d MB. Take a smaller one, or a screenshot of it.")
            % {"megabytes": settings.PICTURE_MAX_BYTES // (1024 * 1024)},
            code="picture_too_large",
        )
    upload.seek(0)
    content: bytes = upload.read()
    return content


def _drawn_anew(content: bytes) -> tuple[bytes, str, tuple[int, int]]:
    """The picture encoded again, its kind and its width and height."""
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        raise BadInput(
            _(
                "iPhone photos in the HEIC format cannot be read here. Send a screenshot of the photo, or choose"
                " Settings, Camera, Formats, Most Compatible on the iPhone and take it again."
            ),
            code="heic",
        )
    try:
        picture = Image.open(BytesIO(content), formats=tuple(_TYPES))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except Exception:
        raise BadInput(
            _("This is not a picture we can read. Choose a JPEG, PNG or WebP picture."), code="not_a_picture"
        ) from None
    kind = str(picture.format)
    if picture.width * picture.height > MOST_PIXELS[kind]:
        raise _too_many_pixels()
    try:
        picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        picture.load()
        upright = ImageOps.exif_transpose(picture)
    except Exception:  # a decoder meets broken files in many ways, each with an exception of its own
        raise BadInput(
            _("This picture is damaged or was only half sent. Choose it again, or take a new one."),
            code="damaged_picture",
        ) from None
    clear = upright.has_transparency_data and kind != "JPEG"
    pixels = upright.convert("RGBA" if clear else "RGB")
    pixels.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    # A picture of its own: `pixels` still carries the comments and profiles of the file it came from.
    clean = Image.new(pixels.mode, pixels.size)
    clean.paste(pixels)
    encoded = BytesIO()
    if kind == "PNG":
        clean.save(encoded, "PNG", optimize=False, compress_level=6)
    else:
        clean.save(encoded, kind, quality=85)
    return encoded.getvalue(), kind, clean.size


def _too_many_pixels() -> TooLarge:
    return TooLarge(
        _("This picture has too many pixels to be read here. Send a screenshot of it."), code="picture_too_many_pixels"
    )

"""Pictures as phones and mischief-makers send them, made here."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from PIL.PngImagePlugin import PngInfo

GPS_IFD, ORIENTATION, MAKE, USER_COMMENT = 0x8825, 0x0112, 0x010F, 0x9286


def upload(content: bytes, name: str = "photo.jpg", content_type: str = "image/jpeg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type)


def encoded(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def two_halves(size: tuple[int, int] = (400, 200), mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right."""
    picture = Image.new(mode, size, "blue")
    picture.paste("red", (0, 0, size[0] // 2, size[1]))
    return picture


def photo_of_a_phone(*, orientation: int = 6) -> bytes:
    """A JPEG with maker, a comment, and where it was taken (41.0, -91.5), lying on its side."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[MAKE] = "Phonemaker"
    exif.get_ifd(GPS_IFD).update({1: "N", 2: (41.0, 0.0, 0.0), 3: "W", 4: (91.0, 30.0, 0.0)})
    return encoded(two_halves(), exif=exif.tobytes(), comment=b"taken at 12 Elm Street", quality=95)


def talkative_png() -> bytes:
    words = PngInfo()
    words.add_text("Author", "Somebody in Elm Street")
    return encoded(two_halves(mode="RGBA"), "PNG", pnginfo=words)


def png_bomb(side: int = 20_000) -> bytes:
    """A few kilobytes that say they are 400 million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    row = b"\x00" * (side // 8 + 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(row * 50)) + chunk(b"IEND", b"")

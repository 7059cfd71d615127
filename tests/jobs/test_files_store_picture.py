"""store_picture: only the picture is kept, and everything that is none is refused with words."""

from __future__ import annotations

import hashlib
import os
from io import BytesIO
from typing import Any

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from techdesk.base.errors import BadInput, DomainError, TooLarge
from techdesk.jobs.actions import open_stored_file, store_picture
from techdesk.jobs.models import StoredFile
from tests.factories import PersonFactory
from tests.jobs.pictures import encoded, photo_of_a_phone, png_bomb, talkative_png, two_halves, upload


def kept(file: StoredFile) -> tuple[bytes, Image.Image]:
    with open_stored_file(file) as opened:
        content = opened.read()
    return content, Image.open(BytesIO(content))


def test_a_phone_photo_loses_where_it_was_taken_and_stands_upright(db: None) -> None:
    person, sent = PersonFactory(), photo_of_a_phone(orientation=6)
    assert b"Elm Street" in sent and b"Phonemaker" in sent and Image.open(BytesIO(sent)).getexif()
    file = store_picture(actor=person, upload=upload(sent, "IMG 0412.jpg"))
    content, picture = kept(file)
    assert not picture.getexif() and "exif" not in picture.info and "comment" not in picture.info
    for trace in (b"Exif", b"GPS", b"Elm Street", b"Phonemaker", b"http://ns.adobe.com"):
        assert trace not in content
    # Lying on its side (6: turn right to see it): red was left, now it is on top.
    assert picture.size == (file.width, file.height) == (200, 400)
    assert picture.getpixel((100, 20))[0] > 200 and picture.getpixel((100, 380))[2] > 200
    assert (file.content_type, file.original_name, file.uploaded_by) == ("image/jpeg", "IMG 0412.jpg", person)
    assert file.size == len(content) and file.sha256 == hashlib.sha256(content).hexdigest()
    assert "IMG" not in file.path and file.is_picture


def test_the_words_inside_a_png_are_left_behind_and_its_clear_parts_stay(db: None) -> None:
    file = store_picture(actor=PersonFactory(), upload=upload(talkative_png(), "screen.png"))
    content, picture = kept(file)
    assert b"Elm Street" not in content and picture.format == "PNG" and picture.mode == "RGBA"
    assert not picture.info.get("Author")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (encoded(two_halves(mode="RGB"), "WEBP"), "WEBP"),
        (encoded(two_halves().convert("CMYK")), "JPEG"),
        (encoded(two_halves().convert("L")), "JPEG"),
        (encoded(two_halves().convert("P"), "PNG", transparency=0), "PNG"),
        (encoded(two_halves().convert("1"), "PNG"), "PNG"),
    ],
)
def test_other_kinds_and_colours(db: None, content: bytes, kind: str) -> None:
    file = store_picture(actor=PersonFactory(), upload=upload(content))
    assert kept(file)[1].format == kind and file.width == 400


def test_a_huge_photo_is_kept_smaller(db: None) -> None:
    file = store_picture(actor=PersonFactory(), upload=upload(encoded(two_halves((6000, 4000)))))
    assert (file.width, file.height) == (2400, 1600)


def test_a_program_behind_the_picture_is_not_kept(db: None) -> None:
    content = encoded(two_halves()) + b"<script>alert(1)</script>PK\x03\x04"
    file = store_picture(actor=PersonFactory(), upload=upload(content, "../../etc/passwd\x00.jpg"))
    assert b"<script>" not in kept(file)[0]
    assert "/" not in file.original_name and "\x00" not in file.original_name
    assert file.path.startswith("pictures/") and ".." not in file.path


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x00" * 200, "heic"),
        (b"GIF89a" + b"\x00" * 100, "not_a_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "not_a_picture"),
        (b"%PDF-1.7\n", "not_a_picture"),
        (os.urandom(4000), "not_a_picture"),
        (b"\xff\xd8\xff\xe0", "not_a_picture"),
        (encoded(two_halves((1200, 900)), quality=95)[:3000], "damaged_picture"),
        (talkative_png()[:400], "damaged_picture"),
    ],
)
def test_what_is_no_picture_is_refused_with_words(db: None, content: bytes, code: str) -> None:
    with pytest.raises(BadInput) as refusal:
        store_picture(actor=PersonFactory(), upload=upload(content))
    assert refusal.value.code == code and len(str(refusal.value)) > 20
    assert not StoredFile.objects.exists()
    assert not os.path.exists(default_storage.path("pictures"))


def test_too_many_bytes(db: None, settings: Any) -> None:
    settings.PICTURE_MAX_BYTES = 1000
    with pytest.raises(TooLarge) as refusal:
        store_picture(actor=PersonFactory(), upload=upload(photo_of_a_phone()))
    assert refusal.value.code == "picture_too_large" and refusal.value.status == 413


@pytest.mark.parametrize("side", [8_000, 11_000, 20_000])
def test_too_many_pixels_are_never_unpacked(db: None, side: int) -> None:
    bomb = png_bomb(side)
    assert len(bomb) < 20_000
    with pytest.raises(DomainError) as refusal:
        store_picture(actor=PersonFactory(), upload=upload(bomb, "bomb.png"))
    assert refusal.value.code == "picture_too_many_pixels"
    assert not StoredFile.objects.exists()


def test_nothing_half_written_remains_and_names_are_never_the_same(db: None) -> None:
    person = PersonFactory()
    first, second = (store_picture(actor=person, upload=upload(photo_of_a_phone())) for _ in range(2))
    assert first.path != second.path
    left = [name for _folder, _folders, names in os.walk(default_storage.path("pictures")) for name in names]
    assert len(left) == 2 and not any(name.endswith(".part") for name in left)
    assert os.stat(default_storage.path(first.path)).st_mode & 0o007 == 0

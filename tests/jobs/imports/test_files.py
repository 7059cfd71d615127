"""Files, folders and zips: what is read, and what is turned away before anything of it is believed."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest

from techdesk.base.errors import BadInput, DomainError, TooLarge
from techdesk.jobs.imports import files
from techdesk.jobs.imports.files import InputPath, unpack


def _zip(path: Path, *entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def _refused(path: Path) -> DomainError:
    with pytest.raises(DomainError) as refusal:
        unpack([InputPath.of(path)])
    assert str(refusal.value)
    return refusal.value


def test_a_zip_a_folder_and_a_file_together(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.csv").write_text("1")
    (folder / ".hidden").write_text("2")
    (folder / "deeper").mkdir()
    single = tmp_path / "b.csv"
    single.write_text("3")
    packed = _zip(tmp_path / "c.zip", ("export/c.csv", b"4"), ("__MACOSX/._c.csv", b"x"), ("export/.DS_Store", b"x"))
    found = unpack([InputPath.of(path) for path in (folder, single, packed)])
    assert [(file.name, file.size) for file in found] == [("a.csv", 1), ("b.csv", 1), ("c.csv", 1)]
    with found[2].open() as stream:
        assert stream.read() == b"4"


def test_a_bomb_is_known_by_what_it_declares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 10_000)
    refusal = _refused(_zip(tmp_path / "bomb.zip", ("a.csv", b"\0" * 20_000)))
    assert isinstance(refusal, TooLarge) and refusal.code == "too_large"


def test_a_bomb_that_lies_gives_no_more_than_it_declares(tmp_path: Path) -> None:
    """The central directory says 10 bytes where a megabyte is packed."""
    path = _zip(tmp_path / "liar.zip", ("a.csv", b"a" * 1_000_000))
    content = bytearray(path.read_bytes())
    place = content.find(b"PK\x01\x02")
    struct.pack_into("<L", content, place + 24, 10)
    path.write_bytes(content)
    refusal = _refused(path)
    assert isinstance(refusal, BadInput) and refusal.code == "broken_zip"


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda p: _zip(p, ("inner.zip", b"x")), "nested_archive"),
        (lambda p: _zip(p, ("users.csv", b"PK\x03\x04rest")), "nested_archive"),
        (lambda p: _zip(p, ("x.tar.gz", b"x")), "nested_archive"),
        (lambda p: _zip(p, ("[Content_Types].xml", b"x")), "excel_file"),
        (lambda p: _zip(p), "no_files"),
        (lambda p: _zip(p, ("a.csv", b"x" * 99), method=zipfile.ZIP_BZIP2), "unsupported_zip"),
        (lambda p: _zip(p, *((f"{i}.csv", b"x") for i in range(201))), "too_many_files"),
        (lambda p: p.write_bytes(b"PK\x03\x04half") and p, "broken_zip"),
        (lambda p: p.write_bytes(b"") or p, "empty_file"),
        (lambda p: p.with_name("nowhere.zip"), "no_such_file"),
    ],
)
def test_what_is_turned_away(tmp_path: Path, make: Any, code: str) -> None:
    assert _refused(make(tmp_path / "in.zip")).code == code


def test_a_zip_with_a_password_is_turned_away(tmp_path: Path) -> None:
    path = _zip(tmp_path / "locked.zip", ("a.csv", b"x"))
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.find(mark) + offset] |= 0x1
    path.write_bytes(content)
    assert _refused(path).code == "encrypted_zip"


def test_names_that_lead_out_of_the_folder_lead_nowhere(tmp_path: Path) -> None:
    [file] = unpack([InputPath.of(_zip(tmp_path / "x.zip", ("../../etc/users.csv", b"1")))])
    assert file.name == "users.csv"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.zip"], "nothing is unpacked to disk"

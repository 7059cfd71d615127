"""The files of an import: on disk, in a folder or in a zip, never unpacked to disk, with limits against bombs."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from django.utils.translation import gettext as _

from techdesk.base.errors import BadInput, TooLarge
from techdesk.base.text import clean_line

#: What one import may unpack to, and how many files it may bring.
MOST_BYTES = 1024 * 1024 * 1024
MOST_FILES = 200
CHUNK = 1024 * 1024
_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_ARCHIVE_ENDINGS = (".zip", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".tar")
_PLAIN_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


@dataclass(frozen=True)
class SourceFile:
    """One file to read. `name` is its own name without folders; `path` is where it lies, or the zip it lies in."""

    name: str
    size: int
    path: Path
    member: str = ""

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The bytes, from the beginning. Raises BadInput `broken_zip` when the archive breaks off while it is read."""
        if not self.member:
            with self.path.open("rb") as stream:
                yield stream
            return
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as stream:
                yield stream  # type: ignore[misc]
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise broken_zip(self.path.name) from error

    @property
    def stem(self) -> str:
        return PurePosixPath(self.name).stem

    @property
    def ending(self) -> str:
        return PurePosixPath(self.name).suffix.lower()

    def starts_with(self, count: int) -> bytes:
        with self.open() as stream:
            return stream.read(count)


@dataclass(frozen=True)
class InputPath:
    """A file or folder that was handed in, with the name people know it by (an upload lies under a random one)."""

    path: Path
    name: str

    @classmethod
    def of(cls, path: Path | str) -> InputPath:
        found = Path(path)
        return cls(found, found.name or str(found))


def broken_zip(name: str) -> BadInput:
    return BadInput(
        _("%(file)s is damaged or only half there. Download it again, then try once more.") % {"file": name},
        code="broken_zip",
    )


def unpack(inputs: Sequence[InputPath], *, sheets: bool = False) -> list[SourceFile]:
    """Every file in `inputs` (files, folders, zips), without opening a folder's folders or a zip's zips. With `sheets`
    an Office file (a zip itself) is a file like others; `open_any_table` looks into it.

    Raises BadInput: no_such_file, no_files, empty_file, broken_zip, encrypted_zip, unsupported_zip, nested_archive,
    excel_file; TooLarge: too_large, too_many_files.
    """
    found: list[SourceFile] = []
    for one in inputs:
        if one.path.is_dir():
            found.extend(_in_folder(one.path))
        elif one.path.is_file():
            found.extend(_from_file(one, sheets=sheets))
        else:
            message = _("There is no file %(file)s.") % {"file": one.name}
            raise BadInput(message, code="no_such_file")
    if not found:
        raise BadInput(_("There is nothing to read here. Choose the files of the export."), code="no_files")
    if len(found) > MOST_FILES:
        message = _("There are %(count)d files in this. At most %(most)d can be read in one go.")
        raise TooLarge(message % {"count": len(found), "most": MOST_FILES}, code="too_many_files")
    if sum(file.size for file in found) > MOST_BYTES:
        message = _("Unpacked this is more than %(most)d MB. Split the export, then import the parts.")
        raise TooLarge(message % {"most": MOST_BYTES // 1024**2})
    return found


def _in_folder(folder: Path) -> list[SourceFile]:
    paths = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    return [SourceFile(path.name, path.stat().st_size, path) for path in paths[: MOST_FILES + 1]]


def _from_file(one: InputPath, *, sheets: bool) -> list[SourceFile]:
    size = one.path.stat().st_size
    if size == 0:
        message = _("%(file)s is empty. Export it again, then try once more.") % {"file": one.name}
        raise BadInput(message, code="empty_file")
    with one.path.open("rb") as stream:
        start = stream.read(4)
    if start in (_ZIP, _EMPTY_ZIP) and not (sheets and _is_office(one)):
        return _in_zip(one)
    return [SourceFile(one.name, size, one.path)]


def _is_office(one: InputPath) -> bool:
    """Has the zip the list of contents that every Office Open XML file begins with (ECMA-376 part 2)?"""
    try:
        with zipfile.ZipFile(one.path) as archive:
            return "[Content_Types].xml" in archive.namelist()
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise broken_zip(one.name) from error


def _in_zip(one: InputPath) -> list[SourceFile]:
    try:
        with zipfile.ZipFile(one.path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_noise(entry.filename)]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise broken_zip(one.name) from error
    if len(entries) > MOST_FILES:
        message = _("There are %(count)d files in %(file)s. At most %(most)d can be read in one go.")
        raise TooLarge(message % {"count": len(entries), "file": one.name, "most": MOST_FILES}, code="too_many_files")
    # The reader never gives more bytes than an entry declares, so the declared sizes are the ones that count.
    if sum(entry.file_size for entry in entries) > MOST_BYTES:
        message = _("Unpacked, %(file)s is more than %(most)d MB. Split the export, then import the parts.")
        raise TooLarge(message % {"file": one.name, "most": MOST_BYTES // 1024**2})
    found = []
    for entry in entries:
        name = PurePosixPath(entry.filename.replace("\\", "/")).name
        if name == "[Content_Types].xml":
            message = _("%(file)s is an Excel or Office file. Save it as CSV, then try once more.") % {"file": one.name}
            raise BadInput(message, code="excel_file")
        if entry.flag_bits & 0x1:
            message = _("%(file)s is locked with a password. Make one without, then try once more.")
            raise BadInput(message % {"file": one.name}, code="encrypted_zip")
        if entry.compress_type not in _PLAIN_METHODS:
            message = _("%(file)s is packed in a way that cannot be read. Pack it as an ordinary zip.")
            raise BadInput(message % {"file": one.name}, code="unsupported_zip")
        file = SourceFile(clean_line(name)[:200], entry.file_size, one.path, entry.filename)
        if name.lower().endswith(_ARCHIVE_ENDINGS) or file.starts_with(4) in (_ZIP, _EMPTY_ZIP):
            message = _("%(file)s holds another archive (%(inner)s). Unpack that one first.")
            raise BadInput(message % {"file": one.name, "inner": file.name}, code="nested_archive")
        found.append(file)
    if not found:
        message = _("There is no file in %(file)s.") % {"file": one.name}
        raise BadInput(message, code="no_files")
    return found


def _is_noise(name: str) -> bool:
    """What macOS and editors leave in archives."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return "__MACOSX" in parts or (bool(parts) and parts[-1].startswith("."))


def fingerprint(path: Path) -> str:
    """SHA-256 of a file, hex."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()

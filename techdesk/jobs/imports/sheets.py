"""Tables as school offices keep them: a CSV file or the sheet of an Excel workbook, read the same way.

A workbook is a zip of XML (ECMA-376). It is read row by row, never unpacked to disk, with limits against bombs; its
XML goes through defusedxml, so that no entity reaches out or multiplies.
"""

from __future__ import annotations

import datetime as dt
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

import openpyxl
from django.utils.translation import gettext as _
from openpyxl.utils.exceptions import InvalidFileException

from techdesk.base.errors import BadInput, TooLarge
from techdesk.base.text import clean_line
from techdesk.jobs.imports.files import SourceFile
from techdesk.jobs.imports.text import MOST_COLUMNS, look_through, open_table, tidy

if not openpyxl.DEFUSEDXML:  # switched off by an environment variable of openpyxl
    raise ImportError("Excel files are read with defusedxml only")

#: Rows of a sheet, blank ones included; more than Excel can hold is a trick.
MOST_ROWS = 1_048_576
#: The headings are the first row that is not blank; further down nobody looks for them.
LAST_HEADING = 50
#: Unpacked sizes: a sheet is streamed, what else is read of a workbook is held in memory.
MOST_SHEET_BYTES = 200 * 1024 * 1024
MOST_OTHER_BYTES = 48 * 1024 * 1024
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # Excel before 2007, and every workbook with a password
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"II*\x00", b"MM\x00*")
#: What openpyxl raises over a workbook that is not well made; DefusedXmlException is a ValueError.
_BROKEN = (
    InvalidFileException,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    OverflowError,
    SyntaxError,
    OSError,  # "File contains no valid workbook part"
    NotImplementedError,
)
_ZEROS = re.compile(r"0+")


class Table(Protocol):
    """Rows under headings. `rows` gives the row's number as a spreadsheet counts, and the texts of its cells."""

    @property
    def name(self) -> str: ...

    @property
    def headings(self) -> tuple[str, ...]: ...

    def rows(self) -> Iterator[tuple[int, list[str]]]: ...


@dataclass(frozen=True)
class SheetTable:
    """A sheet of a workbook. Rows are read from the file each time, one at a time."""

    file: SourceFile
    sheet: str
    sheets: tuple[str, ...]  # every visible sheet, in the order of the workbook
    headings: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.file.name

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Raises BadInput broken_excel_file where the workbook cannot be read on, TooLarge too_large."""
        begun = False
        for number, cells in _rows(self.file, self.sheet, len(self.headings)):
            if begun:
                yield number, cells
            begun = True


class Spooled:
    """A table that is read several times, kept in a temporary file without a name: a workbook is taken apart once."""

    def __init__(self, table: SheetTable) -> None:
        self.name = table.name
        self.headings = table.headings
        self._file = tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n")  # noqa: SIM115 - closed with us
        for number, cells in table.rows():
            # Control characters that separate, and none is left in a cell.
            self._file.write("\x1f".join([str(number), *map(tidy, cells)]) + "\n")
        self._file.flush()

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        place = 0
        while True:
            self._file.seek(place)  # another reader may be at the same file
            lines = self._file.readlines(1024 * 1024)
            place = self._file.tell()
            if not lines:
                return
            for line in lines:
                number, *cells = line.rstrip("\n").split("\x1f")
                yield int(number), cells


def open_any_table(file: SourceFile, *, sheet: str = "") -> Table:
    """The table in a CSV file or a workbook; of a workbook the sheet of that name, else its first visible one.

    Raises BadInput: what `look_through` and `open_table` raise, and for files that are something else pdf_file,
    picture_file, old_excel_file, encrypted_excel_file, not_a_table, broken_excel_file, no_such_sheet; TooLarge.
    """
    start = file.starts_with(8)
    _refuse_foreign(file, start)
    if start.startswith(_ZIP):
        return _open_sheet(file, sheet)
    return open_table(look_through(file))


def _refuse_foreign(file: SourceFile, start: bytes) -> None:
    name = {"file": file.name}
    if start.startswith(b"%PDF"):
        message = _("%(file)s is a PDF. Ask for the list as CSV or Excel, then try once more.")
        raise BadInput(message % name, code="pdf_file", file=file.name)
    if start.startswith(_PICTURES):
        message = _("%(file)s is a picture. Ask for the list as CSV or Excel, then try once more.")
        raise BadInput(message % name, code="picture_file", file=file.name)
    if start.startswith(_OLE):
        if _is_encrypted(file):
            message = _("%(file)s is locked with a password. Save it without one, then try once more.")
            raise BadInput(message % name, code="encrypted_excel_file", file=file.name)
        message = _("%(file)s is an old Excel file. Open it and save it as .xlsx or CSV, then try once more.")
        raise BadInput(message % name, code="old_excel_file", file=file.name)


def _is_encrypted(file: SourceFile) -> bool:
    """A workbook with a password is an OLE file with a stream of this name ([MS-OFFCRYPTO] 2.3.4)."""
    wanted, tail = "EncryptedPackage".encode("utf-16-le"), b""
    with file.open() as stream:
        while chunk := stream.read(1024 * 1024):
            if wanted in tail + chunk:
                return True
            tail = chunk[-len(wanted) :]
    return False


def _open_sheet(file: SourceFile, wanted: str) -> SheetTable:
    _check_sizes(file)
    with _workbook(file) as book:
        sheets = tuple(sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible")
    if not sheets:
        message = _("%(file)s has no sheet that could be read.") % {"file": file.name}
        raise BadInput(message, code="no_such_sheet", file=file.name)
    sheet = next((name for name in sheets if name.casefold() == wanted.casefold()), "") if wanted else sheets[0]
    if not sheet:
        message = _("%(file)s has no sheet “%(sheet)s”. It has: %(sheets)s.")
        facts = {"file": file.name, "sheet": wanted[:60], "sheets": ", ".join(sheets[:20])}
        raise BadInput(message % facts, code="no_such_sheet", file=file.name)
    _at, first = next(_rows(file, sheet, MOST_COLUMNS, last=LAST_HEADING), (0, []))
    headings = [clean_line(cell) for cell in first]
    while headings and not headings[-1]:
        headings.pop()
    if not headings:
        message = _("The first line of %(file)s must hold the headings of its columns.") % {"file": file.name}
        raise BadInput(message, code="wrong_headings", file=file.name)
    return SheetTable(file, sheet, sheets, tuple(headings))


def _check_sizes(file: SourceFile) -> None:
    """The sizes a zip declares are the most it can give (see `unpack`), so they are what is judged."""
    try:
        with zipfile.ZipFile(file.path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise _broken(file) from error
    names = {entry.filename.replace("\\", "/") for entry in entries}
    if not any(name.startswith("xl/workbook.xml") for name in names):
        message = _("%(file)s is no list that can be read. Save it as .xlsx or CSV, then try once more.")
        raise BadInput(message % {"file": file.name}, code="not_a_table", file=file.name)
    sheets = sum(entry.file_size for entry in entries if "worksheets/" in entry.filename)
    others = sum(entry.file_size for entry in entries if "worksheets/" not in entry.filename)
    if sheets > MOST_SHEET_BYTES or others > MOST_OTHER_BYTES:
        message = _("Unpacked, %(file)s is too large. Save the list as CSV, then try once more.")
        raise TooLarge(message % {"file": file.name}, file=file.name)


def _broken(file: SourceFile) -> BadInput:
    message = _("%(file)s cannot be read. Open it in Excel, save it anew as .xlsx or CSV, then try once more.")
    return BadInput(message % {"file": file.name}, code="broken_excel_file", file=file.name)


@contextmanager
def _workbook(file: SourceFile) -> Iterator[Any]:
    book = None
    try:
        # The stream, not the path: openpyxl would judge an upload by its random name.
        with file.path.open("rb") as stream:
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
            yield book
    except _BROKEN as error:
        raise _broken(file) from error
    finally:
        if book is not None:
            book.close()


def _rows(file: SourceFile, sheet: str, columns: int, *, last: int | None = None) -> Iterator[tuple[int, list[str]]]:
    """Number and texts of each row that is not blank, the heading included; none after row `last`."""
    with _workbook(file) as book:
        page = book[sheet]
        page.reset_dimensions()  # what a sheet says about its own size is not to be trusted
        for number, cells in enumerate(page.iter_rows(min_row=1, min_col=1, max_col=columns), start=1):
            if last is not None and number > last:
                return
            if number > MOST_ROWS:
                raise TooLarge(_("%(file)s has too many rows. Split it.") % {"file": file.name}, file=file.name)
            texts = [_text(cell) for cell in cells] if cells else []
            if any(texts):
                yield number, texts


def _text(cell: Any) -> str:
    """A cell as a person reads it: dates year-month-day, whole numbers without a point, zeros in front kept."""
    value = cell.value
    if value is None or cell.data_type == "e":  # "#N/A" and its like say nothing
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, int | float):
        return _number(value, str(cell.number_format or ""))
    return str(value)


def _number(value: int | float, style: str) -> str:
    whole = int(value)
    if whole != value:
        return format(Decimal(repr(value)), "f")
    # The style "00000" is how a sheet keeps the zeros in front of numbers.
    return str(whole).zfill(len(style)) if _ZEROS.fullmatch(style) else str(whole)


def other_sheets(tables: Sequence[Table]) -> list[tuple[str, str]]:
    """(file, sheet) of the sheets that were not read, for a note."""
    found = []
    for table in tables:
        if isinstance(table, SheetTable):
            found += [(table.name, sheet) for sheet in table.sheets if sheet != table.sheet]
    return found

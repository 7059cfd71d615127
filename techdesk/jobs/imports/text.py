"""Text and CSV as schools really export them: BOM or not, Windows encodings, semicolons, half files."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TextIO

from django.utils.translation import gettext as _

from techdesk.base.errors import BadInput
from techdesk.base.text import clean_line, fold
from techdesk.jobs.imports.cells import RowProblem
from techdesk.jobs.imports.files import CHUNK, SourceFile

#: The longest value of a cell; a quote that is never closed runs into it.
LONGEST_CELL = 131_072
MOST_COLUMNS = 500


@dataclass(frozen=True)
class TextFile:
    """A file whose bytes were looked through once and can be read as `encoding`."""

    file: SourceFile
    encoding: str

    @property
    def name(self) -> str:
        return self.file.name

    @property
    def guessed(self) -> bool:
        """Was the encoding a fallback, so that somebody should look at the accents?"""
        return self.encoding == "cp1252"

    @contextmanager
    def open(self) -> Iterator[TextIO]:
        with self.file.open() as stream:
            yield io.TextIOWrapper(stream, encoding=self.encoding, newline="")


def look_through(file: SourceFile) -> TextFile:
    """Read the whole file once and say how it is to be decoded: UTF-8 (with or without BOM), UTF-16 with BOM, and
    Windows-1252 when it is nothing else.

    Raises BadInput: empty_file, binary_file, nul_bytes, wrong_encoding.
    """
    with file.open() as stream:
        start = stream.read(4096)
        if not start.strip():
            message = _("%(file)s is empty. Export it again, then try once more.") % {"file": file.name}
            raise BadInput(message, code="empty_file")
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return _checked(file, "utf-16")
        if b"\x00" in start:
            message = _("%(file)s is not a text file. Export it as CSV or JSON, then try once more.")
            raise BadInput(message % {"file": file.name}, code="binary_file")
    encoding = "utf-8-sig" if start.startswith(codecs.BOM_UTF8) else "utf-8"
    for candidate in (encoding, "cp1252"):
        try:
            return _checked(file, candidate)
        except UnicodeDecodeError:
            continue
    message = _("%(file)s holds letters that cannot be read. Save it as “CSV UTF-8”, then try once more.")
    raise BadInput(message % {"file": file.name}, code="wrong_encoding")


def _checked(file: SourceFile, encoding: str) -> TextFile:
    decoder = codecs.getincrementaldecoder(encoding)()
    with file.open() as stream:
        while True:
            chunk = stream.read(CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError:
                if encoding == "utf-16":
                    message = _("%(file)s is damaged or only half there. Export it again, then try once more.")
                    raise BadInput(message % {"file": file.name}, code="wrong_encoding") from None
                raise
            if "\x00" in text:
                message = _("%(file)s holds NUL characters, so it is damaged. Export it again, then try once more.")
                raise BadInput(message % {"file": file.name}, code="nul_bytes")
            if not chunk:
                return TextFile(file, encoding)


def plain_heading(heading: str) -> str:
    """A heading without case, spaces and signs: "Serial Number", "serialNumber" and "serial_number" are one."""
    return "".join(c for c in fold(heading) if c.isalnum())


@dataclass(frozen=True)
class CsvTable:
    """A CSV file with its headings. Rows are read from the file each time, one at a time."""

    text: TextFile
    delimiter: str
    headings: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.text.name

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Line number (the heading is 1, as a spreadsheet counts) and cells of each row that is not blank.

        Raises BadInput `bad_csv` where the file cannot be taken apart.
        """
        with self.text.open() as stream:
            reader = _reader(stream, self.delimiter)
            try:
                begun = False
                for cells in reader:
                    if not any(cells):
                        continue
                    if not begun:
                        begun = True
                        continue
                    yield reader.line_num, cells
            except csv.Error:
                message = _("%(file)s cannot be read from line %(line)d on: a quote is not closed, or it is damaged.")
                raise BadInput(message % {"file": self.name, "line": reader.line_num}, code="bad_csv") from None


def _reader(stream: Iterable[str], delimiter: str) -> csv._reader:  # type: ignore[name-defined]
    csv.field_size_limit(LONGEST_CELL)
    return csv.reader(stream, delimiter=delimiter)


def open_table(text: TextFile) -> CsvTable:
    """The headings of a CSV file with commas, semicolons or tabs.

    Raises BadInput: bad_csv, wrong_headings (no row that could be one).
    """
    with text.open() as stream:
        line = next((found for found in stream if found.strip()), "")[:LONGEST_CELL]
    delimiter = max(",;\t", key=lambda sign: line.count(sign))
    cells: list[str] = []
    try:
        cells = next(iter(_reader([line], delimiter)), [])
    except csv.Error:
        pass
    headings = tuple(clean_line(cell) for cell in cells)
    if not any(headings) or len(headings) > MOST_COLUMNS:
        message = _("The first line of %(file)s must hold the headings of its columns.") % {"file": text.name}
        raise BadInput(message, code="wrong_headings")
    return CsvTable(text, delimiter, headings)


def find_columns(
    table: CsvTable, known: Mapping[str, Iterable[str]], *, required: Iterable[str] = ()
) -> dict[str, int]:
    """Where each known column stands, found by its heading and never by its place.

    known: our name -> headings it goes by, the best one first (without regard to case, spaces and signs). Columns
    that are not known are not in the answer, so their cells are never looked at.
    Raises BadInput: wrong_headings (names what is missing and the nearest heading there is), duplicate_heading.
    """
    places: dict[str, list[int]] = {}
    for place, heading in enumerate(table.headings):
        places.setdefault(plain_heading(heading), []).append(place)
    found: dict[str, int] = {}
    for name, headings in known.items():
        here = next((places[word] for heading in headings if (word := plain_heading(heading)) in places), [])
        if len(here) > 1:
            message = _("%(file)s has the column “%(heading)s” twice. Take one out, then try once more.")
            raise BadInput(message % {"file": table.name, "heading": table.headings[here[0]]}, code="duplicate_heading")
        if here:
            found[name] = here[0]
    missing = [name for name in required if name not in found]
    if missing:
        raise BadInput(_missing(table, missing), code="wrong_headings")
    return found


def _missing(table: CsvTable, missing: list[str]) -> str:
    words = [f"“{name}”" for name in missing]
    message = _("%(file)s has no column %(missing)s.") % {"file": table.name, "missing": ", ".join(words)}
    close = get_close_matches(missing[0].lower(), [heading.lower() for heading in table.headings], n=1)
    if close:
        spelt = next(heading for heading in table.headings if heading.lower() == close[0])
        message += " " + _("Is “%(heading)s” misspelled?") % {"heading": spelt}
    return message


def pick(cells: list[str], columns: Mapping[str, int]) -> dict[str, str]:
    """The known cells of one row, cleaned of control characters and outer white space; a short row ends empty."""
    return {name: tidy(cells[place]) if place < len(cells) else "" for name, place in columns.items()}


def whole_row(table: CsvTable, cells: Sequence[str]) -> None:
    """Raise RowProblem wrong_column_count for a row with more cells than there are headings, also when the surplus is
    empty: everything before it has moved."""
    if len(cells) > len(table.headings):
        message = _("This row has %(cells)d values, the heading %(headings)d. A comma inside a value needs quotes.")
        counts = {"cells": len(cells), "headings": len(table.headings)}
        raise RowProblem("wrong_column_count", message % counts)


def tidy(cell: str) -> str:
    """`clean_line`, quick for the millions of cells that are clean already."""
    return " ".join(cell.split()) if cell.isprintable() else clean_line(cell)

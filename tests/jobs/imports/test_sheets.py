"""Workbooks: read as people see them, refused where they are something else or a trick."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from techdesk.base.errors import BadInput, TooLarge
from techdesk.jobs.imports import sheets
from techdesk.jobs.imports.columns import column_keys, examples, signature
from techdesk.jobs.imports.files import InputPath, unpack
from techdesk.jobs.imports.sheets import Spooled, open_any_table


def _book(path: Path, *rows: list[object]) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def _open(path: Path, **options: str) -> sheets.Table:
    return open_any_table(unpack([InputPath.of(path)], sheets=True)[0], **options)


def test_cells_as_people_see_them(tmp_path: Path) -> None:
    book = Workbook()
    page = book.active
    page.append([])
    page.append(["id", "when", "flag", "sum", "wrong", "", "zeros", None])
    page.append(["007", dt.datetime(2026, 8, 13), True, 3.50, "#N/A", None, 7])
    page["G3"].number_format = "00000"
    page.append([None] * 7)
    page.append([12, dt.datetime(2026, 8, 13, 8, 5), False, 1e20, " a\nb ", "note", 1.0, "outside"])
    book.save(tmp_path / "a.xlsx")
    table = _open(tmp_path / "a.xlsx")
    assert table.headings == ("id", "when", "flag", "sum", "wrong", "", "zeros")
    expected = [
        (3, ["007", "2026-08-13", "true", "3.5", "", "", "00007"]),
        (5, ["12", "2026-08-13 08:05:00", "false", "100000000000000000000", " a\nb ", "note", "1"]),
    ]
    assert list(table.rows()) == expected
    spooled = Spooled(table)
    first, again = list(spooled.rows()), list(spooled.rows())
    assert first == again == [expected[0], (5, [*expected[1][1][:4], "a b", "note", "1"])]
    assert examples(table)[0] == ["007", "12"]


def test_headings_are_known_by_what_they_say() -> None:
    assert column_keys(["Phone", "phone ", "E-Mail", "", "№"]) == ["phone", "phone#2", "email", "", "no"]
    assert signature(["A", "B"]) == signature(["b", "a"]) != signature(["a", "c"])


@pytest.mark.parametrize(
    ("start", "code"),
    [
        (b"%PDF-1.7\n", "pdf_file"),
        (b"\x89PNG\r\n\x1a\n", "picture_file"),
        (b"\xff\xd8\xff\xe0 jpeg", "picture_file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "old_excel_file"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le"),
            "encrypted_excel_file",
        ),
    ],
)
def test_files_that_are_something_else(tmp_path: Path, start: bytes, code: str) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(start)
    with pytest.raises(BadInput) as refusal:
        _open(path)
    assert refusal.value.code == code


def _zip(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return path


def test_a_word_file_and_a_broken_workbook(tmp_path: Path) -> None:
    for path, code in (
        (_zip(tmp_path / "a.docx", word__document_xml=b"<x/>"), "not_a_table"),
        (_zip(tmp_path / "b.xlsx", xl__workbook_xml=b"<broken"), "broken_excel_file"),
        (_zip(tmp_path / "c.xlsx", xl__workbook_xml=b"<x/>"), "broken_excel_file"),
    ):
        with pytest.raises(BadInput) as refusal:
            _open(path)
        assert refusal.value.code == code, path
    half = _book(tmp_path / "d.xlsx", ["a"], ["b"]).read_bytes()
    (tmp_path / "d.xlsx").write_bytes(half[: len(half) // 2])
    with pytest.raises(BadInput):
        _open(tmp_path / "d.xlsx")


def _with_member(source: Path, target: Path, member: str, content: bytes) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, content if name == member else old.read(name))
    return target


def test_xml_that_reaches_out_or_multiplies(tmp_path: Path) -> None:
    good = _book(tmp_path / "a.xlsx", ["a"], ["b"])
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><worksheet><sheetData>&b;</sheetData></worksheet>'
    reaching = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet>&a;</worksheet>'
    for content in (laughs, reaching):
        path = _with_member(good, tmp_path / "b.xlsx", "xl/worksheets/sheet1.xml", content)
        with pytest.raises(BadInput) as refusal:
            _open(path)
        assert refusal.value.code == "broken_excel_file"


def test_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = _book(tmp_path / "a.xlsx", ["a"], ["b"])
    large = b"<worksheet>" + b" " * 2_000_000 + b"</worksheet>"
    monkeypatch.setattr(sheets, "MOST_SHEET_BYTES", 1_000_000)
    with pytest.raises(TooLarge):
        _open(_with_member(good, tmp_path / "b.xlsx", "xl/worksheets/sheet1.xml", large))
    monkeypatch.setattr(sheets, "MOST_OTHER_BYTES", 1_000_000)
    with pytest.raises(TooLarge):
        _open(_with_member(good, tmp_path / "c.xlsx", "xl/styles.xml", large))
    far = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'
        b'<row r="99999999"><c r="A99999999"><v>1</v></c></row></sheetData></worksheet>'
    )
    monkeypatch.setattr(sheets, "MOST_ROWS", 5_000)
    table = _open(_with_member(good, tmp_path / "d.xlsx", "xl/worksheets/sheet1.xml", far))
    with pytest.raises(TooLarge):
        list(table.rows())


def test_no_headings_in_sight(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refusal:
        _open(_book(tmp_path / "a.xlsx", *[[None] for _n in range(60)], ["too late"]))
    assert refusal.value.code == "wrong_headings"

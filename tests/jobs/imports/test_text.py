"""CSV as it comes: delimiters, encodings, headings, lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from techdesk.base.errors import BadInput
from techdesk.jobs.imports.cells import RowProblem, day, listed, snake, yes_no
from techdesk.jobs.imports.files import InputPath, unpack
from techdesk.jobs.imports.text import CsvTable, find_columns, look_through, open_table, pick

KNOWN = {"serialNumber": ("serialNumber", "Serial"), "model": ("model",)}


def _table(path: Path, content: bytes) -> CsvTable:
    path.write_bytes(content)
    [file] = unpack([InputPath.of(path)])
    return open_table(look_through(file))


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_delimiters_blank_lines_quotes_and_line_numbers(tmp_path: Path, sign: str) -> None:
    text = f'\n serial_NUMBER {sign}Model\r\nA{sign}"x{sign} ""y"""\r\n\r\n{sign}\nB{sign} two  words \n'
    table = _table(tmp_path / "t.csv", text.encode())
    columns = find_columns(table, KNOWN, required=["serialNumber"])
    rows = [(line, pick(cells, columns)) for line, cells in table.rows()]
    assert rows == [
        (3, {"serialNumber": "A", "model": f'x{" " if sign == chr(9) else sign} "y"'.replace("  ", " ")}),
        (6, {"serialNumber": "B", "model": "two words"}),
    ]


def test_the_best_heading_counts_when_several_are_there(tmp_path: Path) -> None:
    table = _table(tmp_path / "t.csv", b"Serial,serialNumber\nwrong,right\n")
    assert find_columns(table, KNOWN) == {"serialNumber": 1}
    table = _table(tmp_path / "t.csv", b"serialNumber,Serial Number\n1,2\n")
    with pytest.raises(BadInput) as refusal:
        find_columns(table, KNOWN)
    assert refusal.value.code == "duplicate_heading"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    bom = b"\xff\xfe" if encoding == "utf-16-le" else b"\xfe\xff" if encoding == "utf-16-be" else b""
    table = _table(tmp_path / "t.csv", bom + "serialNumber,model\nZoë,é\n".encode(encoding))
    assert [cells for _line, cells in table.rows()] == [["Zoë", "é"]]
    assert table.text.guessed == (encoding == "cp1252")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"a,b\n\x81\x8d\x90,\xff\n", "wrong_encoding"),
        (b"\xff\xfea\x00,\x00\n\x00b", "wrong_encoding"),
        (b"%PDF\x00\x01", "binary_file"),
        (b"a,b\n" + b"c,d\n" * 5000 + b"\x00", "nul_bytes"),
        (b",,,\n", "wrong_headings"),
        (b",".join(b"x" for _ in range(600)) + b"\n", "wrong_headings"),
    ],
)
def test_what_is_no_table(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(BadInput) as refusal:
        _table(tmp_path / "t.csv", content)
    assert refusal.value.code == code


def test_cells() -> None:
    assert str(day({"d": "2025-08-13T00:00:00Z"}, "d")) == "2025-08-13"
    assert day({"d": ""}, "d") is None
    for value in ("15/06/2023", "1/05/2023", "2023-02-30", "20230615", "soon"):
        with pytest.raises(RowProblem) as problem:
            day({"d": value}, "d")
        assert problem.value.code == "bad_date"
    assert [yes_no({"f": v}, "f", empty=False) for v in ("TRUE", "1", "", "False", "no")] == [True, True, False] + [
        False
    ] * 2
    assert listed({"l": " a, b ,,a"}, "l") == ["a", "b"]
    assert (snake("orgSourcedIds"), snake("givenName"), snake("role")) == ("org_sourced_ids", "given_name", "role")

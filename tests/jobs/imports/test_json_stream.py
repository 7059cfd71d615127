"""Lists in JSON, one element at a time, wherever the windows of the reader happen to end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from techdesk.base.errors import BadInput
from techdesk.jobs.imports import json_stream
from techdesk.jobs.imports.files import InputPath, unpack
from techdesk.jobs.imports.json_stream import list_elements
from techdesk.jobs.imports.text import look_through


def _read(path: Path, text: str) -> list[Any]:
    path.write_text(text, encoding="utf-8")
    [file] = unpack([InputPath.of(path)])
    return list(list_elements(look_through(file), member="things", kind="list of things"))


ELEMENTS = [{"a": "é" * 30, "n": 123456, "deep": [1, {"x": None}]}, 12, "text", [], {}, -1.5e3, True, None]


@pytest.mark.parametrize("window", [1, 2, 3, 7, 64, 65536])
@pytest.mark.parametrize("indent", [None, 2])
def test_every_window_gives_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: int, indent: int | None
) -> None:
    monkeypatch.setattr(json_stream, "CHUNK", window)
    page = json.dumps({"before": {"x": [1, 2]}, "things": ELEMENTS, "after": "y"}, indent=indent)
    bare = json.dumps(ELEMENTS, indent=indent)
    assert _read(tmp_path / "p.json", page) == ELEMENTS
    assert _read(tmp_path / "p.json", bare) == ELEMENTS
    assert _read(tmp_path / "p.json", f" {bare}\n{page} ") == ELEMENTS * 2


def test_empty_pages(tmp_path: Path) -> None:
    assert _read(tmp_path / "p.json", '{"kind": "list of things"}') == []
    assert _read(tmp_path / "p.json", '{"things": null}') == []
    assert _read(tmp_path / "p.json", "[]") == []


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_half_a_list_is_no_list(tmp_path: Path, cut: int) -> None:
    whole = json.dumps({"things": ELEMENTS})
    with pytest.raises(BadInput) as refusal:
        _read(tmp_path / "p.json", whole[:-cut])
    assert refusal.value.code == "bad_json"


@pytest.mark.parametrize("text", ['{"things": "x"}', "[1 2]", "[1,]", '{"a" 1}', "{1: 2}", "[1]]", "nothing"])
def test_what_is_no_json(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput) as refusal:
        _read(tmp_path / "p.json", text)
    assert refusal.value.code == "bad_json"


def test_json_of_something_else(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refusal:
        _read(tmp_path / "p.json", '{"kind": "other", "users": []}')
    assert refusal.value.code == "wrong_format"


def test_an_element_without_end_does_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "LONGEST_VALUE", 10_000)
    with pytest.raises(BadInput):
        _read(tmp_path / "p.json", '[{"a": "' + "x" * 200_000)

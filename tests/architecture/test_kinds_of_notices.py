"""Whatever tells people something names a kind that some app has declared, so that they can choose how."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from techdesk.notifications.hooks import all_kinds
from tests.architecture.test_code import APPS, modules


def _named() -> Iterator[tuple[str, str]]:
    """(where, kind or its beginning) of every call of notify(), and of what tickets wrap around it."""
    for _app, path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id == "notify":
                given: Any = next(word.value for word in node.keywords if word.arg == "kind")
                if isinstance(given, ast.Constant):
                    yield str(path), str(given.value)
                elif isinstance(given, ast.JoinedStr):
                    assert isinstance(given.values[0], ast.Constant), path
                    yield str(path), str(given.values[0].value)
            elif node.func.id == "_tell" and isinstance(node.args[1], ast.Constant):
                yield str(path), f"tickets.{node.args[1].value}"


def test_every_kind_that_code_names_is_declared() -> None:
    declared = {kind.slug for kind in all_kinds()}
    named = set(_named())
    assert len(named) > 5
    for where, kind in named:
        assert any(slug == kind or (kind.endswith(".") and slug.startswith(kind)) for slug in declared), (where, kind)


def test_every_kind_says_what_it_is_and_whose() -> None:
    apps = {app.rpartition(".")[2] for app in APPS}
    for kind in all_kinds():
        assert kind.slug.partition(".")[0] in apps, kind.slug
        assert str(kind.label) and str(kind.help) and str(kind.group), kind.slug
        assert str(kind.help).endswith("."), kind.slug

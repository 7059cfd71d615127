"""Larger towns, and a PostgreSQL server that a test may restart."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.town import OwnPostgres, Town


@pytest.fixture
def build_town(tmp_path: Path) -> Iterator[Callable[..., Town]]:
    """build_town(workers=2, beats=2, proxied=["mail"]) -> a started town, stopped at the end."""
    built: list[Town] = []

    def build(**kinds: Any) -> Town:
        folder = tmp_path / f"town{len(built)}"
        folder.mkdir()
        town = Town(folder, **kinds)
        built.append(town)
        town.start()
        return town

    try:
        yield build
    finally:
        for town in built:
            town.stop()


@pytest.fixture
def shared_town(transactional_db: Any, build_town: Callable[..., Town]) -> Callable[..., Town]:
    """As `build_town`, on the test's database, which is emptied after the town has stopped."""
    return build_town


@pytest.fixture
def own_postgres() -> Iterator[OwnPostgres]:
    """A server of its own, empty. In a folder with a short path that the server's user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="td-"))
    folder.chmod(0o755)
    server = OwnPostgres(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)

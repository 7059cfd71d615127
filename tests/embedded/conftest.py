"""Folders and processes for the tests of the embedded servers. Nothing here uses a database of Django."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from techdesk.embedded.places import PROJECT, Places
from techdesk.embedded.postgres import Postgres
from techdesk.embedded.valkey import Valkey

OURS = (
    "DATABASE_URL",
    "REDIS_URL",
    "PORT",
    "EMAIL_URL",
    "TECHDESK_BASE_URL",
    "TECHDESK_DEMO",
    "TECHDESK_PG_BIN",
    "TECHDESK_SECRET_KEY",
    "TECHDESK_VAR",
)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The suite itself runs with DATABASE_URL set; these tests begin without."""
    for name in OURS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder others may enter, with a short path; every server in it is stopped at the end."""
    path = Path(tempfile.mkdtemp(prefix="td-"))
    path.chmod(0o755)
    yield path
    for var in (path, path / "var"):
        for kind in ("run", "test"):
            places = Places(var, kind)  # type: ignore[arg-type]
            if places.run.exists():
                Postgres(places).stop()
                Valkey(places).stop()
                for short in (places.postgres_sockets, places.valkey_socket.parent):
                    if not short.is_relative_to(var):
                        shutil.rmtree(short, ignore_errors=True)
    shutil.rmtree(path)


@pytest.fixture
def places(folder: Path) -> Places:
    """The folders of a `make run`, made."""
    found = Places(folder / "var")
    found.make_folders()
    return found


def processes_of(folder: Path) -> list[str]:
    """The command lines of all living processes that name the folder."""
    listing = ["ps", "-A", "-ww", "-o", "stat=", "-o", "args="]
    said = subprocess.run(listing, capture_output=True, text=True, check=True).stdout
    return [line for line in said.splitlines() if str(folder) in line and not line.startswith("Z")]


def eventually(holds: Callable[[], bool], seconds: float = 15.0) -> bool:
    """Wait until something holds; returns whether it did."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def command(folder: Path, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
    """Start `python -m techdesk.embedded …` with its data in `folder`/var."""
    return subprocess.Popen(
        [sys.executable, "-m", "techdesk.embedded", *arguments],
        cwd=PROJECT,
        env={**os.environ, "TECHDESK_VAR": str(folder / "var"), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def outcome(process: "subprocess.Popen[str]", seconds: float = 60) -> tuple[int, str, str]:
    """(exit code, standard output, standard error) of a command that ends by itself."""
    out, err = process.communicate(timeout=seconds)
    return process.returncode, out, err

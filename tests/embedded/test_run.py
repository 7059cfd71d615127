"""`make run` as a whole, around a tiny application: ready, repaired, stopped, found again."""

import json
import os
import signal
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from techdesk.embedded.places import Places
from techdesk.embedded.postgres import Postgres

from .conftest import command, eventually, outcome, processes_of
from .test_mailcatcher import free_port

TINY = {"DJANGO_SETTINGS_MODULE": "tests.embedded.tiny.settings"}


class Running:
    """A `make run` under test and the lines it has printed."""

    def __init__(self, folder: Path, port: int, **environment: str) -> None:
        self.folder = folder
        self.port = port
        self.process = command(folder, "run", PORT=str(port), **(TINY | environment))
        self.lines: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def says(self, words: str, seconds: float = 120.0) -> bool:
        return eventually(lambda: any(words in line for line in list(self.lines)), seconds)

    def healthz(self) -> dict[str, object]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
            found: dict[str, object] = json.load(answer)
            return found

    def pid(self, name: str) -> int:
        record = json.loads((self.folder / "var" / "run" / "programs.json").read_text())
        return int(record[name][0])

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        self.process.send_signal(signal.SIGINT)  # an impatient second signal changes nothing
        return self.process.wait(timeout=60)


@contextmanager
def running(folder: Path, **environment: str) -> Iterator[Running]:
    run = Running(folder, free_port(), **environment)
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.stop()


def test_serves_repairs_itself_and_stops_without_a_trace(folder: Path) -> None:
    with running(folder) as run:
        assert run.says(f"Techdesk is ready at http://127.0.0.1:{run.port}")
        assert run.says("Demo accounts: teacher@demo.techdesk.example")
        assert str(run.healthz()["mail"]).startswith("smtp://127.0.0.1:")
        assert (folder / "var" / "secret_key").stat().st_mode & 0o777 == 0o600

        code, _, err = outcome(command(folder, "run", **TINY))
        assert code == 1 and "already runs in this folder" in err

        killed = run.pid("worker")
        os.kill(killed, signal.SIGKILL)
        server = Postgres(Places(folder / "var"))
        os.kill(int((server.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        assert run.says("worker was ended by SIGKILL")
        assert run.says("PostgreSQL is gone; starting it again.")
        assert eventually(lambda: run.pid("worker") != killed)
        assert eventually(server.answers, 30)

        begun = time.monotonic()
        assert run.stop() == 0
        assert time.monotonic() - begun < 15
        assert run.says("Techdesk has stopped.")
    assert processes_of(folder) == []


def test_finds_its_data_again_and_ends_what_a_kill_left(folder: Path) -> None:
    with running(folder) as run:
        assert run.says("Techdesk is ready")
        key = (folder / "var" / "secret_key").read_text()
        run.process.kill()
        run.process.wait()
    with running(folder, TECHDESK_DEMO="0") as again:
        assert again.says("Ended web, left over from a run that was killed.")
        assert again.says("Techdesk is ready")
        assert (folder / "var" / "secret_key").read_text() == key
        assert again.healthz()["mail"] is None
        assert not any("accounts" in line for line in again.lines)
        assert again.stop() == 0
    assert processes_of(folder) == []


@pytest.mark.parametrize("moment", ["Starting PostgreSQL", "Preparing the database", "Starting Techdesk"])
def test_stops_cleanly_in_the_middle_of_the_start(folder: Path, moment: str) -> None:
    with running(folder) as run:
        assert run.says(moment)
        assert run.stop() == 0
        assert run.says("Techdesk has stopped.")
    # On a busy machine it may have become ready before the signal came: it stops as cleanly then.
    assert processes_of(folder) == []


def test_says_why_it_cannot_start(folder: Path) -> None:
    with running(folder, DJANGO_SETTINGS_MODULE="no.such.settings") as run:
        assert run.process.wait(timeout=60) == 1
        assert run.process.stderr is not None
        said = run.process.stderr.read()
    assert said.startswith("techdesk: The database could not be prepared: ModuleNotFoundError")
    assert said.count("\n") == 1
    assert processes_of(folder) == []

"""The supervisor: restarts what dies, stops in order, finds what a killed one left."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from techdesk.embedded import processes
from techdesk.embedded.supervisor import Program, Supervisor, end_leftovers

from .conftest import eventually, processes_of

# Notes its start and its end in a file, and may refuse to end.
CHILD = """
import os, signal, sys, time
name, notes, stubborn = sys.argv[1], sys.argv[2], sys.argv[3] == "stubborn"
def note(word):
    with open(notes, "a") as file:
        file.write(f"{name} {word} {os.getpid()}\\n")
def end(number, frame):
    note("ended")
    if not stubborn:
        sys.exit(0)
signal.signal(signal.SIGTERM, end)
note("started")
while True:
    time.sleep(0.05)
"""


class Crew:
    """A supervisor over children that keep notes."""

    def __init__(self, folder: Path, *programs: Program, servers: tuple["FallenServer", ...] = ()) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.supervisor = Supervisor(
            programs,
            environment=dict(os.environ),
            folder=folder,
            logs=folder,
            record=folder / "programs.json",
            say=self.said.append,
            servers=servers,
        )

    def notes(self) -> list[list[str]]:
        path = self.folder / "notes"
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    def started(self, name: str) -> list[int]:
        return [int(pid) for who, word, pid in self.notes() if (who, word) == (name, "started")]

    def look_until(self, count: int, name: str) -> bool:
        def enough() -> bool:
            self.supervisor.look()
            return len(self.started(name)) >= count

        return eventually(enough)


class FallenServer:
    """A server that is down until it is started: a real object with the supervisor's protocol."""

    name = "Fallen"

    def __init__(self) -> None:
        self.runs = False

    def is_listening(self) -> bool:
        return self.runs

    def ensure(self) -> None:
        self.runs = True


def program(folder: Path, name: str, *, stubborn: bool = False, stop_seconds: float = 5.0) -> Program:
    mode = "stubborn" if stubborn else "plain"
    return Program(name, (sys.executable, "-c", CHILD, name, str(folder / "notes"), mode), stop_seconds)


def test_restarts_a_killed_child_and_says_so(folder: Path) -> None:
    crew = Crew(folder, program(folder, "web"), program(folder, "worker"))
    crew.supervisor.start()
    try:
        assert crew.look_until(1, "worker")
        os.kill(crew.started("worker")[0], signal.SIGKILL)
        assert crew.look_until(2, "worker")
        assert len(crew.started("web")) == 1
        assert "worker was ended by SIGKILL" in crew.said[0]
    finally:
        crew.supervisor.stop()
    assert processes_of(folder) == []


def test_waits_longer_before_each_new_start(folder: Path) -> None:
    crew = Crew(folder, Program("broken", (sys.executable, "-c", "raise SystemExit(3)")))
    crew.supervisor.start()
    child = crew.supervisor.children[0]
    pauses = []
    for failures in (1, 2):
        assert eventually(lambda wanted=failures: (crew.supervisor.look(), child.failures >= wanted)[1])
        pauses.append(child.next_start - time.monotonic())
    crew.supervisor.stop()
    assert pauses[0] <= 1.0 < pauses[1] <= 2.0
    assert "broken stopped with code 3; starting it again in 1 s" in crew.said[0]


def test_stops_in_order_and_leaves_nothing(folder: Path) -> None:
    names = ["web", "beat", "worker"]
    crew = Crew(folder, *(program(folder, name) for name in names))
    crew.supervisor.start()
    assert all(crew.look_until(1, name) for name in names)
    crew.supervisor.stop()
    assert [who for who, word, _ in crew.notes() if word == "ended"] == names
    assert processes_of(folder) == []
    assert not (folder / "programs.json").exists()


def test_ends_a_child_that_does_not_stop(folder: Path) -> None:
    crew = Crew(folder, program(folder, "web", stubborn=True, stop_seconds=0.3))
    crew.supervisor.start()
    assert crew.look_until(1, "web")
    crew.supervisor.stop()
    assert crew.said == ["web did not stop in time and was ended."]
    assert processes_of(folder) == []


def test_ends_what_a_killed_child_leaves_behind(folder: Path) -> None:
    parent = "import subprocess, sys, time; subprocess.Popen(sys.argv[1:]); time.sleep(60)"
    orphan = [*program(folder, "orphan").command]
    crew = Crew(folder, Program("parent", (sys.executable, "-c", parent, *orphan)))
    crew.supervisor.start()
    try:
        assert crew.look_until(1, "orphan")
        process = crew.supervisor.children[0].process
        assert process is not None
        process.kill()
        assert crew.look_until(2, "orphan")
        assert not processes.is_alive(crew.started("orphan")[0])
    finally:
        crew.supervisor.stop()
    assert processes_of(folder) == []


def test_starts_a_server_that_is_gone(folder: Path) -> None:
    server = FallenServer()
    crew = Crew(folder, servers=(server,))
    crew.supervisor.look()
    assert server.runs
    assert crew.said == ["Fallen is gone; starting it again."]


def test_ends_the_programs_of_a_killed_supervisor(folder: Path) -> None:
    crew = Crew(folder, program(folder, "web"))
    crew.supervisor.start()
    assert crew.look_until(1, "web")
    assert end_leftovers(folder / "programs.json") == ["web"]
    assert eventually(lambda: not processes.is_alive(crew.started("web")[0]))
    assert end_leftovers(folder / "programs.json") == []


def test_leaves_a_stranger_with_the_same_number_alone(folder: Path) -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        (folder / "programs.json").write_text(json.dumps({"web": [stranger.pid, "another moment"]}))
        assert end_leftovers(folder / "programs.json") == []
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("text", ["", "[", "null"])
def test_a_damaged_record_is_no_obstacle(folder: Path, text: str) -> None:
    (folder / "programs.json").write_text(text)
    assert end_leftovers(folder / "programs.json") == []


def test_a_log_that_grows_too_big_is_set_aside(folder: Path) -> None:
    talk = "import time\nwhile True:\n    print('x' * 1000, flush=True)\n    time.sleep(0.01)"
    crew = Crew(folder, Program("talker", (sys.executable, "-c", talk)))
    log = folder / "talker.log"
    log.write_bytes(b"-" * (processes.LOG_LIMIT - 5000))
    crew.supervisor.start()
    try:
        assert eventually(lambda: log.stat().st_size > processes.LOG_LIMIT)
        crew.supervisor.look()
        assert log.stat().st_size < 1_000_000
        assert log.with_name("talker.log.1").stat().st_size > processes.LOG_LIMIT
        assert eventually(lambda: log.read_bytes().startswith(b"x"))
    finally:
        crew.supervisor.stop()

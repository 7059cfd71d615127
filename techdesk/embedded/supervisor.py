"""Keeps a set of programs running: starts them, restarts a dead one, stops them in order."""

import json
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from . import processes
from .problems import Problem

LONGEST_PAUSE = 30.0
SETTLED_SECONDS = 60.0
SERVER_CHECK_SECONDS = 2.0
LEFTOVER_SECONDS = 10.0


class Server(Protocol):
    """What the supervisor needs of a server it watches over."""

    name: str

    def is_listening(self) -> bool: ...

    def ensure(self) -> None: ...


@dataclass(frozen=True)
class Program:
    """A program to keep running; its words go to `<name>.log`.

    `stop_seconds` is how long it may take to end after TERM before it is killed.
    """

    name: str
    command: tuple[str, ...]
    stop_seconds: float = 10.0


class Child:
    """One program and its present process. The process leads a group of its own.

    So Ctrl-C in the terminal reaches only the supervisor, and whatever a killed process leaves behind can
    be ended as a group.
    """

    def __init__(self, program: Program, log: Path) -> None:
        self.program = program
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None
        self.is_wanted = False
        self.failures = 0
        self.next_start = 0.0
        self._started = 0.0

    @property
    def name(self) -> str:
        return self.program.name

    def start(self, environment: Mapping[str, str], folder: Path) -> None:
        with processes.open_log(self.log) as log:
            try:
                self.process = subprocess.Popen(
                    self.program.command,
                    env=dict(environment),
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            except OSError as error:
                raise Problem(f"{self.program.command[0]} cannot be started: {error.strerror}.") from None
        self._started = time.monotonic()

    def died(self) -> int | None:
        """The exit code when the process has ended since the last look; the next start is then due later."""
        if self.process is None or self.process.poll() is None:
            return None
        code = self.process.returncode
        processes.send(self.process.pid, signal.SIGKILL, group=True)
        self.process = None
        if time.monotonic() - self._started > SETTLED_SECONDS:
            self.failures = 0
        self.failures += 1
        self.next_start = time.monotonic() + min(2.0 ** (self.failures - 1), LONGEST_PAUSE)
        return code

    def stop(self) -> bool:
        """TERM, wait, then KILL for the whole group. False when it had to be killed."""
        if self.process is None:
            return True
        processes.send(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(self.program.stop_seconds)
            in_time = True
        except subprocess.TimeoutExpired:
            in_time = False
        processes.send(self.process.pid, signal.SIGKILL, group=True)
        self.process.wait()
        self.process = None
        return in_time


class Supervisor:
    """Runs programs in the given order, stops them in the same order, and watches over servers."""

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        environment: Mapping[str, str],
        folder: Path,
        logs: Path,
        record: Path,
        say: Callable[[str], None],
        servers: Sequence[Server] = (),
    ) -> None:
        self.children = [Child(program, logs / f"{program.name}.log") for program in programs]
        self._environment = environment
        self._folder = folder
        self._record = record
        self._say = say
        self._servers = servers
        self._next_server_check = 0.0

    def start(self, *names: str) -> None:
        """Start the named programs, or all that do not run yet; from then on `look` keeps them running."""
        for child in self.children:
            if not child.is_wanted and (child.name in names or not names):
                child.is_wanted = True
                self._start(child)

    def look(self) -> None:
        """One round: servers first, because the programs need them; then restart what has died."""
        self._look_at_servers()
        now = time.monotonic()
        for child in self.children:
            code = child.died()
            if code is not None:
                pause = max(child.next_start - now, 0)
                self._say(f"{child.name} {_ending(code)}; starting it again in {pause:.0f} s. Its log: {child.log}")
            if child.is_wanted and child.process is None and time.monotonic() >= child.next_start:
                self._start(child)

    def stop(self) -> None:
        for child in self.children:
            if not child.stop():
                self._say(f"{child.name} did not stop in time and was ended.")
        self._record.unlink(missing_ok=True)

    def _start(self, child: Child) -> None:
        child.start(self._environment, self._folder)
        self._write_record()

    def _write_record(self) -> None:
        running = {}
        for child in self.children:
            found = processes.state(child.process.pid) if child.process is not None else None
            if child.process is not None and found is not None:
                running[child.name] = [child.process.pid, found[1]]
        fresh = self._record.with_suffix(".new")
        fresh.write_text(json.dumps(running))
        fresh.replace(self._record)

    def _look_at_servers(self) -> None:
        if time.monotonic() < self._next_server_check:
            return
        for server in self._servers:
            if not server.is_listening():
                self._say(f"{server.name} is gone; starting it again.")
                try:
                    server.ensure()
                except Problem as problem:
                    self._say(str(problem))
        for child in self.children:
            processes.trim_log(child.log)
        self._next_server_check = time.monotonic() + SERVER_CHECK_SECONDS


def end_leftovers(record: Path) -> list[str]:
    """End the programs that a killed supervisor left running, by its record; returns their names.

    A process that merely has the same number by now is left alone (its moment of birth differs).
    """
    try:
        found = json.loads(record.read_text())
        running = {str(name): (int(pid), str(born)) for name, (pid, born) in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return []
    ended = {}
    for name, (pid, born) in running.items():
        process = processes.state(pid)
        if process is not None and process[1] == born:
            ended[name] = pid
            processes.send(pid, signal.SIGTERM)
    deadline = time.monotonic() + LEFTOVER_SECONDS
    for pid in ended.values():
        processes.wait_gone(pid, max(deadline - time.monotonic(), 0))
        processes.send(pid, signal.SIGKILL, group=True)
        processes.wait_gone(pid, 5.0)
    record.unlink(missing_ok=True)
    return list(ended)


def _ending(code: int) -> str:
    if code >= 0:
        return f"stopped with code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"

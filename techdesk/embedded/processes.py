"""Facts about processes, and small things to do with them."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import IO

from .problems import Problem

LOG_LIMIT = 10 * 1024 * 1024


def state(pid: int) -> tuple[str, str] | None:
    """(state letter, moment of birth) of a process, or None when there is none.

    The moment of birth tells a process from a later one with the same number.
    """
    try:
        # proc(5): the name in parentheses may hold anything; state is field 3, starttime field 22.
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        return fields[0], fields[19]
    except (OSError, IndexError):
        if os.path.isdir("/proc/self"):
            return None
    found = subprocess.run(
        ["ps", "-o", "state=", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.split(maxsplit=1)
    return (found[0][:1], found[1].strip()) if len(found) == 2 else None


def is_alive(pid: int) -> bool:
    """True for a process that still runs; a zombie does not."""
    found = state(pid)
    return found is not None and found[0] not in "ZX"


def wait_gone(pid: int, seconds: float) -> bool:
    """Wait until the process has ended. False when it has not."""
    deadline = time.monotonic() + seconds
    while is_alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def send(pid: int, number: signal.Signals, *, group: bool = False) -> None:
    """Send a signal; a process that has already gone is fine."""
    try:
        (os.killpg if group else os.kill)(pid, number)
    except (ProcessLookupError, PermissionError):
        # macOS answers EPERM for a group of which only zombies are left.
        pass


def open_log(path: Path) -> IO[bytes]:
    """Open a log file for appending; a big one is set aside as `<name>.1` first."""
    try:
        if path.exists() and path.stat().st_size > LOG_LIMIT:
            path.replace(path.with_name(path.name + ".1"))
        return path.open("ab")
    except OSError as error:
        raise Problem(f"The log file {path} cannot be written: {error.strerror}.") from None


def trim_log(path: Path) -> None:
    """Set a copy of a log that has grown too big aside and empty it, while a program writes to it.

    Safe because the program appends: its next line goes to the new beginning.
    """
    try:
        if path.stat().st_size > LOG_LIMIT:
            shutil.copyfile(path, path.with_name(path.name + ".1"))
            os.truncate(path, 0)
    except OSError:
        pass  # a log is not worth stopping anything for


def last_line(path: Path, since: int = 0) -> str:
    """The last line with text of a log file, from byte `since` on, shortened."""
    lines = tail(path, since).splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), "")[:300]


def reason(path: Path, since: int = 0) -> str:
    """Why a Python program ended, from its log: the error under the last traceback, else the last line."""
    lines = tail(path, since).splitlines()
    begun = [at for at, line in enumerate(lines) if line.startswith("Traceback (most recent call last)")]
    for line in lines[begun[-1] + 1 :] if begun else []:
        if line and not line[0].isspace():
            return line.strip()[:300]
    return last_line(path, since)


def tail(path: Path, since: int = 0) -> str:
    """At most the last 8 kB of a log file, from byte `since` on."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(since if since <= size else 0, size - 8192))
            return file.read().decode(errors="replace")
    except OSError:
        return ""

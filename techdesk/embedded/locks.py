"""File locks between processes. The kernel drops them when a process dies, however it dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .problems import Problem


def open_lock(path: Path) -> int:
    """Open (create) a lock file and return its descriptor, which child processes do not inherit."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise Problem(f"The lock file {path} cannot be opened: {error.strerror}.") from None


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Wait for the lock, hold it for the block."""
    descriptor = open_lock(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


class Hold:
    """A lock held until `release`, shared or exclusive, with a line that says who holds it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def share(self) -> None:
        """Join the holders; waits while somebody holds it exclusively."""
        self._take(fcntl.LOCK_SH)

    def try_alone(self) -> bool:
        """Become the only holder. False when there is another."""
        try:
            self._take(fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _take(self, how: int) -> None:
        if self._descriptor is None:
            self._descriptor = open_lock(self.path)
        fcntl.flock(self._descriptor, how)

    def sign(self, text: str) -> None:
        """Leave a line for whoever is refused."""
        assert self._descriptor is not None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text.encode(), 0)

    def read(self) -> str:
        return self.path.read_text(errors="replace").strip()

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

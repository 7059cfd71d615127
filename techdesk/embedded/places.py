"""Where everything of one installation lies on the disk."""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .problems import Problem

PROJECT = Path(__file__).resolve().parents[2]

# A Unix socket's path may have 107 bytes on Linux and 103 on macOS (sun_path in sys/un.h).
SOCKET_PATH_LIMIT = 100

Kind = Literal["run", "test"]


def var_folder() -> Path:
    """The data folder: `TECHDESK_VAR`, else `var/` in the project."""
    return Path(os.environ.get("TECHDESK_VAR") or PROJECT / "var").expanduser().absolute()


@dataclass(frozen=True)
class Places:
    """The folders of one set of servers: `run` keeps data, `test` may lose it at any time."""

    var: Path
    kind: Kind = "run"

    @property
    def postgres_data(self) -> Path:
        return self.var / ("postgres" if self.kind == "run" else "test-postgres")

    @property
    def valkey_data(self) -> Path:
        return self.var / ("valkey" if self.kind == "run" else "test-valkey")

    @property
    def run(self) -> Path:
        """Locks, sockets and process records."""
        return self.var / ("run" if self.kind == "run" else "test-run")

    @property
    def logs(self) -> Path:
        return self.var / ("log" if self.kind == "run" else "test-log")

    @property
    def postgres_sockets(self) -> Path:
        """The folder of PostgreSQL's socket; the file's name in it is fixed by PostgreSQL."""
        return self._socket_folder("postgres", ".s.PGSQL.5432")

    @property
    def valkey_socket(self) -> Path:
        return self._socket_folder("valkey", "valkey.sock") / "valkey.sock"

    def _socket_folder(self, name: str, file_name: str) -> Path:
        folder = self.run / name
        if len(os.fsencode(folder / file_name)) <= SOCKET_PATH_LIMIT:
            return folder
        # The same short path every time, so that another process of this project finds the server.
        key = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
        return Path("/tmp") / f"techdesk-{key}"  # noqa: S108 - private_folder trusts nobody there

    def make_folders(self) -> None:
        """Create the folders that belong to whoever runs Techdesk. Raises Problem when it may not."""
        try:
            for folder in (self.var, self.run, self.logs):
                folder.mkdir(parents=True, exist_ok=True)
                if not os.access(folder, os.W_OK | os.X_OK):
                    raise PermissionError
        except PermissionError:
            raise Problem(
                f"This user may not write to {self.var}. Start Techdesk as the folder's owner, or name"
                f" another"
                " folder in TECHDESK_VAR."
            ) from None
        except OSError as error:
            raise Problem(f"The folder {self.var} cannot be used: {error.strerror}.") from None


def private_folder(folder: Path, uid: int, gid: int) -> None:
    """Make `folder` exist, belong to `uid` and be closed to everybody else.

    Raises Problem when somebody else already holds that name (the short socket folder lies in a
    public place, so a link or a foreign folder there must not be trusted).
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        if stat.S_ISDIR(found.st_mode) and os.geteuid() == 0 and found.st_uid in (0, uid):
            os.chown(folder, uid, gid)
            found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid:
            raise Problem(f"{folder} belongs to somebody else. Remove it, then start again.")
        if stat.S_IMODE(found.st_mode) != 0o700:
            folder.chmod(0o700)
    except OSError as error:
        raise Problem(f"The folder {folder} cannot be used: {error.strerror}.") from None

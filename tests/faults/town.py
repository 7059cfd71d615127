"""The whole installation under one roof: web, worker, beat and a mail server, real ones, that a test may kill.

The processes work on the test's own PostgreSQL database and on a Valkey server of the town's own, so that emptying
it disturbs nobody else.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiosmtpd.controller import Controller
from django.conf import settings
from django.db import connection

from techdesk.embedded import processes
from techdesk.embedded.places import Places
from techdesk.embedded.postgres import Postgres
from techdesk.embedded.valkey import Valkey
from tests.collected import collected
from tests.faults.proxy import Proxy


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Mailbox:
    """A real SMTP server that keeps what it gets."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self._lock = threading.Lock()
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        with self._lock:
            self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 2.0.0 Kept"

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    def to(self, address: str, about: str = "") -> list[EmailMessage]:
        """What came for one address, oldest first; `about`: how the subject begins."""
        with self._lock:
            return [m for m in self.messages if m["To"] == address and m["Subject"].startswith(about)]

    def wait_for(self, address: str, count: int = 1, *, about: str = "", seconds: float = 45) -> list[EmailMessage]:
        """The mails to one address as soon as there are `count` of them; fails when more or fewer came."""
        until = time.monotonic() + seconds
        while len(self.to(address, about)) < count and time.monotonic() < until:
            time.sleep(0.1)
        found = self.to(address, about)
        assert len(found) == count, [message["Subject"] for message in found]
        return found

    def ids(self) -> Counter[str]:
        with self._lock:
            return Counter(str(message["Message-ID"]) for message in self.messages)


def database_url() -> str:
    """The address of the database the tests use, for other processes."""
    facts = connection.settings_dict
    password = f":{quote(facts['PASSWORD'], safe='')}" if facts["PASSWORD"] else ""
    port = f":{facts['PORT']}" if facts["PORT"] else ""
    return f"postgresql://{facts['USER']}{password}@{quote(facts['HOST'], safe='')}{port}/{facts['NAME']}"


class OwnPostgres:
    """A PostgreSQL server for one test alone, which may be restarted and cut off. It keeps what it acknowledged."""

    def __init__(self, folder: Path) -> None:
        self.server = Postgres(Places(folder, "run"))

    def start(self) -> None:
        self.server.places.make_folders()
        self.server.ensure()

    @property
    def socket(self) -> Path:
        return self.server.socket

    @property
    def url(self) -> str:
        return self.server.url

    def restart(self, *, immediate: bool = False) -> None:
        """`pg_ctl restart`: fast cuts off who is connected, immediate is what a power cut looks like afterwards."""
        pid = self.server._pid()
        assert pid is not None
        processes.send(pid, signal.SIGQUIT if immediate else signal.SIGINT)
        assert processes.wait_gone(pid, 20)
        self.server.ensure()

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of one query, over a connection of its own."""
        import psycopg2

        database = psycopg2.connect(self.url)
        try:
            with database.cursor() as cursor:
                cursor.execute(sql)
                return list(cursor.fetchall())
        finally:
            database.close()

    def stop(self) -> None:
        self.server.stop()


class Town:
    """`workers`, `beats`: how many of each. postgres: its own server; else it works on the test's database.

    proxied: which of "valkey", "postgres" (its own) and "mail" are reached through a `Proxy`, kept in `proxies`.
    is_bare: nothing is started but the servers; `settle()` does the rest.
    """

    def __init__(
        self,
        folder: Path,
        *,
        workers: int = 1,
        beats: int = 1,
        postgres: OwnPostgres | None = None,
        proxied: Collection[str] = (),
        is_bare: bool = False,
    ) -> None:
        self.folder = folder
        self.is_bare = is_bare
        self.port = free_port()
        self.mail = Mailbox()
        self.valkey = Valkey(Places(folder, "test"))
        self.postgres = postgres
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.workers = [f"worker{n}" if n > 1 else "worker" for n in range(1, workers + 1)]
        self.beats = [f"beat{n}" if n > 1 else "beat" for n in range(1, beats + 1)]
        self.proxies: dict[str, Proxy] = {}
        if "valkey" in proxied:
            self.proxies["valkey"] = Proxy(self.valkey.places.valkey_socket)
        if "mail" in proxied:
            self.proxies["mail"] = Proxy(("127.0.0.1", self.mail.port))
        if "postgres" in proxied and postgres is not None:
            self.proxies["postgres"] = Proxy(postgres.socket)
        self.environment = {
            **os.environ,
            "DATABASE_URL": self._database_url(),
            "REDIS_URL": f"redis://127.0.0.1:{self._port('valkey')}" if "valkey" in proxied else self.valkey.url,
            "EMAIL_URL": f"smtp://127.0.0.1:{self._port('mail')}",
            "TECHDESK_VAR": str(folder),
            "TECHDESK_BASE_URL": f"http://127.0.0.1:{self.port}",
            "TECHDESK_SECRET_KEY": "t" * 60,
            "TECHDESK_LEASE_SECONDS": "8",
            "TECHDESK_QUIET_HOURS": "0",
            "TECHDESK_DEBUG": "0",
            "DJANGO_SETTINGS_MODULE": "techdesk.settings",
            "REMAP_SIGTERM": "SIGQUIT",
        }

    def _port(self, name: str) -> int:
        return self.proxies[name].port if name in self.proxies else self.mail.port

    def _database_url(self) -> str:
        if self.postgres is None:
            return database_url()
        if "postgres" in self.proxies:
            return f"postgresql://techdesk@127.0.0.1:{self._port('postgres')}/techdesk"
        return self.postgres.url

    def start(self) -> None:
        (self.folder / "run").mkdir(parents=True, exist_ok=True)
        self.valkey.places.make_folders()
        self.valkey.ensure()
        self.mail.start()
        for proxy in self.proxies.values():
            proxy.start()
        if not (self.folder / "static").exists():
            (self.folder / "static").symlink_to(collected())
        if not self.is_bare:
            self._open()

    def _open(self) -> None:
        for name in ("web", *self.workers, *self.beats):
            self.launch(name)
        self._wait_for_web()

    def settle(self) -> tuple[str, str]:
        """Make the tables and a small district on the town's own PostgreSQL, then start everything; return the token
        of a teacher and the code of a school of theirs."""
        assert self.postgres is not None
        self._carry_out("migrate", "--verbosity", "0")
        sizes = ("--schools", 1, "--students", 20, "--devices", 20, "--tickets", 0)
        self._carry_out("seed_district", *sizes)
        (teacher, code), *_others = self.postgres.ask(
            """
            SELECT person.email, school.code FROM directory_roleassignment AS role
            JOIN directory_person AS person ON person.id = role.person_id
            JOIN directory_school AS school ON school.id = role.school_id
            WHERE role.role = 'teacher' AND person.is_active AND person.email IS NOT NULL
            ORDER BY person.id
            """
        )
        _code, made = self.manage("create_token", teacher, "--scope", "write")
        self._open()
        return made["token"], code

    def _carry_out(self, *arguments: Any) -> None:
        done = subprocess.run(
            [sys.executable, "manage.py", *(str(one) for one in arguments)],
            env=self.environment,
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{arguments[0]}: {done.stdout}{done.stderr}"

    def launch(self, name: str) -> None:
        celery = [sys.executable, "-m", "celery", "-A", "techdesk"]
        commands = {
            "web": [
                *(sys.executable, "-m", "gunicorn", "techdesk.wsgi:application", "--bind", f"127.0.0.1:{self.port}"),
                *("--worker-class", "gthread", "--workers", "2", "--threads", "8", "--no-control-socket"),
            ],
            "worker": [*celery, "worker", "-c", "2", "--loglevel", "WARNING", "-n", f"{name}@%h"],
            "beat": [*celery, "beat", "--pidfile=", "--schedule", str(self.folder / "run" / name)],
        }
        with (self.folder / f"{name}.log").open("ab") as log:
            self.children[name] = subprocess.Popen(
                commands[name.rstrip("0123456789")],
                env=self.environment,
                cwd=settings.BASE_DIR,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, name: str) -> None:
        """kill -9 of a process and all its children, then start it anew, as a supervisor would."""
        self._signal(name, signal.SIGKILL)
        self.children[name].wait()
        self.launch(name)

    def revive(self) -> list[str]:
        """Start anew what ended by itself, as a supervisor would; return what it was."""
        ended = [name for name, child in self.children.items() if child.poll() is not None]
        for name in ended:
            self.launch(name)
        return ended

    def wait_until(self, question: Callable[[], bool], seconds: float) -> float:
        """Wait until the answer is yes, reviving what ended; return how long it took. Fails after `seconds`."""
        begun = time.monotonic()
        while not question():
            assert time.monotonic() - begun < seconds, f"not within {seconds} s; {self.tails()}"
            self.revive()
            time.sleep(0.25)
        return time.monotonic() - begun

    def tails(self) -> str:
        """The ends of all logs, for whoever reads why a test failed."""
        return "\n".join(f"== {log.name}\n{log.read_text()[-1500:]}" for log in sorted(self.folder.glob("*.log")))

    def empty_redis(self) -> None:
        self.valkey._ask(b"FLUSHALL")

    @contextlib.contextmanager
    def stopped(self, name: str) -> Iterator[None]:
        """A process of ours, or "valkey", hangs (SIGSTOP with all its children) and then goes on."""
        pid = self._valkey_pid() if name == "valkey" else self.children[name].pid
        os.killpg(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(pid, signal.SIGCONT)

    def _valkey_pid(self) -> int:
        pid = self.valkey._pid()
        assert pid is not None, "Valkey does not run"
        return pid

    @contextlib.contextmanager
    def without_valkey(self) -> Iterator[None]:
        """Valkey is killed, and started anew, empty, at the end."""
        processes.send(self._valkey_pid(), signal.SIGKILL)
        try:
            yield
        finally:
            self.valkey.ensure()

    def stop(self) -> None:
        for name in self.children:
            self._signal(name, signal.SIGKILL)
        for child in self.children.values():
            child.wait()
        for proxy in self.proxies.values():
            proxy.stop()
        self.mail.stop()
        self.valkey.stop()

    def manage(self, *arguments: Any) -> tuple[int, dict[str, Any]]:
        """manage.py … --json as a process of its own: its exit code and the one JSON object it prints."""
        done = subprocess.run(
            [sys.executable, "manage.py", *(str(one) for one in arguments), "--json"],
            env=self.environment,
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            check=False,
        )
        try:
            summary: dict[str, Any] = json.loads(done.stdout)
        except ValueError:
            raise AssertionError(f"{arguments[0]}: {done.stdout}{done.stderr}") from None
        return done.returncode, summary

    def _signal(self, name: str, number: int) -> None:
        try:
            os.killpg(self.children[name].pid, number)
        except ProcessLookupError:
            pass

    def _wait_for_web(self) -> None:
        deadline = time.monotonic() + 120  # two busy cores start slowly
        while time.monotonic() < deadline:
            try:
                if self.request("GET", "/healthz")[0] == 200:
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError((self.folder / "web.log").read_text()[-2000:])

    def request(
        self, method: str, path: str, *, token: str = "", body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """One HTTP request; the status and the answer's JSON (or its text)."""
        sent = {"Host": f"127.0.0.1:{self.port}", **(headers or {})}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        data = None
        if body is not None:
            data, sent["Content-Type"] = json.dumps(body), "application/json"
        server = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            server.request(method, path, body=data, headers=sent)
            answer = server.getresponse()
            text = answer.read().decode()
        finally:
            server.close()
        media_type = (answer.getheader("Content-Type") or "").partition(";")[0]
        if media_type in {"application/json", "application/problem+json"}:
            return answer.status, json.loads(text)
        return answer.status, text

"""The whole installation under one roof: web, worker, beat and a mail server, real ones, that a test may kill.

The processes work on the test's own PostgreSQL database and on a Valkey server of the town's own, so that emptying
it disturbs nobody else.
"""

from __future__ import annotations

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
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiosmtpd.controller import Controller
from django.conf import settings
from django.db import connection

from techdesk.embedded.places import Places
from techdesk.embedded.valkey import Valkey
from tests.collected import collected


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


class Town:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.mail = Mailbox()
        self.valkey = Valkey(Places(folder, "test"))
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "REDIS_URL": self.valkey.url,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.mail.port}",
            "TECHDESK_VAR": str(folder),
            "TECHDESK_BASE_URL": f"http://127.0.0.1:{self.port}",
            "TECHDESK_SECRET_KEY": "t" * 60,
            "TECHDESK_LEASE_SECONDS": "8",
            "TECHDESK_QUIET_HOURS": "0",
            "TECHDESK_DEBUG": "0",
            "DJANGO_SETTINGS_MODULE": "techdesk.settings",
            "REMAP_SIGTERM": "SIGQUIT",
        }

    def start(self) -> None:
        (self.folder / "run").mkdir(parents=True, exist_ok=True)
        self.valkey.places.make_folders()
        self.valkey.ensure()
        self.mail.start()
        (self.folder / "static").symlink_to(collected())
        for name in ("web", "worker", "beat"):
            self.launch(name)
        self._wait_for_web()

    def launch(self, name: str) -> None:
        celery = [sys.executable, "-m", "celery", "-A", "techdesk"]
        commands = {
            "web": [
                *(sys.executable, "-m", "gunicorn", "techdesk.wsgi:application", "--bind", f"127.0.0.1:{self.port}"),
                *("--worker-class", "gthread", "--workers", "2", "--threads", "8", "--no-control-socket"),
            ],
            "worker": [*celery, "worker", "-c", "2", "--loglevel", "WARNING"],
            "beat": [*celery, "beat", "--pidfile=", "--schedule", str(self.folder / "run" / "beat")],
        }
        with (self.folder / f"{name}.log").open("ab") as log:
            self.children[name] = subprocess.Popen(
                commands[name],
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

    def empty_redis(self) -> None:
        self.valkey._ask(b"FLUSHALL")

    def stop(self) -> None:
        for name in self.children:
            self._signal(name, signal.SIGKILL)
        for child in self.children.values():
            child.wait()
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

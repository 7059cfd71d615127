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
from email import message_from_bytes
from email.message import Message
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
        self.messages: list[Message] = []
        self._lock = threading.Lock()
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        with self._lock:
            self.messages.append(message_from_bytes(envelope.content))
        return "250 2.0.0 Kept"

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

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

    def _signal(self, name: str, number: int) -> None:
        try:
            os.killpg(self.children[name].pid, number)
        except ProcessLookupError:
            pass

    def _wait_for_web(self) -> None:
        deadline = time.monotonic() + 30
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
        if "json" in (answer.getheader("Content-Type") or ""):
            return answer.status, json.loads(text)
        return answer.status, text

"""A real web server on this machine, and one client that asks it question after question."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from types import TracebackType
from typing import Any, Self

from benchmarks.places import PROJECT


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Web:
    """gunicorn as `make run` starts it, serving the benchmark's database. Use it as a context manager."""

    def __init__(self) -> None:
        self.port = _free_port()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the server runs
        self._client: http.client.HTTPConnection | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "gunicorn", "benchmarks.wsgi:application", "--bind", f"127.0.0.1:{self.port}"]
        command += ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--timeout", "120"]
        command += ["--keep-alive", "60", "--no-control-socket", "--preload"]
        environment = {**os.environ, "TECHDESK_BASE_URL": f"http://127.0.0.1:{self.port}"}
        self._process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=self._log, stderr=self._log)
        until = time.monotonic() + 120
        while True:
            try:
                if self.ask("GET", "/healthz")[0] == 200:
                    return self
            except OSError:
                self._client = None
            if time.monotonic() > until or self._process.poll() is not None:
                self.__exit__(None, None, None)
                raise RuntimeError(f"the web server does not answer: {self.log()}")
            time.sleep(0.1)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait()

    def log(self) -> str:
        self._log.seek(0)
        return self._log.read().decode(errors="replace")[-2000:]

    def ask(self, method: str, path: str, *, body: Any = None, **headers: str) -> tuple[int, bytes]:
        """One request on a connection that stays open; the status and the whole answer."""
        if self._client is None:
            self._client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=180)
        content = None
        if body is not None:
            content, headers["Content-Type"] = json.dumps(body), "application/json"
        self._client.request(method, path, body=content, headers=headers)
        answer = self._client.getresponse()
        return answer.status, answer.read()

    def expect(self, status: int, method: str, path: str, *, body: Any = None, **headers: str) -> bytes:
        """The answer; RuntimeError when its status is another than `status`: a benchmark of refusals says nothing."""
        found, content = self.ask(method, path, body=body, **headers)
        if found != status:
            raise RuntimeError(f"{method} {path}: {found} {content[:500]!r}")
        return content

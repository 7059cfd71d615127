"""What one request costs the database: its statements, and the buffers they touch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client


@dataclass(frozen=True)
class Cost:
    """statements: all of them, savepoints and SET left out. buffers: 8 kB pages that its reads touch, cached or not."""

    statements: int
    buffers: int


class _Recorder:
    """Remembers the reads of a request as they were sent, values included."""

    def __init__(self) -> None:
        self.statements = 0
        self.reads: list[tuple[str, Any]] = []

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        word = sql.lstrip().split(None, 1)[0].upper()
        if word not in {"SAVEPOINT", "RELEASE", "SET", "BEGIN", "COMMIT"}:
            self.statements += 1
        if word in {"SELECT", "WITH", "DECLARE"} and not many:
            self.reads.append((sql, params))
        return execute(sql, params, many, context)


def cost(method: str, path: str, *, token: str = "", session: str = "", **options: Any) -> Cost:
    """Send the request inside this process and explain what it read. Twice: the first time fills the caches."""
    client = _client(token, session)
    for _time in range(2):
        recorder = _record(client, method, path, **options)
    return Cost(statements=recorder.statements, buffers=sum(_buffers(sql, params) for sql, params in recorder.reads))


def write_cost(paths: Sequence[str], body: str, *, token: str) -> Cost:
    """Post `body` to each of `paths` and tell of the last one; its reads cannot be repeated, so no buffers."""
    client = _client(token, "")
    for path in paths:
        recorder = _record(client, "POST", path, data=body, content_type="application/json")
    return Cost(statements=recorder.statements, buffers=0)


def _client(token: str, session: str) -> Client:
    client = Client(headers={"Authorization": f"Bearer {token}"} if token else {})
    if session:
        client.cookies[settings.SESSION_COOKIE_NAME] = session
    return client


def _record(client: Client, method: str, path: str, **options: Any) -> _Recorder:
    recorder = _Recorder()
    with connection.execute_wrapper(recorder):
        answer = getattr(client, method.lower())(path, **options)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if answer.status_code >= 400:
        raise RuntimeError(f"{method} {path}: {answer.status_code} {content[:500]!r}")
    return recorder


def _buffers(sql: str, params: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {sql}", params)
        plan: Mapping[str, Any] = cursor.fetchone()[0][0]["Plan"]
    return int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])

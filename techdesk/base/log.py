"""Structured logs: one JSON object a line on standard error, each with the request id.

Names, student numbers and tokens never belong in a log line: log keys and counts.
"""

from __future__ import annotations

import logging
import re
import sys
from contextvars import ContextVar
from typing import Any

import structlog
from django.conf import settings

request_id: ContextVar[str] = ContextVar("request_id", default="")


def _with_request_id(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    if current := request_id.get():
        event.setdefault("request_id", current)
    return event


#: Addresses that are keys themselves: of signed links, of invitations, of a new password.
_KEYS_IN_PATHS = re.compile(r"(?<=/)(l|invitation|password/reset/key)/[^/\s\"']+")


def masked(text: str) -> str:
    """`text` without the secret part of addresses that let whoever has them in."""
    return _KEYS_IN_PATHS.sub(r"\1/…", text)


def _without_keys(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    return {name: masked(value) if isinstance(value, str) else value for name, value in event.items()}


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    _with_request_id,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    _without_keys,
]


def formatter() -> logging.Formatter:
    """One JSON object a line, for our own records and those of libraries."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(sort_keys=True, default=str),
        ],
    )


def configure() -> None:
    """Send our own and the libraries' log records through one formatter."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    output = logging.StreamHandler(sys.stderr)
    output.setFormatter(formatter())
    root = logging.getLogger()
    if not settings.TESTING:  # pytest shows records itself
        root.handlers = [output]
    root.setLevel(settings.LOG_LEVEL)
    logging.getLogger("django.request").setLevel("ERROR")
    logging.getLogger("PIL").setLevel("WARNING")


log = structlog.get_logger("techdesk")

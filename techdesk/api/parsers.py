"""Bodies: JSON, refused cleanly when it is not. Their size is limited by DATA_UPLOAD_MAX_MEMORY_SIZE."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

#: How much of a body that nobody wants is read and thrown away, and for how long at most.
DRAIN_BYTES = 128 * 1024 * 1024
DRAIN_SECONDS = 20.0


def drain(request: HttpRequest) -> None:
    """Take what is left of the body off the line: a client that is cut off while it still sends sees no answer."""
    until, left = time.monotonic() + DRAIN_SECONDS, DRAIN_BYTES
    try:
        while left > 0 and time.monotonic() < until and (chunk := request.read(1024 * 1024)):
            left -= len(chunk)
    except OSError:  # the client has gone; UnreadablePostError is one of these
        return


class JSONBody(JSONParser):
    """JSON; nesting without end is a parse error (400), not a crash of the parser."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        try:
            return super().parse(stream, media_type, dict(parser_context or {}))
        except RecursionError:
            raise ParseError(_("This JSON is nested too deeply.")) from None

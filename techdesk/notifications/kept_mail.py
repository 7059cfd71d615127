"""The mails that the demo's mail server kept as files: read, never interpreted.

Whatever stands in them is shown as text: only the plain part, headers decoded, nothing of the HTML part.
"""

from __future__ import annotations

import datetime as dt
import email
import email.policy
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings

#: Longer mails are cut; a page need not show an attachment's worth of text.
LONGEST_TEXT = 20_000
LARGEST_FILE = 5_000_000


@dataclass(frozen=True)
class KeptMail:
    """One mail. `name` is its file's name, which sorts by arrival."""

    name: str
    subject: str
    sender: str
    recipients: str
    at: dt.datetime
    text: str


def folder() -> Path:
    """Where the mail server of the demo keeps what it takes."""
    return Path(settings.VAR) / "mail"


def kept_names() -> list[str]:
    """The names of the kept mails, newest first. Empty when nothing was ever sent."""
    try:
        return sorted((path.name for path in folder().iterdir() if path.suffix == ".eml"), reverse=True)
    except OSError:
        return []


def read_mail(name: str) -> KeptMail | None:
    """The mail of that file name; None when there is none of it, or it is gone or far too large."""
    path = folder() / name
    try:
        if path.stat().st_size > LARGEST_FILE:
            return None
        content = path.read_bytes()
        arrived = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
    except (OSError, ValueError):
        return None
    message = email.message_from_bytes(content, policy=email.policy.default)
    return KeptMail(
        name=name,
        subject=_header(message, "Subject"),
        sender=_header(message, "From"),
        recipients=_header(message, "X-Envelope-To") or _header(message, "To"),
        at=arrived,
        text=_plain_text(message),
    )


def _header(message: EmailMessage, name: str) -> str:
    """A header as text. A broken one makes the parser raise all kinds of errors: then it is left out."""
    try:
        return str(message.get(name, ""))
    except Exception:  # the parser of the standard library raises IndexError, TypeError and more on broken headers
        return ""


def _plain_text(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain",))
    if part is None:
        return ""
    try:
        text = str(part.get_content())
    except (LookupError, ValueError, KeyError):  # an unknown charset
        payload = part.get_payload(decode=True)
        text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return text[:LONGEST_TEXT]

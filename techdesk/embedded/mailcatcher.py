"""The demo's mail server: takes every message and leaves it as a file, sends nothing on.

python -m techdesk.embedded.mailcatcher PORT FOLDER
"""

import asyncio
import contextlib
import os
import secrets
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session


class Keeper:
    """Writes each message to `<moment>-<random>.eml`; the names sort by arrival."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        path = self.folder / f"{moment}-{secrets.token_hex(4)}.eml"
        content = envelope.content or b""
        body = content.encode() if isinstance(content, str) else content
        # The envelope's own addresses: who really gets it (hidden copies are not in the headers).
        head = f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: {', '.join(envelope.rcpt_tos)}\r\n"
        fresh = path.with_suffix(".part")
        try:
            fresh.write_bytes(head.encode("utf-8", "replace") + body)
            os.replace(fresh, path)
        except OSError:
            return "452 4.3.1 No room for this message, try again later"
        return "250 2.0.0 Kept"


async def serve(port: int, folder: Path) -> None:
    """Listen on 127.0.0.1:`port` until INT or TERM."""
    folder.mkdir(parents=True, exist_ok=True)
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    keeper = Keeper(folder)
    server = await loop.create_server(
        lambda: SMTP(keeper, enable_SMTPUTF8=True, hostname="localhost", loop=loop), "127.0.0.1", port
    )
    async with server:
        await ended.wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))

"""A real mail server for tests of sending."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from techdesk.notifications import hooks
from techdesk.notifications.choices import Choice


class MailServer:
    """Takes mail on 127.0.0.1 and keeps it in memory.

    answers: recipient -> what the server says instead; sender_answer: what it says to any sender; pause: how many
    seconds it takes for a mail.
    """

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.answers: dict[str, str] = {}
        self.sender_answer = ""
        self.pause = 0.0
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._controller: Controller | None = None

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.sender_answer:
            return self.sender_answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        await asyncio.sleep(self.pause)
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 OK"

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None


@pytest.fixture
def mail_server(settings: Any) -> Iterator[MailServer]:
    server = MailServer()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 5
    server.start()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def declared(monkeypatch: Any) -> None:
    """Kinds of notices that only tests know."""
    for kind in (
        hooks.Kind("test", "Test", "A notice of a test.", "Tests"),
        hooks.Kind("broken", "Broken", "Cannot be composed.", "Tests"),
        hooks.Kind("secret", "Secret", "Carries a link.", "Tests", may_switch_off=False, is_urgent=True),
        hooks.Kind("talk", "Talk", "Several become one.", "Tests", gathers=True),
        hooks.Kind("alarm", "Alarm", "Waits for nothing.", "Tests", is_urgent=True),
        hooks.Kind("rare", "Rare", "Once a day.", "Tests", default=Choice.DIGEST),
    ):
        monkeypatch.setitem(hooks._kinds, kind.slug, kind)

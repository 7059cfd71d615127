"""The demo's mail server: what is sent to it lies in its folder."""

import smtplib
import socket
import subprocess
import sys
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from techdesk.embedded.places import PROJECT

from .conftest import eventually


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_keeps_each_message_as_a_file(folder: Path) -> None:
    port = free_port()
    catcher = subprocess.Popen(
        [sys.executable, "-m", "techdesk.embedded.mailcatcher", str(port), str(folder / "mail")], cwd=PROJECT
    )

    def listens() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    try:
        assert eventually(listens)
        message = EmailMessage()
        message["Subject"], message["From"], message["To"] = "Grüße", "a@x.example", "b@x.example"
        message.set_content("Der Beamer läuft.\n.\nEnde\n")
        with smtplib.SMTP("127.0.0.1", port) as sender:
            for _ in range(2):
                sender.send_message(message, to_addrs=["b@x.example", "hidden@x.example"])
    finally:
        catcher.terminate()
        assert catcher.wait(timeout=10) == 0
    kept = sorted((folder / "mail").iterdir())
    assert [path.suffix for path in kept] == [".eml", ".eml"]
    found = message_from_bytes(kept[0].read_bytes(), policy=policy.default)
    assert found["Subject"] == "Grüße"
    assert found["X-Envelope-To"] == "b@x.example, hidden@x.example"
    assert "läuft.\n.\nEnde" in found.get_content().replace("\r\n", "\n")

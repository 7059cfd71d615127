"""The mails of the demo: listed and shown as text; nowhere but in the demo; nothing of them is ever markup."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from tests.factories import PersonFactory

PAGE = reverse("notifications:demo-mail")


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.DEMO, settings.VAR = True, tmp_path
    (tmp_path / "mail").mkdir()
    (tmp_path / "secret.eml").write_text("Subject: outside\n\nsecret")
    return tmp_path / "mail"


@pytest.fixture
def client(db: Any, signed_in: Any) -> Any:
    return signed_in(PersonFactory())


def keep(folder: Path, name: str, *, subject: str = "Ticket 7", text: str = "Hello", html: str = "") -> None:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = subject, "Techdesk <t@x.example>", "ana@district.example"
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    (folder / name).write_bytes(b"X-Envelope-To: ana@district.example\r\n" + mail.as_bytes())


def test_newest_first(folder: Path, client: Any) -> None:
    keep(folder, "20261122T080000.000000Z-aa.eml", subject="Older")
    keep(folder, "20261122T090000.000000Z-bb.eml", subject="Newer · Grüße")
    (folder / "20261122T100000.000000Z-cc.part").write_text("half a mail")

    page = client.get(PAGE).content.decode()

    assert page.index("Newer · Grüße") < page.index("Older")
    assert "to ana@district.example" in page and "half a mail" not in page


def test_one_mail_is_text_with_links_and_nothing_of_its_html(folder: Path, client: Any) -> None:
    keep(
        folder,
        "a.eml",
        subject="<script>alert(1)</script>",
        text="Open http://127.0.0.1:8000/invitation/abc/ <script>alert(2)</script> javascript:alert(3)",
        html="<p>only in html</p><img src=x onerror=alert(4)>",
    )

    page = client.get(PAGE, {"open": "a.eml"}).content.decode()

    assert '<a href="http://127.0.0.1:8000/invitation/abc/"' in page
    assert "<script>alert" not in page and "onerror" not in page and "only in html" not in page
    assert 'href="javascript' not in page


def test_nothing_yet_and_no_folder(folder: Path, client: Any) -> None:
    assert "No mail yet" in client.get(PAGE).content.decode()
    folder.rmdir()
    assert client.get(PAGE).status_code == 200


@pytest.mark.parametrize("name", ["../secret.eml", "/etc/passwd", "gone.eml", "..", "a.eml/../../secret.eml", "\x00"])
def test_no_path_leads_out_of_the_folder(folder: Path, client: Any, name: str) -> None:
    keep(folder, "a.eml")
    assert client.get(PAGE, {"open": name}).status_code == 404


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe binary",
        b"Subject: =?utf-8?q?=ED=A0=80?=\nContent-Type: text/plain; charset=klingon\n\n\xff\xfe",
        b"Subject: x\nTo: <<<@@,;\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n!!!",
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=b\n\n--b",
        b"Subject: html only\nContent-Type: text/html\n\n<script>alert(1)</script>",
        b"Content-Type: message/rfc822\n\nContent-Type: text/plain\n\nx",
    ],
)
def test_broken_mails_are_shown_as_far_as_they_go(folder: Path, client: Any, content: bytes) -> None:
    (folder / "b.eml").write_bytes(content)
    assert client.get(PAGE).status_code == 200
    page = client.get(PAGE, {"open": "b.eml"})
    assert page.status_code == 200
    assert "<script>alert" not in page.content.decode()


def test_a_huge_file_is_left_alone(folder: Path, client: Any) -> None:
    (folder / "b.eml").write_bytes(b"Subject: x\n\n" + b"x" * 5_000_001)
    assert client.get(PAGE).status_code == 200
    assert client.get(PAGE, {"open": "b.eml"}).status_code == 404


def test_further_back(folder: Path, client: Any) -> None:
    for number in range(60):
        keep(folder, f"{number:03}.eml", subject=f"Mail {number:03}")
    first = client.get(PAGE).context
    assert len(first["mails"]) == 50 and first["older"] == "010.eml"
    rest = client.get(PAGE, {"before": first["older"]}).context["mails"]
    assert [mail.subject for mail in rest] == [f"Mail {n:03}" for n in range(9, -1, -1)]


def test_only_in_the_demo(settings: Any, client: Any) -> None:
    settings.DEMO = False
    assert client.get(PAGE).status_code == 404


def test_only_for_people_who_are_signed_in(folder: Path) -> None:
    from django.test import Client

    assert Client().get(PAGE).status_code == 302

"""docs/api.md does what it says: its commands are sent to a running server, its answers compared."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from devices.actions import check_out
from tests.api.conftest import Caller, Town, caller
from tests.factories import DeviceFactory, RoomFactory, person_with

PAGE = Path(settings.BASE_DIR) / "docs" / "api.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples() -> list[tuple[str, str]]:
    return BLOCK.findall(PAGE.read_text())


def send(command: str, environment: dict[str, str]) -> str:
    """What the server answers to a curl command line; knows just the options the page uses."""
    words = shlex.split(command.replace("\\\n", " "))
    for name, value in environment.items():
        words = [word.replace(f"${name}", value) for word in words]
    assert words.pop(0) == "curl"
    method, headers, body, address = "GET", {}, None, ""
    while words:
        word = words.pop(0)
        if word == "-X":
            method = words.pop(0)
        elif word == "-H":
            name, _colon, value = words.pop(0).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = words.pop(0).encode()
        else:
            assert not word.startswith("-"), word
            address = word
    request = urllib.request.Request(address, data=body, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.read().decode()


def fits(expected: Any, answer: Any) -> bool:
    """Is everything the page shows in the answer? "…" stands for anything."""
    if expected == "…":
        return answer is not None
    if isinstance(expected, dict):
        return isinstance(answer, dict) and all(
            name in answer and fits(value, answer[name]) for name, value in expected.items()
        )
    if isinstance(expected, list):
        return len(expected) == len(answer) and all(fits(a, b) for a, b in zip(expected, answer, strict=True))
    return bool(expected == answer)


@pytest.mark.django_db(transaction=True)
def test_every_example_of_the_page(town: Town, live_server: Any) -> None:
    town.device.delete()
    room = RoomFactory(school=town.lincoln, code="12")
    teacher = person_with("teacher", town.lincoln, given_name="Ana", family_name="Diaz")
    DeviceFactory(school=town.lincoln, asset_tag="C-0055", serial="C72EECD3", home_room=room)
    DeviceFactory(school=town.lincoln, asset_tag="C-0056", serial="CF9D081B")
    DeviceFactory(school=town.lincoln, asset_tag="C-0082", serial="CD7F3388", status="retired")
    from devices.models import Device

    check_out(actor=town.technician, device=Device.objects.get(asset_tag="C-0055"), person=teacher)
    secret = caller(town.technician).secret
    assert secret
    environment = {"TECHDESK": live_server.url, "TOKEN": secret}
    answer, compared, sent = "", 0, 0
    for language, text in examples():
        if language == "sh":
            answer = send(text, environment)
            sent += 1
        elif language == "json":
            assert fits(json.loads(text), json.loads(answer)), f"{text}\n{answer}"
            compared += 1
        elif language == "csv":
            assert answer.replace("\r\n", "\n").startswith(text), answer
            compared += 1
        elif language == "python":
            done = subprocess.run(
                [sys.executable, "-c", text],
                env={**os.environ, **environment},
                capture_output=True,
                text=True,
                timeout=60,
                check=True,
            )
            assert done.stdout.splitlines() == [
                "C-0055 in_use",
                "C-0056 in_stock",
                "C-0082 retired",
                "C-9501 in_stock",
                "C-9502 in_stock",
            ]
            compared += 1
    assert (sent, compared) == (21, 22)


def test_the_page_names_every_code_of_a_refused_token(town: Town) -> None:
    assert Caller().get("devices/").json()["code"] == "not_authenticated"
    text = PAGE.read_text()
    for code in (
        *("read_only_token", "unknown_parameter", "already_checked_out", "stale", "too_large", "too_many_items"),
        *("idempotency_key_reused", "answer_withheld", "items_refused", "bad_cursor"),
        *("token_domain", "may_be_known", "roster_says"),
    ):
        assert code in text

"""Templates keep to the content security policy and to the components; every state can be drawn."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines
from django.utils.html import conditional_escape

from techdesk.ui.choices import StateChoices

TEMPLATES = sorted((Path(settings.BASE_DIR) / "templates").rglob("*.html"))
FORBIDDEN = {
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)[^>]*>", re.I),
    "inline style": re.compile(r"<style|\sstyle=", re.I),
    "inline handler": re.compile(r"\son[a-z]+=", re.I),
    "htmx code in an attribute": re.compile(r"hx-on|hx-vals=[\"']js:|hx-trigger=[\"'][^\"']*\[", re.I),
    "unescaped output": re.compile(r"\|\s*safe\b|autoescape off"),
    "another host": re.compile(r"(src|href)=[\"']https?://", re.I),
}
#: Exceptions, each with its reason.
ALLOWED = {
    ("templates/notifications/mail.html", "inline style"): "a mail has no style sheet",
    ("templates/mfa/totp/activate_form.html", "unescaped output"): "the QR library draws it from our own address",
}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(settings.BASE_DIR)))
def test_template_keeps_the_rules(path: Path) -> None:
    text = path.read_text()
    for what, pattern in FORBIDDEN.items():
        if (str(path.relative_to(settings.BASE_DIR)), what) in ALLOWED:
            continue
        found = pattern.search(text)
        assert not found, f"{what}: {found and found.group(0)}"


def _states(cls: type[StateChoices] = StateChoices) -> list[type[StateChoices]]:
    return [c for sub in cls.__subclasses__() for c in [sub, *_states(sub)]]


def test_every_state_has_a_badge_that_can_be_drawn() -> None:
    template = engines["django"].from_string("{% badge state %}")
    drawn = 0
    for states in _states():
        for member in states:
            html = template.render({"state": member})
            assert conditional_escape(str(member.label)) in html and "<svg" in html, member
            drawn += 1
    assert drawn > 20

"""Rules every template of the project keeps."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
COMMENT = re.compile(r"{#.*?#}|{% comment .*?{% endcomment %}|<!--.*?-->", re.S)


def source(path: Path) -> str:
    return COMMENT.sub("", path.read_text())


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_template(path: Path) -> None:
    html = source(path)
    assert not re.search(r"<script(?![^>]*\ssrc=)[^>]*>", html), "inline script"
    name = str(path.relative_to(ROOT / "templates"))
    if name != "notifications/mail.html":  # a mail program reads no style sheet of ours
        assert not re.search(r"<style\b|\sstyle=", html), "inline style"
    assert not re.search(r"\son[a-z]+=[\"']", html), "inline event handler"
    assert not re.search(r"hx-on|\bhx-vals=[\"']js:", html), "htmx would evaluate it"
    assert not re.search(r"(src|href)=[\"'](https?:)?//", html), "another host"
    engines["django"].get_template(name)


def test_only_one_template_trusts_a_string() -> None:
    trusting = [
        str(path.relative_to(ROOT)) for path in TEMPLATES if re.search(r"\|safe\b|autoescape off", source(path))
    ]
    assert trusting == ["templates/mfa/totp/activate_form.html"]


def test_mark_safe_is_used_in_one_place_of_the_ui() -> None:
    using = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "techdesk/ui").rglob("*.py")
        if re.search(r"mark_safe\(|SafeString\(", path.read_text())
    ]
    assert using == ["techdesk/ui/templatetags/ui.py"]

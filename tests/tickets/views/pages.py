"""What the tests of pages ask again and again."""

from __future__ import annotations

import html
import re
import uuid
from typing import Any

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{ 7*7 }}"


def asked(**fields: Any) -> dict[str, Any]:
    """What the browser sends for one of the short forms."""
    return {"what": "The screen stays black. It was fine yesterday.", "submission": str(uuid.uuid4()), **fields}


def text_of(answer: Any) -> str:
    """The words of a page, without its tags."""
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))


def errors_of(answer: Any) -> dict[str, str]:
    """The messages of the page's form, by field."""
    return {name: " ".join(texts) for name, texts in answer.context["form"].errors.items()}

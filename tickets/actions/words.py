"""Checking what somebody typed, the same way for every action."""

from __future__ import annotations

from django.utils.translation import gettext as _

from techdesk.base.errors import BadInput
from techdesk.base.text import clean_line, clean_text
from tickets.choices import LONGEST_SUBJECT, LONGEST_TEXT


def checked_text(text: str, *, name: str, required: bool = True) -> str:
    """`text` cleaned. Raises BadInput `empty_text` or `too_long`, under the field `name`."""
    if len(text) > LONGEST_TEXT * 2:  # not worth cleaning
        raise _too_long(name, LONGEST_TEXT)
    cleaned = clean_text(text)
    if len(cleaned) > LONGEST_TEXT:
        raise _too_long(name, LONGEST_TEXT)
    if required and not cleaned:
        words = _("Write a few words.")
        raise BadInput(words, code="empty_text", errors={name: [words]})
    return cleaned


def checked_subject(text: str) -> str:
    """`text` as one line. Raises BadInput `empty_text` or `too_long`, under `subject`."""
    cleaned = clean_line(text[: LONGEST_TEXT * 2])
    if len(cleaned) > LONGEST_SUBJECT:
        raise _too_long("subject", LONGEST_SUBJECT)
    if not cleaned:
        words = _("Say in a few words what it is about.")
        raise BadInput(words, code="empty_text", errors={"subject": [words]})
    return cleaned


def _too_long(name: str, longest: int) -> BadInput:
    words = _("This text is too long. Keep it under %(count)d characters.") % {"count": longest}
    return BadInput(words, code="too_long", errors={name: [words]})

"""Words made from words: a subject from what somebody wrote, a mail subject without a student's name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from techdesk.base.text import clean_line, fold

#: A subject is read in a list, so it is shorter than the field allows.
SUBJECT_LENGTH = 90
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n")


def subject_from(text: str) -> str:
    """The first sentence of `text` as one line, cut between words; "" for a text without any."""
    first = next((part for part in _SENTENCE_END.split(text.strip()) if clean_line(part)), "")
    line = clean_line(first).rstrip(".")
    if len(line) <= SUBJECT_LENGTH:
        return line
    cut = line[:SUBJECT_LENGTH]
    return f"{cut.rsplit(' ', 1)[0] if ' ' in cut else cut}…"


def words_of(text: str) -> frozenset[str]:
    """The words of `text` without case, accents and punctuation; "Ana's" holds "ana"."""
    return frozenset(re.findall(r"[^\W_]+", fold(text)))


def names_anybody(text: str, *, anyone: Iterable[tuple[str, str]], exactly: Iterable[tuple[str, str]]) -> bool:
    """Does `text` name one of these students? Pairs are (given name, family name).

    `anyone`: the students the text is about; one part of the name is enough. `exactly`: students it might be
    about; both a given and a family name must stand in it, because "Will" and "May" are words too.
    """
    words = words_of(text)
    for given, family in anyone:
        if words & {word for word in words_of(f"{given} {family}") if len(word) > 1}:
            return True
    return any(words & words_of(given) and words & words_of(family) for given, family in exactly)

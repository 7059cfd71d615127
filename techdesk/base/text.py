"""Folding of text for search and sorting, done in Python: the embedded PostgreSQL has no ICU collations."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """`text` without accents and case, with single spaces: "  García-Núñez " becomes "garcia-nunez"."""
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(plain.casefold().split())


def clean_line(text: str) -> str:
    """One line of text a person typed: control characters out, white space folded to single spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def clean_text(text: str) -> str:
    """Several lines a person typed: other control characters out (PostgreSQL refuses NUL), newlines kept."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c in "\n\t" or c.isprintable() or c.isspace()).replace("\x00", "").strip()

"""The secret of a token: made once, shown once, kept only as a hash."""

from __future__ import annotations

import hashlib
import secrets

#: What every secret begins with, so that a person and a secret scanner recognise one.
MARK = "td_"
#: How much of a secret is kept readable, to tell tokens apart on a list: the mark and 30 of its 256 random bits.
SHOWN = 8


def new_secret() -> str:
    """A fresh secret with 256 random bits."""
    return MARK + secrets.token_urlsafe(32)


def shown_part(secret: str) -> str:
    return secret[:SHOWN]


def secret_hash(secret: str) -> str:
    """SHA-256 in hex. A plain hash is right here: 256 random bits cannot be guessed, so nothing needs slowing down."""
    return hashlib.sha256(secret.encode()).hexdigest()

"""Public keys: UUIDv7 made in Python, so that a key is known before the row is written."""

from __future__ import annotations

import os
import secrets
import time
import uuid

# No vowels and no look-alikes: codes are read aloud and typed from a sign, and must not spell words.
CODE_ALPHABET = "23456789BCDFGHJKMNPQRTVWXZ"


def uuid7() -> uuid.UUID:
    """A time-ordered UUID, version 7 (RFC 9562 section 5.7): 48 bits of milliseconds, 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


def short_code(length: int = 6) -> str:
    """A random code for a sign or a door: `length` characters, upper case, easy to read aloud."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(length))

"""The token of a signed link: an HMAC of the link's key under SECRET_KEY, made anew when it is needed.

The table holds its SHA-256, by which it is found. So neither the notices nor the links of a stolen copy of the database
can be followed, and a link stays good when SECRET_KEY is changed after the mail went out.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac

from techdesk.notifications.models import SignedLink

_SALT = "techdesk.notifications.link"


def token_of(key: uuid.UUID, *, secret: str | None = None) -> str:
    """The token of the link `key`: 256 bits, under SECRET_KEY unless another `secret` is given."""
    digest = salted_hmac(_SALT, key.bytes.hex(), secret=secret, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def hash_of(token: str) -> str:
    """What is stored of a token. Any text can be asked for, also one that was never a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def path_of(link: SignedLink) -> str:
    """The address of `link` without the host. Empty when SECRET_KEY and its fallbacks do not fit any more."""
    for secret in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]:
        token = token_of(link.key, secret=secret)
        if hash_of(token) == link.token_hash:
            return reverse("notifications:link", args=[token])
    return ""


def path_for(*, purpose: str, object_type: str, object_key: str, person: Any) -> str:
    """The address of the newest link of `purpose` about one object for `person`, when it is still open; else empty.

    For the buttons of a mail, which are made when the mail is composed.
    """
    links = SignedLink.objects.about(object_type, object_key).unused().filter(purpose=purpose, person=person)
    link = links.order_by("id").last()
    return path_of(link) if link is not None else ""

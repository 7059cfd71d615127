"""The token of an invitation link: derived, never stored.

See `techdesk.directory.actions.invitation` for the reasons. A token is 43 characters of base64url: the HMAC-SHA256 of
the invitation's key under SECRET_KEY.
"""

from __future__ import annotations

import base64
import hashlib
import uuid

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac

from techdesk.directory.models import Invitation
from techdesk.notifications.models import Notification

#: The kind of the notification that carries the link, and the salt of its tokens.
INVITATION_KIND = "directory.invitation"


def token_of(key: uuid.UUID, *, secret: str | None = None) -> str:
    """The token of the invitation `key`, under SECRET_KEY unless another `secret` is given."""
    digest = salted_hmac(INVITATION_KIND, key.bytes.hex(), secret=secret, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def hash_of(token: str) -> str:
    """What is stored of a token. Any text can be asked for, also one that was never a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def link_path(invitation: Invitation) -> str:
    """The address of an invitation without the host. Empty when SECRET_KEY and its fallbacks do not fit any more."""
    for secret in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]:
        token = token_of(invitation.key, secret=secret)
        if hash_of(token) == invitation.token_hash:
            return reverse("directory:invitation", args=[token])
    return ""


def link_in_mail(notification: Notification) -> str:
    """`link_path` of the newest invitation of the person who is told; empty when there is none."""
    invitation = Invitation.objects.newest_of(notification.recipient)
    return link_path(invitation) if invitation is not None else ""

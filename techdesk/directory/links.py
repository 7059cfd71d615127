"""Links that open an account, made when their mail is composed and stored nowhere.

Whoever reads the database (a stolen copy, a backup) finds neither the token of an invitation nor that of a forgotten
password in it. See `techdesk.directory.actions.invitation`. An invitation's token is 43 characters of base64url: the
HMAC-SHA256 of its key under SECRET_KEY.
"""

from __future__ import annotations

import base64
import hashlib
import uuid

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac

from techdesk.directory.models import Invitation
from techdesk.notifications.models import Notification

#: Kinds of notifications whose mail carries such a link. The first is the salt of invitation tokens, too.
INVITATION_KIND = "directory.invitation"
PASSWORD_KIND = "directory.password_link"  # noqa: S105 - no password


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


def invitation_link(notification: Notification) -> str:
    """`link_path` of the newest invitation of the person who is told; empty when there is none."""
    invitation = Invitation.objects.newest_of(notification.recipient)
    return link_path(invitation) if invitation is not None else ""


def password_link(notification: Notification) -> str:
    """The address at which the person who is told chooses a new password. It dies by use, at the next sign-in, and
    after PASSWORD_RESET_TIMEOUT.
    """
    person = notification.recipient
    return reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(person), "key": default_token_generator.make_token(person)},
    )

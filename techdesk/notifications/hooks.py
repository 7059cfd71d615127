"""What apps above may add to a mail: a link that must not lie in the table of notifications."""

from __future__ import annotations

from collections.abc import Callable

from techdesk.notifications.models import Notification

_links: dict[str, Callable[[Notification], str]] = {}


def register_link(kind: str, path_of: Callable[[Notification], str]) -> None:
    """Notifications of `kind` carry, in their mail only, the link `path_of` gives when the mail is composed.

    For secrets such as an invitation's token: whoever reads the database must not be able to follow the link.
    `path_of` answers an address without the host, or "" for none. Such a mail goes only to the address the person has
    when it is sent. Call it from AppConfig.ready().
    """
    _links[kind] = path_of


def path_in_mail(notification: Notification) -> str:
    """Where the mail of `notification` leads, without the host; empty for nowhere."""
    path_of = _links.get(notification.kind)
    return notification.path if path_of is None else path_of(notification)


def opens_an_account(notification: Notification) -> bool:
    """Does the mail of `notification` carry a link that only its recipient may have?"""
    return notification.kind in _links

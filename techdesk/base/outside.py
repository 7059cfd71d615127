"""Posting to an address that a person typed in: never into our own network, never after a redirect.

The name is resolved once, every address it has is looked at, and the connection goes to one of those very addresses, so
that a name cannot mean something else a moment later. TLS still checks the name.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

SECONDS = 5
#: So much of an answer is read; more says nothing.
MOST_READ = 4096


class Forbidden(Exception):
    """We do not post there. Code: not_https, not_an_address, private_address."""


@dataclass(frozen=True)
class Answer:
    status: int
    text: str


def check_address(url: str) -> SplitResult:
    """Is `url` one we may ever post to, as far as its text says? Raises Forbidden. Asks no name server."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Forbidden("not_an_address") from error
    if parts.scheme != "https" and not (parts.scheme == "http" and settings.WEBHOOK_ALLOW_PRIVATE):
        raise Forbidden("not_https")
    if not parts.hostname or parts.username or parts.password or port == 0 or any(c.isspace() for c in url):
        raise Forbidden("not_an_address")
    return parts


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Post `body` and return what was answered, a redirect included: it is not followed.

    Raises Forbidden for an address that is not public (unless WEBHOOK_ALLOW_PRIVATE), OSError when nobody answers in
    SECONDS, http.client.HTTPException for an answer that is none.
    """
    parts = check_address(url)
    assert parts.hostname is not None  # noqa: S101 - checked above
    port = parts.port or (443 if parts.scheme == "https" else 80)
    connection = _Pinned(parts.hostname, port, _public_address(parts.hostname, port), tls=parts.scheme == "https")
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    try:
        connection.request("POST", path, body=body, headers=dict(headers))
        answer = connection.getresponse()
        return Answer(answer.status, answer.read(MOST_READ).decode(errors="replace"))
    finally:
        connection.close()


def _public_address(host: str, port: int) -> str:
    """One of the addresses `host` has now. Raises Forbidden when any of them is not public."""
    found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not settings.WEBHOOK_ALLOW_PRIVATE and not all(_is_public(address) for address in found):
        raise Forbidden("private_address")
    return found[0]


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    return ip.is_global and not ip.is_multicast and (inner is None or inner.is_global)


class _Pinned(http.client.HTTPConnection):
    """A connection to one address of a host, with the host's name in the request and in the TLS check."""

    def __init__(self, host: str, port: int, address: str, *, tls: bool) -> None:
        super().__init__(host, port, timeout=SECONDS)
        self.address, self.tls = address, tls
        if tls:
            self.default_port = 443  # or the Host header would name the port

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.port), SECONDS)
        if self.tls:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)

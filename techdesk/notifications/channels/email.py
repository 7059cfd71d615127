"""Mail by SMTP: one connection for a batch."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parseaddr
from typing import Any

from django.core.mail import get_connection

from techdesk.notifications.channels import Refused, Retry, Send, Unreachable
from techdesk.notifications.hooks import opens_an_account
from techdesk.notifications.letter import compose, notices_of
from techdesk.notifications.models import Delivery


@contextmanager
def opened() -> Iterator[Send]:
    """A connection to the mail server; raises Unreachable when there is none."""
    connection = get_connection()
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        raise Unreachable(_words(error)) from error
    try:
        yield lambda delivery: _send(delivery, connection)
    finally:
        connection.close()


def _words(error: Exception) -> str:
    """What went wrong, with the server's own answer: "SMTPRecipientsRefused: 550 5.1.1 No such user"."""
    answers: list[tuple[int, bytes | str]] = []
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = list(error.recipients.values())
    elif isinstance(error, smtplib.SMTPResponseException):
        answers = [(error.smtp_code, error.smtp_error)]
    said = "; ".join(f"{code} {t.decode(errors='replace') if isinstance(t, bytes) else t}" for code, t in answers)
    return f"{type(error).__name__}: {said or error}"[:500]


def _send(delivery: Delivery, connection: Any) -> None:
    if obstacle := _unsendable(delivery):
        raise Refused(obstacle)
    mail = compose(delivery)
    mail.connection = connection
    try:
        mail.send()
    except smtplib.SMTPServerDisconnected as error:
        _open_again(connection, error)
        raise Retry(_words(error)) from error
    except smtplib.SMTPException as error:
        raise (Refused if _refused_for_good(error) else Retry)(_words(error)) from error
    except OSError as error:
        raise Unreachable(_words(error)) from error


def _open_again(connection: Any, error: Exception) -> None:
    """The server hung up on one mail; the others of the batch may still go out."""
    try:
        connection.close()
        connection.open()
    except (OSError, smtplib.SMTPException):
        raise Unreachable(_words(error)) from error


def _refused_for_good(error: smtplib.SMTPException) -> bool:
    """A 5xx answer about this very address or mail: trying again would only annoy the other side.

    A refused sender is a matter of our own settings: every mail waits until somebody has mended them.
    """
    if isinstance(error, smtplib.SMTPSenderRefused):
        return False
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in error.recipients.values())
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500


def _unsendable(delivery: Delivery) -> str:
    """Why a mail must not go out at all; empty when it may."""
    if not parseaddr(delivery.address)[1]:
        return "not an address"
    notices = notices_of(delivery)
    if not notices:
        return "what it said is no longer kept"
    if delivery.address != delivery.recipient.email and any(opens_an_account(notice) for notice in notices):
        # The link is made now: sent to the address of then, it would let somebody else in.
        return "the address was changed"
    return ""

"""Telling people something, in the transaction of the change that makes it worth telling."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db import connection, transaction
from django.utils.translation import override

from techdesk.base.clock import now
from techdesk.base.text import clean_line
from techdesk.notifications.models import Delivery, Notification


def notify(
    *,
    recipients: Iterable[Any],
    kind: str,
    once: str,
    title: Any,
    body: Any = "",
    path: str = "",
    thread: str = "",
) -> None:
    """Write one notification per recipient (in the app, and by mail where they have an address).

    once: what must not be said twice, e.g. "ticket:1042:reply:<message key>"; the recipient is added to it, so a
    second call writes nothing. title and body may be lazy text: each is put into the recipient's language.
    Titles become mail subjects: no student names in them. Inactive people and service people are not told.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("notify() belongs in the transaction of the change it tells of")
    people = {p.pk: p for p in recipients if p is not None and p.is_active and not p.is_service}
    rows = []
    for person in people.values():
        with override(person.language or "en"):
            rows.append(
                Notification(
                    recipient=person,
                    kind=kind,
                    once=f"{once}:{person.pk}",
                    title=clean_line(str(title))[:200],
                    body=str(body),
                    path=path,
                    thread=thread,
                )
            )
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    # With ignored conflicts the primary keys are unknown: ask for those that were really written.
    written = Notification.objects.filter(key__in=[row.key for row in rows]).values_list("pk", "recipient_id")
    Delivery.objects.bulk_create(
        [
            Delivery(
                notification_id=pk,
                recipient_id=recipient_id,
                kind=kind,
                thread=thread,
                address=people[recipient_id].email,
            )
            for pk, recipient_id in written
            if people[recipient_id].email
        ]
    )


@transaction.atomic
def mark_read(
    *, actor: Any, path: str | None = None, kinds: Collection[str] = (), notice: Notification | None = None
) -> int:
    """Mark the actor's notifications read: all of them, those that lead to `path`, those of `kinds`, or this one;
    return how many.

    Somebody else's stay as they are, and so does one that was read before.
    """
    rows = Notification.objects.for_person(actor).unread()
    if path is not None:
        rows = rows.filter(path=path)
    if kinds:
        rows = rows.filter(kind__in=kinds)
    if notice is not None:
        rows = rows.filter(pk=notice.pk)
    return rows.update(read_at=now())

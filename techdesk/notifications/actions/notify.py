"""Telling people something, in the transaction of the change that makes it worth telling."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import connection, transaction
from django.utils.translation import override

from techdesk.base.clock import now
from techdesk.base.text import clean_line
from techdesk.notifications.actions.plan import plan_deliveries
from techdesk.notifications.hooks import find_kind
from techdesk.notifications.models import Delivery, Notification


def notify(
    *,
    recipients: Iterable[Any],
    kind: str,
    once: str,
    title: Any,
    body: Any = "",
    quote: Any = "",
    facts: Sequence[tuple[Any, Any]] = (),
    button: Any = "",
    path: str = "",
    thread: str = "",
    is_urgent: bool = False,
) -> None:
    """Write one notification per recipient, and what their choices make of it: a mail, a line of the daily mail, none.

    kind: one that some app declared (else LookupError). once: what must not be said twice, e.g.
    "ticket:1042:reply:<message key>"; the recipient is added to it, so a second call writes nothing. body: paragraphs;
    quote: what somebody wrote; facts: pairs of label and value; button: the words of the link to `path`. All of these
    may be lazy text: each is put into the recipient's language. Titles become mail subjects: no student names in them.
    is_urgent: not held for quiet hours, whatever the kind says. Inactive people and service people are not told.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("notify() belongs in the transaction of the change it tells of")
    declared = find_kind(kind)
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
                    quote=str(quote),
                    facts=[[str(label), str(value)] for label, value in facts],
                    button=clean_line(str(button))[:60],
                    path=path,
                    thread=thread,
                )
            )
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    # With ignored conflicts the primary keys are unknown: ask for those that were really written.
    written = dict(Notification.objects.filter(key__in=[row.key for row in rows]).values_list("recipient_id", "pk"))
    told = [people[pk] for pk in written]
    Delivery.objects.bulk_create(
        [
            Delivery(
                notification_id=written[person.pk],
                recipient=person,
                kind=kind,
                thread=thread,
                address=person.email or "",
                state=plan.state,
                reason=plan.reason,
                available_at=plan.available_at,
            )
            for person, plan in plan_deliveries(told, declared, thread=thread, is_urgent=is_urgent)
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

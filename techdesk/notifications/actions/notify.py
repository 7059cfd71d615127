"""Telling people something, in the transaction of the change that makes it worth telling."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils.translation import override

from techdesk.base.clock import now
from techdesk.base.text import clean_line
from techdesk.notifications.actions.plan import Plan, plan_deliveries
from techdesk.notifications.choices import DeliveryState, Reason
from techdesk.notifications.hooks import Kind, Readers, find_kind, readers_of
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
    Students who do not read mail: those who look after them are mailed the same; where nobody is, a slip is written.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("notify() belongs in the transaction of the change it tells of")
    declared = find_kind(kind)
    people = {p.pk: p for p in recipients if p is not None and p.is_active and not p.is_service}
    words = _Words(title=title, body=body, quote=quote, facts=facts)
    rows = [
        words.to(person, kind=kind, once=f"{once}:{person.pk}", thread=thread, button=button, path=path)
        for person in people.values()
    ]
    written = _write(rows)
    told = [people[pk] for pk in written]
    readers = readers_of(told, declared)
    plans = plan_deliveries([p for p in told if p.pk not in readers], declared, thread=thread, is_urgent=is_urgent)
    deliveries = [_mail(person, written[person.pk], plan, kind=kind, thread=thread) for person, plan in plans]
    for person in told:
        if person.pk in readers:
            deliveries += _without_mail(person, written[person.pk], readers[person.pk], declared, thread=thread)
    Delivery.objects.bulk_create(deliveries)
    _tell_contacts(words, [(people[pk], one) for pk, one in readers.items()], declared, once, thread, is_urgent)


@dataclass(frozen=True)
class _Words:
    """What is said, to be put into each reader's language."""

    title: Any
    body: Any
    quote: Any
    facts: Sequence[tuple[Any, Any]]

    def to(self, person: Any, *, button: Any = "", intro: Any = "", **plain: Any) -> Notification:
        with override(person.language or "en"):
            return Notification(
                recipient=person,
                title=clean_line(str(self.title))[:200],
                body=str(self.body),
                quote=str(self.quote),
                facts=[[str(label), str(value)] for label, value in self.facts],
                button=clean_line(str(button))[:60],
                intro=clean_line(str(intro))[:300],
                **plain,
            )


def _write(rows: list[Notification]) -> dict[int, int]:
    """Write those that are new; recipient -> primary key of what was written, for rows of different recipients.

    With ignored conflicts the primary keys are unknown: ask for those that were really written.
    """
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    return dict(Notification.objects.filter(key__in=[row.key for row in rows]).values_list("recipient_id", "pk"))


def _mail(person: Any, notification: int, plan: Plan, *, kind: str, thread: str) -> Delivery:
    return Delivery(
        notification_id=notification,
        recipient=person,
        kind=kind,
        thread=thread,
        address=person.email or "",
        state=plan.state,
        reason=plan.reason,
        available_at=plan.available_at,
    )


def _without_mail(person: Any, notification: int, readers: Readers, kind: Kind, *, thread: str) -> list[Delivery]:
    """What is kept of a notice to somebody who is not mailed: where it went instead, and the slip if there is one."""
    on_paper = not readers.contacts and kind.on_paper
    reason = Reason.CONTACTS if readers.contacts else Reason.PAPER if on_paper else Reason.NO_ADDRESS
    plain: dict[str, Any] = {"notification_id": notification, "recipient": person, "kind": kind.slug, "thread": thread}
    rows = [Delivery(state=DeliveryState.NOT_SENT, reason=reason, address=person.email or "", **plain)]
    if on_paper:
        rows.append(Delivery(channel="slip", **plain))
    return rows


def _tell_contacts(
    words: _Words, told: list[tuple[Any, Readers]], kind: Kind, once: str, thread: str, is_urgent: bool
) -> None:
    """The same to those who read for `told`, each in their own language, with a line that says whom it is for.

    It leads nowhere (they have no login), and never waits for a daily mail: its link would need one.
    """
    for student, readers in told:
        contacts = {one.pk: one for one in readers.contacts}
        written = _write(
            [
                words.to(
                    one,
                    kind=kind.slug,
                    once=f"{once}:{student.pk}:{one.pk}",
                    thread=thread,
                    student=student,
                    intro=readers.line,
                    read_at=now(),  # nobody opens it in Techdesk
                )
                for one in contacts.values()
            ]
        )
        plans = plan_deliveries([contacts[pk] for pk in written], kind, thread=thread, is_urgent=is_urgent)
        Delivery.objects.bulk_create(
            _mail(
                one,
                written[one.pk],
                plan if plan.state != DeliveryState.DIGEST else Plan(DeliveryState.WAITING, now()),
                kind=kind.slug,
                thread=thread,
            )
            for one, plan in plans
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

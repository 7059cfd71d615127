"""The secret address of a calendar: made, shown once, stopped."""

from __future__ import annotations

import hashlib
import secrets

from django.db import transaction

from techdesk.audit.actions import record
from techdesk.base.clock import now
from techdesk.directory.actions.locks import lock_person
from techdesk.directory.models import CalendarFeed, Person, School


def feed_hash(token: str) -> str:
    """SHA-256 in hex of a token of 256 random bits; nothing else of it is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def make_calendar_feed(*, actor: Person, school: School) -> tuple[CalendarFeed, str]:
    """Give `actor` a new address for the calendar of `school`; return it with its token, which exists nowhere else.

    An address they had before stops working.
    """
    kept = lock_person(actor)
    _stop(kept, school)
    token = secrets.token_urlsafe(32)
    feed = CalendarFeed.objects.create(person=kept, school=school, token_hash=feed_hash(token))
    record(actor=actor, verb="create", thing=feed, facts={"school": school.code})
    return feed, token


@transaction.atomic
def stop_calendar_feed(*, actor: Person, school: School) -> bool:
    """Stop the address of `actor` for the calendar of `school`; say whether there was one."""
    return _stop(lock_person(actor), school)


def _stop(person: Person, school: School) -> bool:
    feed = CalendarFeed.objects.in_force().of(person, school)
    if feed is None:
        return False
    feed.revoked_at = now()
    feed.write("revoked_at")
    record(actor=person, verb="revoke", thing=feed)
    return True

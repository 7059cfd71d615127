"""Reads of notices that a page needs."""

from __future__ import annotations

from typing import Any

from techdesk.notifications.links import path_for
from techdesk.notifications.models import KindChoice, MailTimes, Notification


def unread_count(person: Any, *, cap: int = 100) -> int:
    """How many notices `person` has not read, counted up to `cap` (so: cheap enough for every page)."""
    return Notification.objects.for_person(person).unread()[:cap].count()


def link_path(*, purpose: str, object_type: str, object_key: str, person: Any) -> str:
    """The address of the newest link of `purpose` about one object for `person`, while it is unused; else empty.

    For the buttons of a mail, which are made when the mail is composed.
    """
    return path_for(purpose=purpose, object_type=object_type, object_key=object_key, person=person)


def choices_of(person: Any) -> dict[str, str]:
    """What `person` chose, by kind; kinds without a word are not in it."""
    return dict(KindChoice.objects.filter(person=person).values_list("kind", "choice"))


def mail_times_of(person: Any) -> MailTimes:
    """When `person` wants mail; an unsaved row with the defaults when they never said."""
    return MailTimes.objects.filter(person=person).first() or MailTimes(person=person)

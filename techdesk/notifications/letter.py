"""What a mail says: one letter, from which the plain and the HTML part are both drawn."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from techdesk.base.text import clean_line
from techdesk.notifications.choices import DeliveryState
from techdesk.notifications.hooks import Button, buttons_in_mail, find_kind, path_in_mail, rhythms_of
from techdesk.notifications.models import Delivery, Notification
from techdesk.ui.moments import worded

#: So many earlier mails of a conversation are named in References: the first, and the last of them.
MOST_REFERENCES = 10


@dataclass(frozen=True)
class Part:
    """One notice in a letter: a first paragraph, what somebody wrote, the other paragraphs, facts.

    `title` stands above it where the letter holds several things; `at` where it holds several notices.
    """

    lead: str
    quote: list[str]
    paragraphs: list[str]
    facts: list[tuple[str, str]]
    title: str = ""
    url: str = ""
    at: dt.datetime | None = None


@dataclass(frozen=True)
class Letter:
    """A whole mail, in the recipient's language. Addresses are complete. Without `settings_url`: to somebody who reads
    it for a student."""

    subject: str
    title: str
    parts: list[Part]
    buttons: list[Button] = field(default_factory=list)
    intro: str = ""
    language: str = "en"
    settings_url: str = ""


def compose(delivery: Delivery) -> EmailMultiAlternatives:
    """The mail of one delivery with everything that travels in it: plain and HTML, in the recipient's language."""
    zone = rhythms_of([delivery.recipient])[delivery.recipient.pk].zone
    with override(delivery.recipient.language or "en"), timezone.override(zone):
        letter = write_letter(delivery)
        context = {"letter": letter}
        text = render_to_string("notifications/mail.txt", context).strip() + "\n"
        html = render_to_string("notifications/mail.html", context)
    headers = {
        "Message-ID": message_id(delivery),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "List-Id": f"Techdesk <notices.{settings.HOST}>",
    }
    if letter.settings_url:
        headers["List-Unsubscribe"] = f"<{letter.settings_url}>"
    if earlier := earlier_mails(delivery):
        headers["References"] = " ".join(earlier)
        headers["In-Reply-To"] = earlier[-1]
    mail = EmailMultiAlternatives(subject=letter.subject, body=text, to=[delivery.address], headers=headers)
    mail.attach_alternative(html, "text/html")
    return mail


def message_id(delivery: Delivery) -> str:
    """The Message-ID of a delivery: the same for every try."""
    return f"<{delivery.key}@{settings.HOST}>"


def earlier_mails(delivery: Delivery) -> list[str]:
    """The Message-IDs of this recipient's earlier mails in the same conversation, oldest first.

    One that is under way in another worker's hands counts: its id is known before it is sent.
    """
    if not delivery.thread:
        return []
    keys = list(
        Delivery.objects.filter(
            recipient=delivery.recipient_id,
            thread=delivery.thread,
            channel="email",
            state__in=[DeliveryState.SENT, DeliveryState.WAITING],
            carrier__isnull=True,
            pk__lt=delivery.pk,
        )
        .order_by("id")
        .values_list("key", flat=True)
    )
    if len(keys) > MOST_REFERENCES:
        keys = [keys[0], *keys[1 - MOST_REFERENCES :]]
    return [f"<{key}@{settings.HOST}>" for key in keys]


def notices_of(delivery: Delivery) -> list[Notification]:
    """What the mail of `delivery` tells, oldest first: its own notice and those that travel in it. A repeated mail
    tells what the first one did. Empty when the notices are no longer kept."""
    root = delivery.resend_of or delivery
    own = [root.notification] if root.notification is not None else []
    carried = root.carried.select_related("notification").order_by("id")
    found = [*own, *(row.notification for row in carried if row.notification is not None)]
    return sorted(found, key=lambda notice: notice.pk)


def write_letter(delivery: Delivery) -> Letter:
    """The letter of `delivery`, in the language in force."""
    notices = notices_of(delivery)
    if delivery.digest_on is not None:
        return _digest(delivery, notices, delivery.digest_on)
    latest = notices[-1]
    if len(notices) == 1:
        subject, parts = latest.title, [_part(latest)]
    else:
        subject = _subject_of_several(notices)
        parts = [_part(notice, dated=True) for notice in notices]
    buttons = [_absolute(button) for notice in notices for button in buttons_in_mail(notice)]
    if path := path_in_mail(latest):
        buttons.append(_absolute(Button(latest.button or _("Open in Techdesk"), path)))
    letter = _letter(delivery, subject=subject, title=subject, parts=parts, buttons=buttons, intro=latest.intro)
    # Who reads for a student has no login, so there is nothing they could choose there.
    return replace(letter, settings_url="") if latest.student_id is not None else letter


def _letter(
    delivery: Delivery, *, subject: str, title: str, parts: list[Part], buttons: list[Button], intro: str = ""
) -> Letter:
    return Letter(
        subject=clean_line(subject),
        title=title,
        parts=parts,
        buttons=buttons,
        intro=intro,
        language=delivery.recipient.language or "en",
        settings_url=f"{settings.BASE_URL}{reverse('notifications:settings')}",
    )


def _absolute(button: Button) -> Button:
    return Button(str(button.label), f"{settings.BASE_URL}{button.path}")


def _part(notice: Notification, *, dated: bool = False, title: str = "") -> Part:
    return Part(
        lead=notice.paragraphs[0] if notice.paragraphs else "",
        paragraphs=notice.paragraphs[1:],
        quote=notice.quote.strip().split("\n") if notice.quote.strip() else [],
        facts=[(label, value) for label, value in notice.facts],
        title=title,
        url=f"{settings.BASE_URL}{notice.path}" if title and notice.path else "",
        at=notice.created_at if dated else None,
    )


def _subject_of_several(notices: list[Notification]) -> str:
    """ "3 new messages: T-1042: Board stays dark"; of different kinds, "3 updates: …"."""
    count = len(notices)
    if all(find_kind(notice.kind).gathers for notice in notices):
        words = ngettext("%(n)d new message: %(what)s", "%(n)d new messages: %(what)s", count)
    else:
        words = ngettext("%(n)d update: %(what)s", "%(n)d updates: %(what)s", count)
    return words % {"n": count, "what": notices[-1].title}


def _digest(delivery: Delivery, notices: list[Notification], on: dt.date) -> Letter:
    """The daily mail: what is new, thing by thing, in the order in which each was first heard of."""
    things: dict[str, list[Notification]] = {}
    for notice in notices:
        things.setdefault(notice.thread or notice.path or notice.public_key, []).append(notice)
    parts = []
    for about in things.values():
        for place, notice in enumerate(about):
            parts.append(_part(notice, dated=True, title=about[-1].title if place == 0 else ""))
    day = worded(on, "l, F j")
    count = len(notices)
    subject = ngettext(
        "Your notice for %(day)s", "Your %(n)d notices for %(day)s", count
    ) % {"n": count, "day": day}  # fmt: skip
    buttons = [_absolute(Button(_("All notices"), reverse("notifications:list")))]
    return _letter(
        delivery,
        subject=subject,
        title=subject,
        parts=parts,
        buttons=buttons,
        intro=_("What you have not read yet, collected for your daily mail."),
    )

"""A notification is what a person is told; a delivery is one way it reaches them; a signed link lets its holder do one
thing without signing in."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from techdesk.base.clock import now
from techdesk.base.models import Aggregate, Keyed
from techdesk.notifications.choices import (
    HELD,
    Choice,
    DeliveryState,
    LinkState,
    QuietChoice,
    Reason,
    ShownDelivery,
    TargetKind,
)
from techdesk.notifications.querysets import (
    DeliveryQuerySet,
    NotificationQuerySet,
    SignedLinkQuerySet,
    WebhookTargetQuerySet,
)


class Notification(Keyed):
    """One thing one person is told, in the app and by the channels they read. `once` is its unique key.

    `body` holds paragraphs, `quote` what somebody wrote, `facts` pairs of label and value, `button` the words of the
    link to `path`: app, plain mail and HTML mail are all drawn from these. `student`: who is really meant, where the
    recipient only reads the mail for them; such a notice leads nowhere, because its recipient has no login.
    """

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notifications")
    kind = models.CharField(max_length=60)
    once = models.CharField(max_length=200, unique=True)
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    quote = models.TextField(blank=True)
    facts = models.JSONField(default=list)
    button = models.CharField(max_length=60, blank=True)
    path = models.CharField(max_length=300, blank=True)  # where it leads, without the host
    thread = models.CharField(max_length=100, blank=True)  # mails with one thread form one conversation
    student = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    intro = models.CharField(max_length=300, blank=True)  # stands above everything
    created_at = models.DateTimeField(default=now)
    read_at = models.DateTimeField(null=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index("recipient", F("id").desc(), name="notifications_unread", condition=Q(read_at__isnull=True)),
            models.Index("read_at", name="notifications_read_when", condition=Q(read_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def meant_for(self) -> Any:
        """Whom it is about to tell: the recipient, or the student whose mail they read."""
        return self.student or self.recipient

    @property
    def paragraphs(self) -> list[str]:
        return [block.strip() for block in self.body.split("\n\n") if block.strip()]

    @property
    def words(self) -> str:
        """All it says below its title, as one plain text: what was written follows the paragraph that announces it."""
        first, *rest = self.paragraphs or [""]
        facts = "\n".join(f"{label}: {value}" for label, value in self.facts)
        return "\n\n".join(part for part in (first, self.quote, *rest, facts) if part)


class Delivery(Keyed):
    """One way one notification reaches its recipient; usually a mail. What was decided when it was written stays.

    channel "slip": on paper; somebody (`printed_by`) prints it. "webhook": a message to `target`.

    Claimed with a lease, sent, recorded; never a row lock while talking to a server. `carrier` names the delivery whose
    mail this one travels in (collected with others, or in the daily mail) and shares its end. A daily mail has no
    notification of its own, but a day. `resend_of` is what this one repeats, by `turn`. It says itself whom and what
    kind it is for, because notifications are forgotten earlier.
    """

    notification = models.ForeignKey(Notification, on_delete=models.PROTECT, null=True, related_name="deliveries")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=60)
    thread = models.CharField(max_length=100, blank=True)
    channel = models.CharField(max_length=10, default="email")
    address = models.CharField(max_length=254, blank=True)
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    reason = models.CharField(max_length=12, choices=Reason, blank=True)
    carrier = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="carried")
    resend_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="resends")
    turn = models.PositiveSmallIntegerField(default=0)
    printed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    target = models.ForeignKey("WebhookTarget", on_delete=models.PROTECT, null=True, related_name="+")
    digest_on = models.DateField(null=True)
    created_at = models.DateTimeField(default=now)
    available_at = models.DateTimeField(default=now)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["notification", "channel", "turn"],
                name="notifications_delivery_one_per_turn",
                condition=Q(target__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["notification", "target", "turn"],
                name="notifications_delivery_one_per_target",
                condition=Q(target__isnull=False),
            ),
            models.UniqueConstraint(
                "recipient",
                "digest_on",
                "turn",
                name="notifications_delivery_one_digest_a_day",
                condition=Q(digest_on__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                "available_at",
                "id",
                name="notifications_delivery_due",
                condition=Q(state__in=["waiting", "digest"], carrier__isnull=True),
            ),
            models.Index("recipient", "thread", "id", name="notifications_delivery_thread", condition=~Q(thread="")),
            models.Index("recipient", "id", name="notifications_delivery_person"),
            models.Index("created_at", name="notifications_delivery_old"),
            models.Index("state", "recipient", name="notifications_delivery_slips", condition=Q(channel="slip")),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"

    @property
    def shown_state(self) -> ShownDelivery:
        if self.state == DeliveryState.WAITING and self.reason in HELD and self.available_at > now():
            return ShownDelivery(self.reason)
        return ShownDelivery(self.state)


class KindChoice(models.Model):
    """How one person wants to be told of one kind, where that is not the kind's default."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=60)
    choice = models.CharField(max_length=6, choices=Choice)

    class Meta:
        constraints = [models.UniqueConstraint("person", "kind", name="notifications_kindchoice_once")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.choice}"


class MailTimes(models.Model):
    """When one person wants mail, in the wall-clock time of their school. No row: as the school does it."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    quiet = models.CharField(max_length=7, choices=QuietChoice, default=QuietChoice.DEFAULT)
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    quiet_weekends = models.BooleanField(default=True)
    digest_at = models.TimeField(default=dt.time(7))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(quiet="own") | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="notifications_mailtimes_own_has_times",
            )
        ]

    def __str__(self) -> str:
        return self.quiet


class SignedLink(Keyed):
    """What the holder of one link may do, once, without signing in. The token itself is never stored.

    `purpose` is registered by the app that made it (`hooks.register_purpose`); the object is named the way the outside
    names it. `person` is who acts when it is used.
    """

    purpose = models.CharField(max_length=60)
    object_type = models.CharField(max_length=40)
    object_key = models.CharField(max_length=64)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    facts = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = SignedLinkQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index("object_type", "object_key", "purpose", name="notifications_link_object"),
            models.Index("expires_at", name="notifications_link_old"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.object_key}"

    @property
    def state(self) -> LinkState:
        if self.used_at is not None:
            return LinkState.USED
        if self.revoked_at is not None:
            return LinkState.REVOKED
        return LinkState.EXPIRED if self.expires_at <= now() else LinkState.OPEN


class WebhookTarget(Keyed, Aggregate):
    """A chat room or SMS gateway that is told of what cannot wait at `school` (None: at every school).

    `sealed_url` and `sealed_secret` are encrypted: such an address is a key itself. `to` is the phone number a gateway
    writes to. Switched off, never deleted.
    """

    resource: ClassVar[str] = "webhook_targets"

    school = models.ForeignKey("directory.School", on_delete=models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=TargetKind)
    sealed_url = models.TextField()
    sealed_secret = models.TextField(blank=True)
    to = models.CharField(max_length=40, blank=True)
    is_active = models.BooleanField(default=True)

    objects = WebhookTargetQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

"""What may become of a mail, how somebody wants to be told, and why a mail waits or was never sent."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from techdesk.ui.choices import StateChoices, Tone


class DeliveryState(StateChoices):
    WAITING = "waiting", _("Waiting"), Tone.NEUTRAL, "outline/clock"
    DIGEST = "digest", _("For the daily mail"), Tone.NEUTRAL, "outline/news"
    SENT = "sent", _("Sent"), Tone.GOOD, "outline/check"
    DEAD = "dead", _("Could not be sent"), Tone.BAD, "outline/alert-triangle"
    NOT_SENT = "not_sent", _("Only in Techdesk"), Tone.NEUTRAL, "outline/bell"


class ShownDelivery(StateChoices):
    """What a list says of a delivery: its state, and of one that waits, whether it does so on purpose."""

    WAITING = "waiting", _("Waiting"), Tone.INFO, "outline/clock"
    QUIET = "quiet", _("Held for quiet hours"), Tone.NEUTRAL, "outline/moon"
    GATHERED = "gathered", _("Collected with others"), Tone.NEUTRAL, "outline/stack-2"
    DIGEST = "digest", _("For the daily mail"), Tone.NEUTRAL, "outline/news"
    SENT = "sent", _("Sent"), Tone.GOOD, "outline/check"
    DEAD = "dead", _("Could not be sent"), Tone.BAD, "outline/alert-triangle"
    NOT_SENT = "not_sent", _("Only in Techdesk"), Tone.NEUTRAL, "outline/bell"


class Reason(TextChoices):
    """Why a delivery waits on purpose (the first two), or why no mail was ever to go out."""

    QUIET = "quiet", _("waits for the end of quiet hours")
    GATHERED = "gathered", _("waits for more about the same thing")
    CHOSEN = "chosen", _("the person wants this only in Techdesk")
    NO_ADDRESS = "no_address", _("the person has no email address")
    READ = "read", _("it was read before the daily mail went out")
    INACTIVE = "inactive", _("the account was switched off")
    CONTACTS = "contacts", _("goes to those who look after the student")
    PAPER = "paper", _("goes out on paper, with the slips of the homeroom")


#: A delivery with one of these is held back on purpose; when its time comes, it may travel with others.
HELD = frozenset({Reason.QUIET, Reason.GATHERED})


class Choice(TextChoices):
    """How somebody wants to be told of one kind of thing. In the app it is always told."""

    NOW = "now", _("By mail, at once")
    DIGEST = "digest", _("In the daily mail")
    APP = "app", _("Only in Techdesk")


class QuietChoice(TextChoices):
    """Whose quiet hours count for somebody."""

    DEFAULT = "default", _("As my school does it")
    OWN = "own", _("At these times")
    NONE = "none", _("Never: mail may come at any time")


class LinkState(TextChoices):
    """What has become of a signed link."""

    OPEN = "open"
    USED = "used"
    REVOKED = "revoked"
    EXPIRED = "expired"


class TargetKind(TextChoices):
    """What listens at a webhook."""

    GOOGLE_CHAT = "google_chat", _("Google Chat")
    TEAMS = "teams", _("Microsoft Teams")
    SMS = "sms", _("SMS gateway")

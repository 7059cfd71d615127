from django.utils.translation import gettext_lazy as _

from techdesk.ui.choices import StateChoices, Tone


class DeliveryState(StateChoices):
    WAITING = "waiting", _("Waiting"), Tone.NEUTRAL, "outline/clock"
    SENT = "sent", _("Sent"), Tone.GOOD, "outline/check"
    DEAD = "dead", _("Could not be sent"), Tone.BAD, "outline/alert-triangle"

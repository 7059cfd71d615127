"""Columns of the list of deliveries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from techdesk.base.policy import may
from techdesk.notifications.actions.resend import resend_obstacle
from techdesk.notifications.choices import Reason, ShownDelivery
from techdesk.notifications.kinds import kind_label
from techdesk.notifications.models import Delivery
from techdesk.ui.lists import Column

DELIVERIES = (
    Column("recipient.name", _("To"), template="notifications/cells/recipient.html", phone="main"),
    Column("kind_label", _("About")),
    Column("created_at", _("Written")),
    Column("shown_state", _("State"), phone="state"),
    Column("what_happened", _("What happened"), template="notifications/cells/resend.html", optional=True),
)


@dataclass(frozen=True)
class DeliveryRow:
    """One line of the list. It never holds what the mail says."""

    delivery: Delivery
    again: bool  # whether the viewer may send it again

    def __getattr__(self, name: str) -> Any:
        return getattr(self.delivery, name)

    @property
    def kind_label(self) -> str:
        return str(kind_label(self.delivery.kind))

    @property
    def what_happened(self) -> str | None:
        """Its explanation; None where there is neither one nor a button to draw."""
        words = explanation(self.delivery)
        return words if words or self.again else None


def explanation(delivery: Delivery) -> str:
    """What became of a delivery, in words; empty where the state says it all."""
    shown = delivery.shown_state
    if delivery.channel == "slip":
        if delivery.printed_by is None:
            return gettext("On paper, with the slips of the homeroom")
        return gettext("Slip printed by %(name)s") % {"name": delivery.printed_by.name}
    if delivery.channel == "webhook":
        where = gettext("Message to %(name)s") % {"name": delivery.address}
        return f"{where} ({delivery.last_error})" if delivery.last_error else where
    if shown == ShownDelivery.DEAD or (shown == ShownDelivery.WAITING and delivery.last_error):
        return _words_for(delivery.last_error)
    if delivery.carrier_id is not None:
        return gettext("Together with others in one mail")
    if delivery.resend_of_id is not None:
        return gettext("Sent again by hand")
    if shown in (ShownDelivery.QUIET, ShownDelivery.GATHERED, ShownDelivery.NOT_SENT) and delivery.reason:
        return capfirst(str(Reason(delivery.reason).label))
    return ""


def _words_for(error: str) -> str:
    """What went wrong as a person understands it; where a mail server said something, its own words behind."""
    known = (
        (("SMTPRecipientsRefused", "not an address"), gettext("The mail server does not know this address.")),
        (("SMTPSenderRefused",), gettext("The mail server refuses our sender address.")),
        (("SMTPAuthentication",), gettext("The mail server refuses our user name or password.")),
        (("ConnectionRefused", "Timeout", "gaierror", "OSError", "Disconnected"), gettext("The mail server is away.")),
        (("SMTPDataError", "SMTPResponse"), gettext("The mail server refuses this mail.")),
        (("the address was changed",), gettext("The address was changed after it was written.")),
        (("no longer kept",), gettext("What it said is no longer kept.")),
    )
    for names, words in known:
        if any(name in error for name in names):
            _name, _colon, said = error.partition(": ")
            return f"{words} ({said})" if said else words
    return gettext("It could not be written. (%(error)s)") % {"error": error}


def delivery_rows(rows: Iterable[Delivery], viewer: Any) -> list[DeliveryRow]:
    """Lines for one page. Who may resend may do so for every row they see: both reach the same people."""
    works_here = may(viewer, "notifications.resend")
    return [DeliveryRow(row, works_here and not resend_obstacle(row)) for row in rows]

"""The kinds of notices about tickets."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from techdesk.notifications.hooks import Kind

_MINE = _("Your requests for help")
_WORK = _("Tickets you work on")
_WORKS = "tickets.queue"

KINDS = (
    Kind(
        "tickets.received",
        _("Request received"),
        _("The mail that your request has arrived."),
        _MINE,
        on_paper=False,
    ),
    Kind("tickets.opened_for_you", _("Request made for you"), _("When somebody asks for help in your name."), _MINE),
    Kind(
        "tickets.reply",
        _("Replies"),
        _("When somebody answers on a ticket. Several answers within ten minutes come as one mail."),
        _MINE,
        gathers=True,
    ),
    Kind("tickets.waiting", _("Waiting"), _("When we need an answer from you, or the repair takes longer."), _MINE),
    Kind("tickets.resolved", _("Solved"), _("When a technician says that it is solved."), _MINE),
    Kind(
        "tickets.opened", _("New tickets"), _("When somebody at your school asks for help."), _WORK, for_action=_WORKS
    ),
    Kind(
        "tickets.urgent",
        _("Nobody answers"),
        _("When a lesson has stopped and those who were told before you do not answer."),
        _WORK,
        may_switch_off=False,
        is_urgent=True,
        for_action=_WORKS,
    ),
    Kind("tickets.assigned", _("Given to you"), _("When somebody gives you a ticket."), _WORK, for_action=_WORKS),
    Kind(
        "tickets.note",
        _("Internal notes"),
        _("When a colleague leaves a note on a ticket you work on."),
        _WORK,
        gathers=True,
        for_action=_WORKS,
    ),
    Kind("tickets.reopened", _("Still broken"), _("When a solved ticket is opened again."), _WORK, for_action=_WORKS),
    Kind("tickets.cancelled", _("Withdrawn"), _("When a ticket is withdrawn."), _WORK, for_action=_WORKS),
)

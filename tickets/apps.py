from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TicketsConfig(AppConfig):
    name = "tickets"

    def ready(self) -> None:
        from devices.panels import register_device_panel
        from techdesk.directory.hooks import declare_settings
        from techdesk.notifications.hooks import declare_kinds, register_buttons, register_purpose
        from tickets import (
            invariants,  # noqa: F401 - declares its promises
            rules,  # noqa: F401 - declares its part of the matrix
        )
        from tickets.actions.issue_types import ensure_issue_types
        from tickets.answer_links import CONFIRM_PURPOSE, CONFIRM_SOLVED, STILL_BROKEN, STILL_PURPOSE, answers_by_mail
        from tickets.kinds import KINDS
        from tickets.panels import tickets_of_device
        from tickets.switches import ASK_NOTE, STUDENTS_ASK
        from tickets.urgent_links import ACKNOWLEDGE, act, button_in_mail, show

        declare_kinds(*KINDS)
        declare_settings(STUDENTS_ASK, ASK_NOTE)
        register_purpose(CONFIRM_PURPOSE, show=CONFIRM_SOLVED.show, act=CONFIRM_SOLVED.act)
        register_purpose(STILL_PURPOSE, show=STILL_BROKEN.show, act=STILL_BROKEN.act)
        register_buttons("tickets.resolved", answers_by_mail)
        register_purpose(ACKNOWLEDGE, show=show, act=act)
        register_buttons("tickets.opened", button_in_mail)
        register_buttons("tickets.urgent", button_in_mail)
        register_device_panel(tickets_of_device, place=30)

        post_migrate.connect(ensure_issue_types, sender=self, dispatch_uid="tickets.ensure_issue_types")

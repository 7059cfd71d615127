from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TicketsConfig(AppConfig):
    name = "tickets"

    def ready(self) -> None:
        from devices.panels import register_device_panel
        from tickets import rules  # noqa: F401 - declares its part of the matrix
        from tickets.actions.issue_types import ensure_issue_types
        from tickets.panels import tickets_of_device

        register_device_panel(tickets_of_device, place=30)

        post_migrate.connect(ensure_issue_types, sender=self, dispatch_uid="tickets.ensure_issue_types")

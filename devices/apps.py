from django.apps import AppConfig
from django.db.models.signals import post_migrate


class DevicesConfig(AppConfig):
    name = "devices"

    def ready(self) -> None:
        from devices import rules  # noqa: F401 - declares its part of the matrix
        from devices.actions.catalogue import ensure_categories
        from devices.panels import held_by_person
        from techdesk.directory.panels import register_person_panel

        register_person_panel(held_by_person, place=10)
        post_migrate.connect(ensure_categories, sender=self, dispatch_uid="devices.ensure_categories")

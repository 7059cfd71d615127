from django.apps import AppConfig
from django.db.models.signals import post_migrate


class DevicesConfig(AppConfig):
    name = "devices"

    def ready(self) -> None:
        from devices import rules  # noqa: F401 - declares its part of the matrix
        from devices.actions.catalogue import ensure_categories

        post_migrate.connect(ensure_categories, sender=self, dispatch_uid="devices.ensure_categories")

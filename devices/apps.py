from django.apps import AppConfig
from django.db.models.signals import post_migrate


class DevicesConfig(AppConfig):
    name = "devices"

    def ready(self) -> None:
        from devices import (
            invariants,  # noqa: F401 - declares its promises
            rules,  # noqa: F401 - declares its part of the matrix
        )
        from devices.actions.catalogue import ensure_categories
        from devices.actions.put_to_rest import declare_keeps
        from devices.imports import GOOGLE_DEVICES
        from devices.leavers import devices_still_out
        from devices.panels import held_by_person
        from devices.switches import CARTS
        from devices.year_change import CARTS_OF_THE_YEAR
        from techdesk.directory.hooks import declare_settings, register_still_out, register_year_panel
        from techdesk.directory.panels import register_person_panel
        from techdesk.jobs.hooks import register_import

        declare_keeps()
        declare_settings(CARTS)
        register_import(GOOGLE_DEVICES)
        register_person_panel(held_by_person, place=10)
        register_still_out(devices_still_out)
        register_year_panel(CARTS_OF_THE_YEAR)
        post_migrate.connect(ensure_categories, sender=self, dispatch_uid="devices.ensure_categories")

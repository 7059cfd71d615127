from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "techdesk.api"
    label = "api"

    def ready(self) -> None:
        from techdesk.api import (
            rules,  # noqa: F401 - declares its part of the matrix
            schema,  # noqa: F401 - tells drf-spectacular of our tokens
        )

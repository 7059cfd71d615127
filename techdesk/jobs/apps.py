from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "techdesk.jobs"
    label = "jobs"

    def ready(self) -> None:
        from techdesk.jobs import (
            invariants,  # noqa: F401 - declares its promises
            rules,  # noqa: F401 - declares its part of the matrix
        )

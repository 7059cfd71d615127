from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "techdesk.audit"
    label = "audit"

    def ready(self) -> None:
        from techdesk.audit import (
            invariants,  # noqa: F401 - declares its promises
            rules,  # noqa: F401 - declares its part of the matrix
        )

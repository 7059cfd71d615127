from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "techdesk.audit"
    label = "audit"

    def ready(self) -> None:
        from techdesk.audit import rules  # noqa: F401 - declares its part of the matrix

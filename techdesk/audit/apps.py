from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "techdesk.audit"
    label = "audit"

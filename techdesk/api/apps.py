from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "techdesk.api"
    label = "api"

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "techdesk.jobs"
    label = "jobs"

from django.apps import AppConfig


class TestingEventsConfig(AppConfig):
    name = "testing_events"

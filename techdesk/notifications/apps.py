from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "techdesk.notifications"
    label = "notifications"
